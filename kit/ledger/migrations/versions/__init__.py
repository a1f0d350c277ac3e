"""Alembic's revisions of the team's database."""
