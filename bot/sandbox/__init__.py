"""A Slack stand-in on loopback: strict enough to test against, with a page to try the assistant in."""
