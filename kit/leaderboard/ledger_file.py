"""The file ``submissions/leaderboard.db``: an SQLite database that any SQLite tool opens.

Every write is one transaction with SQLite's rollback journal and full synchronization, so that several processes can
write and a killed one leaves a row whole or absent. A file that is not a ledger of this version is refused and left as
it is.
"""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.errors import KitError

APPLICATION = 0x6B697421  # "kit!": marks a ledger among SQLite files
VERSION = 1
TIMEOUT = 30.0  # seconds to wait for another process that is writing

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


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # isolation_level=None: only `transaction` begins and ends transactions.
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=TIMEOUT, isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open the file for writing, or create it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return _connect(path, "rwc")


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open the file for reading, writable if possible: SQLite must be able to roll back what a killed writer left."""
    connection = _connect(path, "rw")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError:
        connection.close()
        return _connect(path, "ro")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit everything that the block writes, or nothing; other writers wait."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # on a full disk SQLite has rolled back already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def is_ledger(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file holds a ledger of this version; False for an empty file. KitError for anything else."""
    application, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
    if application == APPLICATION and version == VERSION:
        return True
    if application == APPLICATION:
        raise KitError(
            "the ledger was written by another version of the kit",
            expected=f"version {VERSION}",
            found=f"version {version}",
            where=path,
            remedy="upgrade the kit, or name another folder with KIT_SUBMISSIONS; the file is left as it is",
        )
    if application or version or _pragma(connection, "schema_version"):
        raise _not_a_ledger(path, "an SQLite file of another program")
    return False


def create_if_new(connection: sqlite3.Connection, path: Path) -> None:
    """Create the table in an empty file. KitError for a file that is something else."""
    if not is_ledger(connection, path):
        connection.execute(SCHEMA)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def ledger_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into a KitError with the ledger's path."""
    try:
        yield
    except sqlite3.OperationalError as error:  # locked, full, read-only: the file is not damaged
        raise KitError("the ledger cannot be used now", found=error, where=path, remedy="try again") from error
    except sqlite3.DatabaseError as error:
        raise _not_a_ledger(path, error) from error
    except OSError as error:
        raise KitError("the ledger's folder cannot be written", found=error, where=path.parent) from error


def _not_a_ledger(path: Path, found: object) -> KitError:
    move = shlex.join(["mv", str(path), f"{path}.old"])
    return KitError(
        "this is not a ledger that the kit can read",
        expected="an SQLite file that the kit has written",
        found=found,
        where=path,
        remedy=f"move it away ({move}); a new one is made. The file is left as it is",
    )
