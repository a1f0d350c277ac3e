"""The file ``submissions/leaderboard.db``: an SQLite database that any SQLite tool opens.

Every write is one transaction with SQLite's rollback journal and full synchronization, so that several processes can
write and a killed one leaves a row whole or absent. A file that is not a sound ledger of this version is refused and
left as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from kit.errors import KitError
from kit.leaderboard.ledger_schema import (
    check_header,
    check_integrity,
    check_table,
    check_version,
    create,
    journal,
    not_a_ledger,
)

TIMEOUT = 30.0  # seconds to wait for another process that is writing
# Errors of SQLite that say nothing about the file: https://www.sqlite.org/rescode.html
TEMPORARY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN")
TEMPORARY_WORDS = ("locked", "readonly", "read-only", "disk i/o", "disk is full", "unable to open")


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection inside of one read transaction, or None if there is no ledger yet.

    A ledger that another process creates in this moment is seen empty or whole, never half made.
    """
    with _errors(path):
        if not check_header(path):
            yield None
            return
        with closing(_connect_to_read(path)) as connection:
            connection.execute("BEGIN")
            if _is_empty(connection, path):
                yield None
                return
            check_version(connection, path)
            check_table(connection, path)
            yield connection


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection inside of one write transaction; the file is created if there is none.

    All of the block is committed, or nothing; other writers wait. The file is checked first: nothing is written to a
    damaged one.
    """
    with _errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        check_header(path)
        with closing(_connect(path, "rwc")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                if _is_empty(connection, path):
                    create(connection)
                else:
                    check_version(connection, path)
                    check_table(connection, path)
                    check_integrity(connection, path)
                yield connection
            except BaseException:
                if connection.in_transaction:  # on a full disk SQLite has rolled back already
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def _is_empty(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether nothing has ever been written to the file; the connection holds a lock on it."""
    connection.execute("PRAGMA schema_version").fetchone()  # takes the lock, and rolls back what a killed writer left
    return path.stat().st_size == 0


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # isolation_level=None: transactions begin and end only where this module says so.
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=TIMEOUT, isolation_level=None)
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Read-only, unless a killed writer has left its journal: then SQLite must be able to roll back."""
    if journal(path).exists():
        connection = _connect(path, "rw")
        try:
            connection.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.OperationalError:  # no right to write
            connection.close()
        else:
            return connection
    return _connect(path, "ro")


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into a KitError with the ledger's path."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and _is_temporary(error):
            raise KitError("the ledger cannot be used now", found=error, where=path, remedy="try again") from error
        raise not_a_ledger(path, error) from error
    except UnicodeDecodeError as error:  # a schema that is not text
        raise not_a_ledger(path, error) from error
    except OSError as error:
        raise KitError("the ledger cannot be used", found=error, where=path) from error


def _is_temporary(error: sqlite3.OperationalError) -> bool:
    name = getattr(error, "sqlite_errorname", None)  # since Python 3.11
    if name is not None:
        return str(name).startswith(TEMPORARY)
    return any(word in str(error).lower() for word in TEMPORARY_WORDS)
