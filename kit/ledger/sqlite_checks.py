"""Checks that a file is a sound SQLite ledger of a version that the kit knows, before anything is written to it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, Double, Integer, Table, and_, func, or_, select, type_coerce

from kit.errors import KitError
from kit.ledger.tables import VERSION
from kit.wording import listed

APPLICATION = 0x6B697421  # "kit!": marks a ledger among SQLite files
LARGEST = 1e308

HEADER = 100  # bytes
MAGIC = b"SQLite format 3\x00"
FORMAT = slice(18, 20)  # file format versions; 1 is a rollback journal, 2 a write-ahead log, which the kit never writes
USER_VERSION, APPLICATION_ID = (
    slice(60, 64),
    slice(68, 72),
)  # https://www.sqlite.org/fileformat2.html#the_database_header


def check_header(path: Path) -> bool:
    """Whether there is a file that begins as a ledger of this version does; False for an empty or missing file.

    The bytes are read without SQLite, which may change a damaged file when it opens it. Raises KitError for any other
    file. While a journal is beside the file, another process is writing it or was killed: then SQLite must decide.
    Must not be called inside of a transaction: closing the file would release SQLite's locks (see "How To Corrupt An
    SQLite Database File", 2.2).
    """
    if path.exists() and not path.is_file():  # opening a pipe would wait forever
        raise not_a_ledger(path, "not a regular file")
    for attempt in (1, 2):  # a second time, since another process may have finished creating the file in between
        found = _header_fault(path)
        if not isinstance(found, KitError):
            return found
        if journal(path).exists():
            return True
        if attempt == 2:
            raise found
    return False


def journal(path: Path) -> Path:
    """SQLite's rollback journal of a file, which exists while a transaction is open."""
    return path.with_name(f"{path.name}-journal")


def _header_fault(path: Path) -> KitError | bool:
    try:
        with path.open("rb") as file:
            header = file.read(HEADER)
    except FileNotFoundError:
        return False
    if not header:
        return False
    if len(header) < HEADER or not header.startswith(MAGIC):
        return not_a_ledger(path, "a file that is no SQLite database")
    application, version = (int.from_bytes(header[part], "big") for part in (APPLICATION_ID, USER_VERSION))
    if (fault := _version_fault(path, application, version)) is not None:
        return fault
    return not_a_ledger(path, "a file format that the kit does not write") if header[FORMAT] != b"\x01\x01" else True


def check_version(connection: Connection, path: Path) -> int:
    """The ledger's version as SQLite reads it. Raises KitError if the file is no ledger, or a newer one."""
    application, version = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in ("application_id", "user_version")
    )
    if (fault := _version_fault(path, application, version)) is not None:
        raise fault
    return version


def _version_fault(path: Path, application: int, version: int) -> KitError | None:
    if application != APPLICATION:
        return not_a_ledger(path, "an SQLite file of another program")
    if version in range(1, VERSION + 1):
        return None
    return KitError(
        "the ledger was written by another version of the kit",
        expected=f"version {VERSION}",
        found=f"version {version}",
        where=path,
        remedy="upgrade the kit, or name another folder with KIT_SUBMISSIONS; the file is left as it is",
    )


def check_table(connection: Connection, table: Table, path: Path) -> None:
    """Raise KitError unless the file holds the table with its columns, and in every cell what belongs there."""
    found = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table.name})")]
    if not found:
        raise not_a_ledger(path, f"no table {table.name}")
    names = [column.name for column in table.columns]
    if found != names:
        missing = [f"column {name} is missing" for name in names if name not in found]
        unknown = [f"column {name} is unknown" for name in found if name not in names]
        raise not_a_ledger(path, listed(missing + unknown) or "columns in another order")
    sound = {column.name: _is_sound(column) for column in table.columns}
    number = func.row_number().over().label("number") if "id" not in names else table.c.id
    # One pass over the table; which column it is matters only where there is a fault.
    if connection.execute(
        select(1).select_from(table).where(or_(*(~each for each in sound.values()))).limit(1)
    ).first():
        for name, condition in sound.items():
            row = connection.execute(select(number).select_from(table).where(~condition).limit(1)).first()
            if row:
                raise not_a_ledger(path, f"row {row[0]}: column {name} holds what does not belong there")


def check_integrity(connection: Connection, path: Path) -> None:
    """Raise KitError if SQLite finds the file damaged."""
    found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    if found != "ok":
        raise not_a_ledger(path, found)


def _is_sound(column: Any) -> ColumnElement[bool]:
    """The condition that a sound cell of a column meets: SQLite stores any type in any column."""
    kind = func.typeof(column)
    if isinstance(column.type, Boolean):
        sound = and_(kind == "integer", type_coerce(column, Integer).in_((0, 1)))
    elif isinstance(column.type, Double):
        sound = and_(kind == "real", func.abs(column) < LARGEST)
    elif isinstance(column.type, Integer):
        sound = kind == "integer"
    else:
        sound = kind == ("text" if column.type.python_type is str else "blob")
    return or_(kind == "null", sound) if column.nullable else sound


def not_a_ledger(path: Path, found: object) -> KitError:
    """The error for a file that is damaged or something else; the file is never changed."""
    move = shlex.join(["mv", str(path), f"{path}.old"])
    return KitError(
        "this is not a ledger that the kit can read",
        expected="an SQLite file that the kit has written",
        found=found,
        where=path,
        remedy=f"move it away ({move}); a new one is made. The file is left as it is",
    )
