"""A team's ledger in PostgreSQL: roles, a lost connection, submissions for all."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.errors import KitError
from kit.files import submissions_dir
from kit.ledger import changes, entries, find_kept, ledger_location, record
from kit.ledger.contest_scores import ContestScore, record_contest_score
from kit.ledger.outbox import folder, waiting
from tests.ledger.scores import made
from tests.ledger.server import Server

Use = Callable[[str], str]


def test_a_player_records_and_cannot_read_private_scores(server: Server, database: Use) -> None:
    name = database("anna").partition("?")[0].rpartition("/")[2]
    record(made(0.7))
    record(made(0.8), note="again")
    assert [(entry.public_score, entry.note) for entry in entries()] == [(0.8, "again")]
    with pytest.raises(KitError, match="your role may not") as caught:
        entries(private=True)
    assert "private_scores" in str(caught.value)
    for statement in (
        "SELECT private_score FROM private_scores",
        "SELECT count(*) FROM private_scores WHERE score > 0.5",
        "UPDATE private_scores SET time = time WHERE private_score > 0.4",
        "INSERT INTO private_scores SELECT * FROM private_scores",
        "COPY private_scores TO STDOUT",
        "DELETE FROM submissions",
        "DROP TABLE private_scores",
    ):
        with pytest.raises(subprocess.CalledProcessError) as refused:
            server.sql(statement, name, "anna")
        assert "permission denied" in refused.value.stderr or "must be owner" in refused.value.stderr
    database("hugo")
    assert [entry.private_score for entry in entries(private=True)] == [0.5]


@pytest.mark.usefixtures("toy_plugins")
def test_reveal_says_that_the_role_may_not(database: Use, kit_cli: Any) -> None:
    database("anna")
    record(made(0.7))
    assert kit_cli("leaderboard", "bars").exit_code == 0
    refused = kit_cli("leaderboard", "bars", "--reveal")
    assert refused.exit_code == 1 and "your role may not" in refused.stderr


def test_the_set_up_can_be_repeated_and_an_empty_database_says_what_to_do(server: Server, database: Use) -> None:
    from kit.ledger.setup import set_up

    database("owner")
    record(made(0.7))
    set_up(str(ledger_location()))
    assert len(entries()) == 1


@pytest.mark.usefixtures("toy_plugins")
def test_the_command_sets_up_an_empty_database(server: Server, kit_cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server.sql("CREATE DATABASE fresh")
    monkeypatch.setenv("KIT_LEDGER", server.url("fresh"))
    missing = kit_cli("leaderboard")
    assert missing.exit_code == 1 and "kit leaderboard setup" in missing.stderr
    assert kit_cli("leaderboard", "setup").exit_code == 0
    assert kit_cli("leaderboard").exit_code == 0


def test_the_revisions_make_the_tables_that_the_code_describes(server: Server) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from kit.ledger import postgres
    from kit.ledger.tables import metadata

    engine = postgres.engine(server.url("template").replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_a_killed_server_did_not_get_waits_and_is_sent_once(
    server: Server, database: Use, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(name: int) -> None:
        for number in range(12):
            record(made(0.5, f"{name:02x}{number:02x}"))

    writers = [threading.Thread(target=write, args=[name]) for name in range(4)]
    for writer in writers:
        writer.start()
    server.kill()
    for writer in writers:
        writer.join()
    assert "cannot be reached" in capsys.readouterr().err
    with pytest.raises(KitError, match="cannot be reached"):
        entries()
    left = len(waiting(str(ledger_location())))
    assert left > 0
    server.start()
    found = Counter(entry.file_sha256[:4] for entry in entries(private=True))
    assert len(found) == 48 and set(found.values()) == {1}
    assert waiting(str(ledger_location())) == []
    assert "are in the team's ledger" in capsys.readouterr().err


def test_a_connection_that_is_cut_in_the_middle_is_made_again(server: Server, database: Use) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname LIKE 'led%'"
    stop = threading.Event()

    def cutter() -> None:
        while not stop.is_set():
            server.sql(cut)

    thread = threading.Thread(target=cutter)
    thread.start()
    for number in range(30):
        record(made(0.5, f"{number:02x}"))
    stop.set()
    thread.join()
    assert len({entry.file_sha256 for entry in entries()}) == len(entries()) == 30


def test_a_change_that_was_committed_and_is_sent_again_changes_nothing(database: Use) -> None:
    from kit.ledger import outbox

    url = str(ledger_location())
    row = {"id": "a", "task": "bars", "time": "2026-01-01T00:00:00Z", "author": None, "host": None}
    for _ in range(2):
        outbox.put(changes.Change({"reveals": row}), url)
        assert outbox.send(url)
    record(made(0.7))
    record(made(0.7))
    assert len(entries()) == 1


def test_a_search_keeps_its_study_beside_the_ledger(database: Use) -> None:
    pytest.importorskip("optuna")
    from kit.search.database import load_study, open_study

    url = database("owner")
    open_study("bars-1", url, higher_is_better=True, warmup=1).set_user_attr("found", 1)
    assert load_study("bars-1", url).user_attrs == {"found": 1}
    record(made(0.7))  # both count their revisions in a table of the same name
    assert len(entries()) == 1
    with pytest.raises(KitError, match="cannot be used"):
        open_study("bars-1", database("anna"), higher_is_better=True, warmup=1)


def test_a_row_that_the_database_refuses_does_not_stop_the_others(
    database: Use, capsys: pytest.CaptureFixture[str]
) -> None:
    from kit.ledger import outbox

    url = str(ledger_location())
    outbox.put(changes.Change({"reveals": {"id": "a", "task": "bars", "time": None}}), url)
    record(made(0.7))
    assert len(entries()) == 1 and waiting(url) == []
    (refused,) = outbox.folder(url).glob("*.refused")
    assert json.loads(refused.read_text())["rows"]["reveals"]["id"] == "a"
    assert str(refused) in capsys.readouterr().err


def test_another_machine_gets_the_submission_from_the_database(
    database: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "submission.csv"
    file.write_bytes(b"id,label\r\n1,0\r\n")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    record(made(0.7, file_sha256=digest), submission=file)
    monkeypatch.setenv("KIT_SUBMISSIONS", str(tmp_path / "another machine"))
    kept = find_kept(digest, ledger_location())
    assert kept.read_bytes() == file.read_bytes() and kept.is_relative_to(submissions_dir())


def test_a_large_submission_lies_in_the_team_s_folder(
    database: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("kit.ledger.changes.LARGEST_CONTENT", 10)
    monkeypatch.setattr("kit.ledger.outbox.LARGEST_CONTENT", 10)
    digests = []
    for number, shared in enumerate((None, tmp_path / "team")):
        file = tmp_path / f"{number}.csv"
        file.write_text(f"id,label\n{number},0\n")
        digests.append(hashlib.sha256(file.read_bytes()).hexdigest())
        if shared:
            monkeypatch.setenv("KIT_FILES", str(shared))
        record(made(0.7, file_sha256=digests[-1]), submission=file)
    assert "KIT_FILES" in capsys.readouterr().err
    monkeypatch.setenv("KIT_SUBMISSIONS", str(tmp_path / "another machine"))
    assert find_kept(digests[1], ledger_location()).parent == tmp_path / "team"
    with pytest.raises(KitError, match="not kept"):
        find_kept(digests[0], ledger_location())


@pytest.mark.parametrize("value", ["mysql://a/b"])
def test_a_ledger_that_the_kit_cannot_use_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("KIT_LEDGER", value)
    with pytest.raises(KitError, match="KIT_LEDGER") as caught:
        entries()
    assert ":b@" not in str(caught.value)


@pytest.mark.usefixtures("toy_plugins")
def test_a_run_ends_well_while_the_ledger_cannot_be_reached(
    server: Server, database: Use, kit_cli: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = database("anna")
    monkeypatch.setenv("PGHOST", str(tmp_path))
    monkeypatch.setenv("KIT_LEDGER", url.replace(str(server.folder), str(tmp_path)))
    result = kit_cli("run", "bars", "--sample", "--size", 40, "--epochs", 1, "--set", "workers=0")
    assert result.exit_code == 0, result.stderr
    assert "1 result waits" in result.stderr and "rank unknown" in result.stderr
    run = Path(result.stdout.splitlines()[-1])
    assert (run / "report.html").exists() and json.loads((run / "score.json").read_text())["rank"] is None
    (outbox,) = (submissions_dir() / "outbox").iterdir()
    monkeypatch.setenv("KIT_LEDGER", url)
    outbox.rename(folder(str(ledger_location())))  # the same database: only the test's address differs
    board = kit_cli("leaderboard", "bars")
    assert run.name in board.stdout and "1 result that waited on this machine is in" in board.stderr
    assert [entry.run for entry in entries()] == [run.name]


def test_a_score_of_the_contest_is_not_lost_while_the_ledger_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("KIT_LEDGER", f"postgresql://anna@/contest?host={tmp_path}")
    score = ContestScore(task="bars", reference="1", time="2026-01-31", file_sha256="a" * 64, public_score=0.9)
    record_contest_score(score)
    (path,) = waiting(str(ledger_location()))
    assert json.loads(path.read_text())["rows"]["contest_scores"]["public_score"] == 0.9
    assert "1 result waits" in capsys.readouterr().err
