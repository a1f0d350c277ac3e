"""The team's ledger: a PostgreSQL database, through psycopg 3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.pool import NullPool

from kit.errors import KitError

HEAD = "2"  # the revision that this version of the kit reads and writes, see kit/ledger/migrations
CONNECT_SECONDS = 5
# A network that swallows packets is noticed after this many milliseconds, and a statement that hangs is ended.
OPTIONS = {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": 15_000, "options": "-c statement_timeout=60000"}
SETUP = "the database's owner runs: kit leaderboard setup"


class UnreachableError(KitError):
    """The database does not answer, or the connection was lost; what was not committed is not in it."""


@contextmanager
def transaction(url: str) -> Iterator[Connection]:
    """A connection inside of one transaction: all of the block is committed, or nothing.

    Raises UnreachableError if there is no connection or it is lost, and KitError for anything else that the database
    refuses.
    """
    with errors(url), engine(url).begin() as connection:
        _require_tables(connection, url)
        yield connection


@lru_cache(maxsize=4)
def engine(url: str) -> Engine:
    """An engine without a pool. Raises KitError if psycopg is not installed or the URL is damaged."""
    try:
        return create_engine(url, poolclass=NullPool, connect_args=OPTIONS)
    except ModuleNotFoundError as error:
        raise KitError(
            "a ledger in PostgreSQL needs psycopg", found=error, remedy="pip install 'contest-kit[team]'"
        ) from None
    except (ArgumentError, ValueError) as error:
        raise KitError("KIT_LEDGER is no URL of a database", found=error) from None


def shown(url: str) -> str:
    """The URL without its password."""
    return make_url(url).render_as_string(hide_password=True).replace("postgresql+psycopg", "postgresql")


@contextmanager
def errors(url: str) -> Iterator[None]:
    """Turn the database's errors into a KitError that names the database without the password."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise UnreachableError(
            "the team's ledger cannot be reached", found=_first_line(error), where=shown(url)
        ) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise UnreachableError("the connection to the team's ledger was lost", where=shown(url)) from error
        raise _refusal(error, url) from error


def _refusal(error: DBAPIError, url: str) -> KitError:
    state = getattr(error.orig, "sqlstate", None)
    if state == "42501":
        return KitError("your role may not do this in the team's ledger", found=_first_line(error), where=shown(url))
    if isinstance(error, ProgrammingError) and state == "42P01":
        return KitError("the database holds no ledger yet", found=_first_line(error), where=shown(url), remedy=SETUP)
    return KitError("the team's ledger refused a statement", found=_first_line(error), where=shown(url))


def _require_tables(connection: Connection, url: str) -> None:
    """Raise KitError unless the database has the tables of this version."""
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if found != HEAD:
        raise KitError(
            "the team's ledger has tables of another version",
            expected=f"revision {HEAD}",
            found=f"revision {found}",
            where=shown(url),
            remedy=f"upgrade the kit; then {SETUP}",
        )


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().partition("\n")[0]
