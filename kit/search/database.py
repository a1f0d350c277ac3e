"""Where a search keeps its study: an SQLite file beside the runs, or a database that several machines share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages.journal import JournalFileOpenLock
from sqlalchemy import URL, create_engine, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from kit.errors import KitError
from kit.files import submissions_dir

SCHEMA = "searches"
"""The schema of the study's tables in PostgreSQL, apart from those of a team's ledger in the same database."""


def open_study(name: str, storage: str | None, *, higher_is_better: bool, warmup: int) -> optuna.Study:
    """Open the study of this name or begin it; by default in an SQLite file beside the runs.

    Raises KitError for a database that cannot be used, is damaged or holds other tables.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with turn(name), database_errors(name, storage):  # two processes that begin at once make the tables once
        return optuna.create_study(
            storage=_database(name, storage),
            study_name=name,
            direction="maximize" if higher_is_better else "minimize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=warmup),
        )


def load_study(name: str, storage: str | None) -> optuna.Study:
    """The study of this name, which is there."""
    with database_errors(name, storage):
        return optuna.load_study(study_name=name, storage=_database(name, storage))


def study_file(name: str, suffix: str) -> Path:
    """A file of the search in the folder of runs."""
    folder = submissions_dir() / "searches"
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / f"{name}{suffix}").resolve()


def is_shared(storage: str | None) -> bool:
    """Whether other machines may use a database: any but an SQLite file."""
    return storage is not None and not storage.startswith("sqlite")


@contextmanager
def turn(name: str) -> Iterator[None]:
    """One process of this machine at a time asks for a trial."""
    lock = JournalFileOpenLock(str(study_file(name, "")))
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def database_errors(name: str, storage: str | None) -> Iterator[None]:
    """Turn the errors of the database into a KitError that names it, without a password."""
    try:
        yield
    except (SQLAlchemyError, StorageInternalError) as error:
        raise _unusable(name, storage, getattr(error.__cause__ or error, "orig", None) or error) from None


def _unusable(name: str, storage: str | None, cause: BaseException) -> KitError:
    remedy = None if storage else "move the file away; the search then begins anew"
    if isinstance(cause, ModuleNotFoundError) and cause.name == "psycopg":
        remedy = "pip install 'contest-kit[team]'"
    return KitError(
        "the database of the search cannot be used",
        found=str(cause).partition("\n")[0],
        where=_shown(name, storage),
        remedy=remedy,
    )


def _shown(name: str, storage: str | None) -> str:
    if not storage:
        return str(study_file(name, ".db"))
    try:
        return make_url(storage).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "--storage"


def _database(name: str, storage: str | None) -> optuna.storages.RDBStorage:
    """The database with Optuna's tables, which are made where there are none."""
    url = make_url(storage or f"sqlite:///{study_file(name, '.db')}")
    options: dict[str, Any] = {"pool_pre_ping": True}
    if url.get_backend_name() == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise KitError("the database of a search must last", expected="sqlite:///FILE", found=storage)
        options = {"connect_args": {"timeout": 60}}
    elif url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
        options |= {"connect_args": {"options": f"-csearch_path={SCHEMA}"}}
    try:
        _prepare(url, options)
        return optuna.storages.RDBStorage(url.render_as_string(hide_password=False), engine_kwargs=options)
    except (ImportError, RuntimeError) as error:  # no driver, or the tables of another version of Optuna
        raise _unusable(name, storage, error) from None


def _prepare(url: URL, options: dict[str, Any]) -> None:
    """Make the schema in PostgreSQL. Raises KitError for a database that holds tables, but no studies."""
    engine = create_engine(url, **options)
    try:
        with engine.begin() as connection:
            schema = SCHEMA if url.get_backend_name() == "postgresql" else None
            if schema and schema not in inspect(connection).get_schema_names():
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
            tables = set(inspect(connection).get_table_names(schema))
    finally:
        engine.dispose()
    if tables and "studies" not in tables:  # Optuna's first table
        raise KitError(
            "the database is not one of searches",
            expected="a new one, or one that a search has made",
            found=", ".join(sorted(tables)[:3]),
            where=url.render_as_string(hide_password=True),
            remedy="--storage, with another database",
        )
