"""The file ``submissions/leaderboard.db``: an SQLite database that any SQLite tool opens.

Every write is one transaction with SQLite's rollback journal and full synchronization, so that several processes can
write and a killed one leaves a row whole or absent. A file that is not a sound ledger is refused and left as it is; one
of version 1 is brought to this version by the first write, and until then a copy in memory is read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache, partial
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from kit.console import info
from kit.errors import KitError
from kit.ledger.sqlite_checks import (
    APPLICATION,
    check_header,
    check_integrity,
    check_table,
    check_version,
    journal,
    not_a_ledger,
)
from kit.ledger.tables import PRIVATE_SCORES, SUBMISSIONS, SUBMISSIONS_1, VERSION, metadata

TIMEOUT = 30.0  # seconds to wait for another process that is writing
# Errors of SQLite that say nothing about the file: https://www.sqlite.org/rescode.html
TEMPORARY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN")
TEMPORARY_WORDS = ("locked", "readonly", "read-only", "disk i/o", "disk is full", "unable to open")


@contextmanager
def reading(path: Path, tables: Sequence[Table] = ()) -> Iterator[Connection | None]:
    """A connection inside of one read transaction, or None if there is no ledger yet.

    ``tables`` are those that will be read and are therefore checked; none stands for all.

    A ledger that another process creates in this moment is seen empty or whole, never half made.
    """
    with _errors(path):
        if not check_header(path):
            yield None
            return
        with _engine(_connect_to_read, path, "BEGIN").connect() as connection:
            version = 0 if _is_empty(connection, path) else check_version(connection, path)
            if version == 1:
                check_table(connection, SUBMISSIONS_1, path)
                with _engine(_copy, path, "BEGIN").connect() as copy:
                    _migrate(copy)
                    yield copy
                return
            if version:
                _check_tables(connection, path, tables)
            yield connection if version else None


@contextmanager
def writing(path: Path) -> Iterator[Connection]:
    """A connection inside of one write transaction; the file is created if there is none.

    All of the block is committed, or nothing; other writers wait. The file is checked first: nothing is written to a
    damaged one.
    """
    with _errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        check_header(path)
        with _engine(_connect, path, "BEGIN IMMEDIATE").begin() as connection:
            _prepare(connection, path)
            yield connection


def _prepare(connection: Connection, path: Path) -> None:
    """Create the tables of an empty file, migrate version 1, and check the file."""
    if _is_empty(connection, path):
        metadata.create_all(connection, checkfirst=False)
        _mark(connection)
        return
    if check_version(connection, path) == 1:
        check_table(connection, SUBMISSIONS_1, path)
        check_integrity(connection, path)
        _migrate(connection)
        info(f"the ledger was brought from version 1 to {VERSION}: {path}")
    _check_tables(connection, path)
    check_integrity(connection, path)


def _check_tables(connection: Connection, path: Path, tables: Sequence[Table] = ()) -> None:
    for table in tables or metadata.sorted_tables:
        check_table(connection, table, path)


def _migrate(connection: Connection) -> None:
    """Bring the tables of version 1 to this version; scores on the private part go to their own table."""
    old = SUBMISSIONS_1.to_metadata(MetaData(), name="submissions_1")
    connection.exec_driver_sql("ALTER TABLE submissions RENAME TO submissions_1")
    metadata.create_all(connection, checkfirst=False)
    for table in (SUBMISSIONS, PRIVATE_SCORES):
        names = [column.name for column in table.columns if column.name in old.columns]
        connection.execute(insert(table).from_select(names, select(*(old.c[name] for name in names))))
    old.drop(connection)
    _mark(connection)


def _mark(connection: Connection) -> None:
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _is_empty(connection: Connection, path: Path) -> bool:
    """Whether nothing has ever been written to the file; the connection holds a lock on it."""
    connection.exec_driver_sql("PRAGMA schema_version").scalar()  # takes the lock, rolls back what a killed writer left
    return path.stat().st_size == 0


@lru_cache(maxsize=16)
def _engine(connect: Callable[[Path], sqlite3.Connection], path: Path, begin: str) -> Engine:
    """An engine whose transactions begin with this statement; one a file, since an engine keeps compiled statements."""
    engine = create_engine("sqlite://", creator=partial(connect, path), poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _connect(path: Path, mode: str = "rwc") -> sqlite3.Connection:
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


def _copy(path: Path) -> sqlite3.Connection:
    """The ledger in memory."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    copy.text_factory = partial(str, encoding="utf-8", errors="replace")
    with closing(_connect_to_read(path)) as source:
        source.backup(copy)
    return copy


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into a KitError with the ledger's path."""
    try:
        yield
    except (DBAPIError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.OperationalError) and _is_temporary(cause):
            raise KitError("the ledger cannot be used now", found=cause, where=path, remedy="try again") from error
        raise not_a_ledger(path, cause) from error
    except UnicodeDecodeError as error:  # a schema that is not text
        raise not_a_ledger(path, error) from error
    except OSError as error:
        remedy = "name a folder that can be written: export KIT_SUBMISSIONS=FOLDER"
        raise KitError("the ledger cannot be used", found=error, where=path, remedy=remedy) from error


def _is_temporary(error: sqlite3.OperationalError) -> bool:
    name = getattr(error, "sqlite_errorname", None)  # since Python 3.11
    if name is not None:
        return str(name).startswith(TEMPORARY)
    return any(word in str(error).lower() for word in TEMPORARY_WORDS)
