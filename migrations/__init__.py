"""The schema's history, run by Alembic. How to write the next one: `script.py.mako`."""
