"""The history: triage's ports on SQLite and PostgreSQL, through SQLAlchemy Core."""
