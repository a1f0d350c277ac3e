"""The ledger's table, and the checks that a file is a sound ledger of this version before anything is written to it."""

from __future__ import annotations

import shlex
import sqlite3
from pathlib import Path

from kit.errors import KitError
from kit.wording import listed

APPLICATION = 0x6B697421  # "kit!": marks a ledger among SQLite files
VERSION = 1

SCHEMA = """
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY,
    task TEXT NOT NULL,
    metric TEXT NOT NULL,
    higher_is_better INTEGER NOT NULL CHECK (higher_is_better IN (0, 1)),
    file TEXT NOT NULL,
    file_sha256 TEXT NOT NULL,
    answers_sha256 TEXT NOT NULL,
    run TEXT,
    config TEXT,
    cv_mean REAL CHECK (typeof(cv_mean) IN ('real', 'null')),
    cv_spread REAL CHECK (typeof(cv_spread) IN ('real', 'null')),
    score REAL NOT NULL CHECK (typeof(score) = 'real'),
    low REAL CHECK (typeof(low) IN ('real', 'null')),
    high REAL CHECK (typeof(high) IN ('real', 'null')),
    public_score REAL NOT NULL CHECK (typeof(public_score) = 'real'),
    public_low REAL CHECK (typeof(public_low) IN ('real', 'null')),
    public_high REAL CHECK (typeof(public_high) IN ('real', 'null')),
    private_score REAL CHECK (typeof(private_score) IN ('real', 'null')),
    time TEXT NOT NULL,
    note TEXT,
    UNIQUE (task, metric, file_sha256, answers_sha256)
)
"""
TABLE = "submissions"
TEXTS = ("task", "metric", "file", "file_sha256", "answers_sha256", "time")
OPTIONAL_TEXTS = ("run", "config", "note")
NUMBERS = ("score", "public_score")
OPTIONAL_NUMBERS = ("cv_mean", "cv_spread", "low", "high", "public_low", "public_high", "private_score")
COLUMNS = tuple(line.split()[0] for line in SCHEMA.splitlines() if line.startswith("    ") and "UNIQUE" not in line)

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


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise KitError unless the file is a ledger of this version, as SQLite reads it."""
    application, version = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("application_id", "user_version")
    )
    if (fault := _version_fault(path, application, version)) is not None:
        raise fault


def _version_fault(path: Path, application: int, version: int) -> KitError | None:
    if application != APPLICATION:
        return not_a_ledger(path, "an SQLite file of another program")
    if version == VERSION:
        return None
    return KitError(
        "the ledger was written by another version of the kit",
        expected=f"version {VERSION}",
        found=f"version {version}",
        where=path,
        remedy="upgrade the kit, or name another folder with KIT_SUBMISSIONS; the file is left as it is",
    )


def create(connection: sqlite3.Connection) -> None:
    """Create the table in an empty file."""
    connection.execute(SCHEMA)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def check_table(connection: sqlite3.Connection, path: Path) -> None:
    """Raise KitError unless the file holds the table with its columns, and in every cell what belongs there."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({TABLE})")]
    if not columns:
        raise not_a_ledger(path, f"no table {TABLE}")
    if columns != list(COLUMNS):
        missing = [f"column {name} is missing" for name in COLUMNS if name not in columns]
        unknown = [f"column {name} is unknown" for name in columns if name not in COLUMNS]
        raise not_a_ledger(path, listed(missing + unknown) or "columns in another order")
    for name, sound in _conditions().items():
        row = connection.execute(f"SELECT id FROM {TABLE} WHERE NOT ({sound}) LIMIT 1").fetchone()  # noqa: S608 - constants
        if row:
            raise not_a_ledger(path, f"row {row[0]}: column {name} holds what does not belong there")


def check_integrity(connection: sqlite3.Connection, path: Path) -> None:
    """Raise KitError if SQLite finds the file damaged."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise not_a_ledger(path, found)


def _conditions() -> dict[str, str]:
    """For each column the SQL condition that a sound cell meets."""
    finite = "typeof({0}) = 'real' AND abs({0}) < 1e308"
    conditions = {name: f"typeof({name}) = 'text'" for name in TEXTS}
    conditions |= {name: f"typeof({name}) IN ('text', 'null')" for name in OPTIONAL_TEXTS}
    conditions |= {name: finite.format(name) for name in NUMBERS}
    conditions |= {name: f"{name} IS NULL OR ({finite.format(name)})" for name in OPTIONAL_NUMBERS}
    return conditions | {"higher_is_better": "typeof(higher_is_better) = 'integer' AND higher_is_better IN (0, 1)"}


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
