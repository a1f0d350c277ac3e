from __future__ import annotations

import os
import random
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from kit.errors import KitError
from kit.ledger import entries, ledger_location, record
from tests.ledger.scores import made


def test_a_missing_ledger_is_empty_and_is_not_made_by_looking() -> None:
    assert entries() == []
    assert not ledger_location().exists()


def test_standard_tools_read_the_ledger() -> None:
    record(made(0.75))
    connection = sqlite3.connect(ledger_location())
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("SELECT task, public_score FROM submissions").fetchall() == [("bars", 0.75)]
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()
    assert [path.name for path in ledger_location().parent.iterdir()] == ["leaderboard.db"]


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
        (_changed("UPDATE private_scores SET score = 'high'"), "row 1: column score"),
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
    path = ledger_location()
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
    path, chance = ledger_location(), random.Random(0)
    sound = path.read_bytes()
    for _ in range(60):
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
    ledger_location().parent.mkdir(parents=True)
    _changed("UPDATE submissions SET note = CAST(x'61ff' AS TEXT)")(ledger_location())
    assert entries()[0].note == "a\N{REPLACEMENT CHARACTER}"


def test_a_locked_ledger_is_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    record(made(0.75))
    monkeypatch.setattr("kit.ledger.sqlite.TIMEOUT", 0.05)
    other = sqlite3.connect(ledger_location(), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(KitError, match="cannot be used now") as caught:
        record(made(0.5, "b"))
    assert "try again" in str(caught.value)
    other.close()


def test_an_empty_file_becomes_a_ledger() -> None:
    ledger_location().parent.mkdir(parents=True)
    ledger_location().touch()
    assert entries() == []
    record(made(0.75))
    assert len(entries()) == 1


def test_a_folder_instead_of_the_ledger_is_a_clear_error() -> None:
    ledger_location().mkdir(parents=True)
    with pytest.raises(KitError, match="ledger"):
        entries()
    with pytest.raises(KitError, match="ledger"):
        record(made(0.7))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_instead_of_the_ledger_is_refused_and_not_waited_for() -> None:
    ledger_location().parent.mkdir(parents=True)
    os.mkfifo(ledger_location())
    for use in (entries, lambda: record(made(0.5))):
        with pytest.raises(KitError, match="not a regular file"):
            use()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom permissions stop")
def test_a_ledger_that_may_only_be_read_is_read() -> None:
    record(made(0.75))
    ledger_location().chmod(stat.S_IRUSR)
    assert len(entries()) == 1


VERSION_1 = """
CREATE TABLE submissions (id INTEGER PRIMARY KEY, task TEXT NOT NULL, metric TEXT NOT NULL,
    higher_is_better INTEGER NOT NULL CHECK (higher_is_better IN (0, 1)), file TEXT NOT NULL, file_sha256 TEXT NOT NULL,
    answers_sha256 TEXT NOT NULL, run TEXT, config TEXT, cv_mean REAL, cv_spread REAL,
    score REAL NOT NULL CHECK (typeof(score) = 'real'), low REAL, high REAL, public_score REAL NOT NULL,
    public_low REAL, public_high REAL, private_score REAL, time TEXT NOT NULL, note TEXT,
    UNIQUE (task, metric, file_sha256, answers_sha256));
INSERT INTO submissions VALUES (7, 'bars', 'accuracy', 1, 'a.csv', 'aa', 'ff', 'r1', '{"epochs": 3}', 0.7, NULL,
    0.9, 0.8, 0.95, 0.75, 0.65, 0.85, 0.5, '2026-01-01T00:00:00Z', 'kept');
PRAGMA application_id = 1802073121;
PRAGMA user_version = 1;
"""


@pytest.fixture
def version_1() -> Path:
    path = ledger_location()
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1)
    connection.close()
    return path


def test_a_ledger_of_version_1_is_read_without_a_change(version_1: Path) -> None:
    before = version_1.read_bytes()
    (entry,) = entries(private=True)
    assert (entry.run, entry.config, entry.note) == ("r1", {"epochs": 3}, "kept")
    assert (entry.score, entry.private_score, entry.public_interval) == (0.9, 0.5, (0.65, 0.85))
    assert (entry.author, entry.parents, entry.command) == (None, (), ())
    assert version_1.read_bytes() == before


def test_the_first_write_brings_a_ledger_of_version_1_to_this_one(
    version_1: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = entries(private=True)
    record(made(0.5, "b"))
    assert "from version 1 to 2" in capsys.readouterr().err
    assert entries(private=True)[:1] == old and len(entries()) == 2
    connection = sqlite3.connect(version_1)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    assert connection.execute("SELECT id FROM submissions").fetchall() == [(7,), (8,)]
    connection.close()


def test_a_damaged_ledger_of_version_1_is_not_migrated(version_1: Path) -> None:
    connection = sqlite3.connect(version_1)
    connection.execute("UPDATE submissions SET public_score = 'high'")
    connection.commit()
    connection.close()
    before = version_1.read_bytes()
    for use in (entries, lambda: record(made(0.5, "b"))):
        with pytest.raises(KitError, match="row 7: column public_score"):
            use()
    assert version_1.read_bytes() == before
