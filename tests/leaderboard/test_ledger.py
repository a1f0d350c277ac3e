from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import kit
from kit.errors import KitError
from kit.leaderboard import kept_file
from kit.leaderboard.ledger import entries, ledger_path, record
from tests.leaderboard.scores import made


def test_every_recorded_field_is_read_back() -> None:
    record(
        made(0.75),
        run="20260101-small",
        config=kit.TrainConfig(epochs=3),
        cv_mean=0.7,
        cv_spread=0.02,
        note="first try",
    )
    (entry,) = entries()
    assert (entry.task, entry.metric, entry.higher_is_better, entry.file) == ("bars", "accuracy", True, "a.csv")
    assert (entry.file_sha256, entry.answers_sha256) == ("a" + "0" * 63, "f" * 64)
    assert (entry.run, entry.note, entry.cv_mean, entry.cv_spread) == ("20260101-small", "first try", 0.7, 0.02)
    assert entry.config is not None and entry.config["epochs"] == 3
    assert (entry.score, entry.interval) == (0.9, (0.8, 0.95))
    assert (entry.public_score, entry.public_interval, entry.private_score) == (0.75, (0.65, 0.85), 0.5)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.time)


def test_a_file_recorded_again_keeps_one_row_and_what_was_known_of_it() -> None:
    record(made(0.75), run="r1", config={"epochs": 3}, cv_mean=0.7, note="first")
    record(made(0.75, interval=None, public_interval=None))
    (entry,) = entries()
    assert (entry.run, entry.config, entry.cv_mean, entry.note) == ("r1", {"epochs": 3}, 0.7, "first")
    assert entry.interval == (0.8, 0.95) and entry.public_interval == (0.65, 0.85)
    record(made(0.75), run="r2", note="second")
    (entry,) = entries()
    assert (entry.run, entry.note) == ("r2", "second")


def test_the_same_file_under_other_answers_is_another_row() -> None:
    record(made(0.75))
    record(made(0.5, answers_sha256="e" * 64))
    assert len(entries()) == 2


def test_a_score_without_parts_cannot_be_recorded() -> None:
    with pytest.raises(ValueError, match="parts"):
        record(made(0.7, public=None))


def test_an_undefined_cv_mean_is_recorded_as_none() -> None:
    record(made(0.7), cv_mean=float("nan"))
    assert entries()[0].cv_mean is None


def test_a_missing_ledger_is_empty_and_is_not_made_by_looking() -> None:
    assert entries() == []
    assert not ledger_path().exists()


def test_standard_tools_read_the_ledger() -> None:
    record(made(0.75))
    connection = sqlite3.connect(ledger_path())
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT task, public_score FROM submissions").fetchall() == [("bars", 0.75)]
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()
    assert [path.name for path in ledger_path().parent.iterdir()] == ["leaderboard.db"]


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE holidays (day TEXT)")
    connection.close()


def _newer(path: Path) -> None:
    record(made(0.75))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def _torn(path: Path) -> None:
    for i in range(40):
        record(made(0.75, f"{i:02x}"), note="x" * 900)
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)


def _changed(statement: str) -> Any:
    """Change a sound ledger as another tool might, its checks switched off."""

    def damage(path: Path) -> None:
        record(made(0.75))
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(statement)
        connection.commit()
        connection.close()

    return damage


def _bytes(offset: int, data: bytes) -> Any:
    """Overwrite bytes of a sound ledger."""

    def damage(path: Path) -> None:
        record(made(0.75))
        whole = bytearray(path.read_bytes())
        whole[offset : offset + len(data)] = data
        path.write_bytes(whole)

    return damage


def _damaged_schema(path: Path) -> None:
    record(made(0.75))
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE submissions", b"CREATE TAB\xffE submissions"))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(os.urandom(5000)), "not a ledger that the kit can read"),
        (lambda path: path.write_text("task,score\nbars,1\n" * 99), "not a ledger that the kit can read"),
        (_foreign, "an SQLite file of another program"),
        (_newer, "another version of the kit"),
        (_torn, "not a ledger that the kit can read"),
        (_changed("DROP TABLE submissions"), "no table submissions"),
        (_changed("ALTER TABLE submissions ADD COLUMN extra TEXT"), "column extra is unknown"),
        (_changed("ALTER TABLE submissions DROP COLUMN note"), "column note is missing"),
        (_changed("ALTER TABLE submissions RENAME COLUMN note TO remark"), "column note is missing"),
        (_changed("UPDATE submissions SET task = x'00ff'"), "row 1: column task"),
        (_changed("UPDATE submissions SET time = x'00ff'"), "row 1: column time"),
        (_changed("UPDATE submissions SET config = 7.5, note = x'00'"), "row 1: column note"),
        (_changed("UPDATE submissions SET public_score = 9e999"), "row 1: column public_score"),
        (_changed("UPDATE submissions SET score = 'high'"), "row 1: column score"),
        (_changed("UPDATE submissions SET higher_is_better = 2"), "row 1: column higher_is_better"),
        (_damaged_schema, "not a ledger that the kit can read"),
        (_bytes(18, b"\x02\x02"), "a file format that the kit does not write"),
        (_bytes(16, b"\x00\x03"), "not a ledger that the kit can read"),
        (_bytes(40, bytes(60)), "an SQLite file of another program"),
        (lambda path: path.write_bytes(b"SQLite format 3\x00"), "no SQLite database"),
        (lambda path: path.write_bytes(bytes(4096)), "no SQLite database"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_is(damage: Any, message: str) -> None:
    path = ledger_path()
    path.parent.mkdir(parents=True)
    damage(path)
    before = path.read_bytes()
    for use in (entries, lambda: record(made(0.5, "b"))):
        with pytest.raises(KitError, match=message) as caught:
            use()
        assert str(path) in str(caught.value)
        assert "try again" not in str(caught.value)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_ledger_with_any_damaged_byte_is_read_or_refused_and_a_refused_one_is_not_changed() -> None:
    for i in range(3):
        record(made(0.75, f"{i:02x}"), note="n" * 50)
    path, chance = ledger_path(), random.Random(0)
    sound = path.read_bytes()
    for _ in range(150):
        damaged = bytearray(sound)
        for _ in range(chance.choice((1, 1, 8))):
            damaged[chance.choice((chance.randrange(len(sound)), chance.randrange(1024)))] = chance.randrange(256)
        path.write_bytes(damaged)
        for use in (entries, lambda: record(made(0.5, "b"))):
            before = path.read_bytes()
            try:
                use()
            except KitError:
                assert path.read_bytes() == before


def test_text_that_is_not_utf_8_is_read_with_replacements() -> None:
    ledger_path().parent.mkdir(parents=True)
    _changed("UPDATE submissions SET note = CAST(x'61ff' AS TEXT)")(ledger_path())
    assert entries()[0].note == "a\N{REPLACEMENT CHARACTER}"


def test_a_locked_ledger_is_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    record(made(0.75))
    monkeypatch.setattr("kit.leaderboard.ledger_file.TIMEOUT", 0.05)
    other = sqlite3.connect(ledger_path(), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(KitError, match="cannot be used now") as caught:
        record(made(0.5, "b"))
    assert "try again" in str(caught.value)
    other.close()


def test_a_recorded_submission_is_kept_by_its_content(tmp_path: Path) -> None:
    file = tmp_path / "submission.csv"
    file.write_text("id,label\n1,0\n")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    record(made(0.75, file_sha256=digest), submission=file)
    file.write_text("id,label\n1,1\n")
    kept = kept_file(digest, ".csv", ledger_path().parent)
    assert kept.read_text() == "id,label\n1,0\n"
    with pytest.raises(KitError, match="changed while it was scored"):
        record(made(0.75, "b"), submission=file)
    assert len(entries()) == 1
    kept.write_text("damaged")
    file.write_text("id,label\n1,0\n")
    record(made(0.75, file_sha256=digest), submission=file)
    assert kept.read_text() == "id,label\n1,0\n"


def test_an_empty_file_becomes_a_ledger() -> None:
    ledger_path().parent.mkdir(parents=True)
    ledger_path().touch()
    assert entries() == []
    record(made(0.75))
    assert len(entries()) == 1


def test_a_folder_instead_of_the_ledger_is_a_clear_error() -> None:
    ledger_path().mkdir(parents=True)
    with pytest.raises(KitError, match="ledger"):
        entries()
    with pytest.raises(KitError, match="ledger"):
        record(made(0.7))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_instead_of_the_ledger_is_refused_and_not_waited_for() -> None:
    ledger_path().parent.mkdir(parents=True)
    os.mkfifo(ledger_path())
    for use in (entries, lambda: record(made(0.5))):
        with pytest.raises(KitError, match="not a regular file"):
            use()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom permissions stop")
def test_a_ledger_that_may_only_be_read_is_read() -> None:
    record(made(0.75))
    ledger_path().chmod(stat.S_IRUSR)
    assert len(entries()) == 1


APPEND = """
import sys
from kit.leaderboard.ledger import record
from kit.leaderboard.table import board_text
from kit.scoring import Score
name, count = sys.argv[1], int(sys.argv[2])
fields = dict(task="bars", metric="accuracy", score=0.5, higher_is_better=True, interval=None, rows=1, details={})
for i in range(count):
    file = f"{name}{i:06x}".ljust(64, "0")
    record(Score(**fields, file="a.csv", file_sha256=file, answers_sha256="f" * 64, public=0.5), note="n" * 3000)
    print(i, flush=True)
"""


def append(name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", APPEND, name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)


def test_two_processes_append_side_by_side_from_the_very_first_row() -> None:
    writers = [append(name, 40) for name in ("a", "b")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.close()
    assert len(entries()) == 80


def _kill_rounds(rounds: int) -> None:
    """Kill a writer at random moments; every row that it reported must be there, and no half of one."""
    chance = random.Random(0)
    reported: set[str] = set()
    for number in range(rounds):
        name = f"{number:02x}"
        writer = append(name, 100_000)
        assert writer.stdout is not None
        reported.add(name + f"{int(writer.stdout.readline()):06x}")
        time.sleep(chance.random() * 0.15)
        writer.send_signal(signal.SIGKILL)
        reported |= {f"{name}{int(line):06x}" for line in writer.stdout.read().split()}
        writer.stdout.close()
        writer.wait()
        found = entries()
        assert reported <= {entry.file_sha256[:8] for entry in found}
        assert len(found) <= len(reported) + number + 1  # a kill may fall between the row and its report
    connection = sqlite3.connect(ledger_path())
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_writer_loses_no_reported_row() -> None:
    _kill_rounds(4)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_fifty_kills_lose_no_reported_row() -> None:
    _kill_rounds(50)
