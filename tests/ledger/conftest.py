"""Ledgers for the tests: an SQLite file, and databases of a PostgreSQL server where one is installed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.ledger.server import Server, programs

NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The session's server; its database ``template`` holds an empty ledger."""
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("psycopg")
    pytest.importorskip("alembic")
    from kit.ledger.setup import set_up

    running = Server(folder)
    try:
        running.sql("CREATE DATABASE template")
        set_up(running.url("template").replace("postgresql:", "postgresql+psycopg:"))
        running.sql("CREATE ROLE anna LOGIN; GRANT kit_player TO anna; CREATE ROLE hugo LOGIN; GRANT kit_host TO hugo")
        yield running
    finally:
        running.stop()


@pytest.fixture
def database(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """A new, empty ledger in PostgreSQL: ``database(user)`` makes it that of ``KIT_LEDGER`` and returns its URL."""
    name = f"ledger_{next(NUMBERS)}"
    server.sql(f"CREATE DATABASE {name} TEMPLATE template")

    def use(user: str) -> str:
        monkeypatch.setenv("KIT_LEDGER", server.url(name, user))
        return server.url(name, user)

    use("owner")
    return use


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> str:
    """An empty ledger on each engine; the code under test finds it by itself."""
    if request.param == "postgresql":
        request.getfixturevalue("database")
    return str(request.param)
