"""The face of mlbug: settings, the Slack app, the worker, the command line, and the sandbox workspace."""
