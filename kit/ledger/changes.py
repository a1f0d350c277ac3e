"""What is written to the ledger: one change holds the rows of one event, and writing it twice is the same as once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, func
from sqlalchemy.dialects import postgresql, sqlite

from kit.ledger.tables import CONTEST_SCORES, FILES, KEY, PRIVATE_SCORES, REVEALS, SUBMISSIONS

LARGEST_CONTENT = 4 << 20  # bytes of a submission that lies in the team's database; a larger one lies in a folder
TABLES = (SUBMISSIONS, PRIVATE_SCORES, CONTEST_SCORES, REVEALS)
CONFLICTS = {
    SUBMISSIONS.name: KEY,
    PRIVATE_SCORES.name: KEY,
    CONTEST_SCORES.name: ("task", "reference"),
    REVEALS.name: ("id",),
}
# Columns that stay as they are if the new row has nothing for them, and those that keep their first value.
KEPT = {"run", "config", "cv_mean", "cv_spread", "public_low", "public_high", "note", "command", "parents"}
KEPT |= {"file_sha256", "private_score"}
FIRST = {"author", "host"}


@dataclass(frozen=True)
class Change:
    """Rows by the names of their tables, and the submission's file if one goes with them."""

    rows: Mapping[str, Mapping[str, Any]]
    file: str | None = None
    """The name of the kept copy, ``SHA256.SUFFIX``."""
    bytes: int = field(default=0)


def apply(connection: Connection, change: Change, content: bytes | None = None) -> None:
    """Write a change. New values replace old ones, and absent ones leave them; an older change of a submission changes
    nothing.

    ``content`` is the submission's file, for a database that other machines read.
    """
    for table in TABLES:
        if table.name in change.rows:
            _upsert(connection, table, dict(change.rows[table.name]))
    if content is not None and change.file is not None:
        digest, _, suffix = change.file.partition(".")
        row = {"sha256": digest, "suffix": f".{suffix}" if suffix else "", "bytes": change.bytes}
        kept = content if len(content) <= LARGEST_CONTENT else None
        connection.execute(_insert(connection, FILES).values({**row, "content": kept}).on_conflict_do_nothing())


def _upsert(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    statement = _insert(connection, table).values(row)
    keys = CONFLICTS[table.name]
    if table is PRIVATE_SCORES:
        # Without the columns of the row that is there: a player's role may write private scores and not read them.
        given = {name: value for name, value in row.items() if name not in keys and value is not None}
    else:
        new = {name: statement.excluded[name] for name in row if name not in keys}
        given = {name: _merged(table, name, value) for name, value in new.items()}
    if table is REVEALS:
        connection.execute(statement.on_conflict_do_nothing())
    else:
        newer = table.c.time <= row["time"] if table is not CONTEST_SCORES else None
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=given, where=newer))


def _merged(table: Table, name: str, new: Any) -> Any:
    if name in FIRST:
        return func.coalesce(table.c[name], new)
    optional = name in KEPT or (table is CONTEST_SCORES and name != "time")
    return func.coalesce(new, table.c[name]) if optional else new


def _insert(connection: Connection, table: Table) -> Any:
    """The dialect's own INSERT: both have the same ON CONFLICT."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
