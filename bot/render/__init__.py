"""What people see, as pure functions from values to plain Block Kit dicts."""
