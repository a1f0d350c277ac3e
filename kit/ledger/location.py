"""Where the ledger is: a file of one's own, or the team's database that ``KIT_LEDGER`` names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kit.errors import KitError
from kit.files import submissions_dir

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

Location = Path | str
"""The path of an SQLite file, or the URL of a PostgreSQL database."""

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")


def ledger_location() -> Location:
    """The ledger that ``KIT_LEDGER`` names: a PostgreSQL URL or a file; else ``submissions/leaderboard.db``."""
    named = os.environ.get("KIT_LEDGER", "").strip()
    scheme, separator, rest = named.partition("://")
    if not separator:
        return Path(named).expanduser() if named else submissions_dir() / "leaderboard.db"
    if scheme not in SCHEMES:
        raise KitError(
            "KIT_LEDGER names no ledger that the kit can use",
            expected="postgresql://USER@HOST/DATABASE, or the path of a file",
            found=f"{scheme}://...",
        )
    return f"postgresql+psycopg://{rest}"


def files_folder(location: Location) -> Path:
    """The folder beside which this machine keeps copies of submissions."""
    return location.parent if isinstance(location, Path) else submissions_dir()


@contextmanager
def reading(location: Location, *tables: Table) -> Iterator[Connection | None]:
    """A connection inside of one read transaction, or None if there is no ledger yet.

    ``tables`` are those that will be read: of a file, these are checked first; none stands for all. What waits for the
    team's database is sent first.
    """
    if isinstance(location, Path):
        from kit.ledger.sqlite import reading as reading_file

        with reading_file(location, tables) as connection:
            yield connection
        return
    from kit.ledger import outbox, postgres

    outbox.send(location)
    with postgres.transaction(location) as connection:
        yield connection
