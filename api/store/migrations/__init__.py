"""Alembic's home: the environment and the revisions, run at start under the data directory's lock."""
