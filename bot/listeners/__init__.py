"""What Slack sends, each kind in its own module: parse, ask the desk, render. Thin on purpose."""
