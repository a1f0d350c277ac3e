"""Prepare a team's database: tables by Alembic, and the roles of ``roles.sql``. Its owner does this once."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from kit.errors import KitError
from kit.ledger import postgres

LOCK = 0x6B697421  # only one set-up at a time


def set_up(url: str) -> None:
    """Create the tables and roles, or bring them to this version; doing it again changes nothing.

    Raises KitError if the role may not do this or Alembic is not installed.
    """
    try:
        from alembic import command
        from alembic.config import Config
    except ModuleNotFoundError as error:
        raise KitError("this needs Alembic", found=error, remedy="pip install 'contest-kit[team]'") from None

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    with postgres.errors(url), postgres.engine(url).begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        settings.attributes["connection"] = connection
        command.upgrade(settings, postgres.HEAD)
        connection.exec_driver_sql(roles())


def roles() -> str:
    """The SQL that makes the roles."""
    return resources.files("kit.ledger").joinpath("roles.sql").read_text(encoding="utf-8")
