"""Kill mlbug at random, and count what was lost and what was told twice. `python -m tests.crash --help`."""
