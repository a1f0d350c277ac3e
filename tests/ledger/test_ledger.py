"""The ledger, the same on an SQLite file and on PostgreSQL."""

from __future__ import annotations

import hashlib
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import kit
from kit.boards import boards
from kit.errors import KitError
from kit.ledger import entries, find_kept, ledger_location, record, record_reveal
from tests.conftest import ROOT
from tests.ledger.scores import made

pytestmark = pytest.mark.usefixtures("ledger")


def test_every_recorded_field_is_read_back() -> None:
    record(
        made(0.75),
        run="20260101-small",
        config=kit.TrainConfig(epochs=3),
        cv_mean=0.7,
        cv_spread=0.02,
        note="first try",
        parents=["r1", "r2"],
        command=["kit", "run", "bars"],
    )
    (entry,) = entries(private=True)
    assert (entry.task, entry.metric, entry.higher_is_better, entry.file) == ("bars", "accuracy", True, "a.csv")
    assert (entry.file_sha256, entry.answers_sha256) == ("a" + "0" * 63, "f" * 64)
    assert (entry.run, entry.note, entry.cv_mean, entry.cv_spread) == ("20260101-small", "first try", 0.7, 0.02)
    assert entry.config is not None and entry.config["epochs"] == 3
    assert (entry.score, entry.interval) == (0.9, (0.8, 0.95))
    assert (entry.public_score, entry.public_interval, entry.private_score) == (0.75, (0.65, 0.85), 0.5)
    assert (entry.author, entry.parents, entry.command) == ("anna", ("r1", "r2"), ("kit", "run", "bars"))
    assert entry.host
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.time)
    (closed,) = entries()
    assert (closed.score, closed.interval, closed.private_score) == (None, None, None)


def test_a_score_keeps_all_its_digits() -> None:
    value = 0.1 + 0.2
    record(made(value, private=1 / 3))
    (entry,) = entries(private=True)
    assert (entry.public_score, entry.private_score) == (value, 1 / 3)


def test_a_file_recorded_again_keeps_one_row_and_what_was_known_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    record(made(0.75), run="r1", config={"epochs": 3}, cv_mean=0.7, note="first")
    monkeypatch.setenv("KIT_AUTHOR", "boris")
    record(made(0.75, interval=None, public_interval=None))
    (entry,) = entries(private=True)
    assert (entry.run, entry.config, entry.cv_mean, entry.note) == ("r1", {"epochs": 3}, 0.7, "first")
    assert entry.interval == (0.8, 0.95) and entry.public_interval == (0.65, 0.85)
    assert entry.author == "anna"
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


def test_any_text_is_kept_as_text() -> None:
    hostile = "'; DROP TABLE submissions; -- <script>\u202e\x00 \udcff 手"
    record(made(0.7, file=hostile), note=hostile, run=hostile)
    (entry,) = entries()
    assert entry.note == entry.run == entry.file
    assert entry.note == hostile.replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\udcff", "?")


def test_a_ranking_is_the_same_with_a_limit_and_without(toy: kit.Task) -> None:
    for number, value in enumerate((0.5, 0.9, 0.7, 0.9, 0.8)):
        record(made(value, f"{number:02x}", private=1 - value))
    for reveal in (False, True):
        (whole,), (cut,) = boards({"bars": toy}, reveal=reveal), boards({"bars": toy}, reveal=reveal, limit=3)
        assert [row.rank for row in whole.rows] == ([5, 4, 3, 1, 1] if reveal else [1, 1, 3, 4, 5])
        assert cut.rows == whole.rows[:3] and cut.total == whole.total == 5


def test_a_recorded_submission_is_kept_by_its_content(tmp_path: Path) -> None:
    file = tmp_path / "submission.csv"
    file.write_text("id,label\n1,0\n")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    record(made(0.75, file_sha256=digest), submission=file)
    file.write_text("id,label\n1,1\n")
    kept = find_kept(digest, ledger_location())
    assert kept.read_text() == "id,label\n1,0\n"
    with pytest.raises(KitError, match="changed while it was scored"):
        record(made(0.75, "b"), submission=file)
    assert len(entries()) == 1
    kept.write_text("damaged")
    with pytest.raises(KitError, match="damaged"):
        find_kept(digest, ledger_location())
    file.write_text("id,label\n1,0\n")
    record(made(0.75, file_sha256=digest), submission=file)
    assert kept.read_text() == "id,label\n1,0\n"


@pytest.mark.parametrize("name", ["../../*", "a" * 63, "A" * 64, ""])
def test_a_hash_that_is_none_finds_no_file(name: str) -> None:
    with pytest.raises(KitError, match="no SHA-256"):
        find_kept(name, ledger_location())


def test_reveals_are_counted(toy: kit.Task) -> None:
    record(made(0.75))
    record_reveal("bars")
    record_reveal(None)
    record_reveal("other")
    assert boards({"bars": toy})[0].reveals == 2


def test_twenty_writers_lose_nothing_and_double_nothing() -> None:
    def write(name: int) -> None:
        for number in range(2):
            record(made(number / 10, f"{name:02x}{number:02x}"))
            record(made(0.5, "ffff"))  # every writer records this one too

    writers = [threading.Thread(target=write, args=[name]) for name in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = Counter(entry.file_sha256[:4] for entry in entries(private=True))
    assert len(found) == 41 and set(found.values()) == {1}


APPEND = """
import sys
from kit.ledger import record
from kit.boards.table import board_text
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
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.mark.slow
def test_four_processes_write_four_hundred_rows_from_the_very_first_one() -> None:
    writers = [append(name, 100) for name in "abcd"]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.close()
    assert len({entry.file_sha256 for entry in entries()}) == len(entries()) == 400


def _kill_rounds(rounds: int) -> None:
    """Kill a writer at random moments; every row that it reported must be there, once, and no half of one."""
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
        found = Counter(entry.file_sha256[:8] for entry in entries(private=True))
        assert reported <= set(found) and set(found.values()) == {1}
        assert len(found) <= len(reported) + number + 1  # a kill may fall between the row and its report


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_client_loses_no_reported_row() -> None:
    _kill_rounds(2)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_fifty_kills_lose_no_reported_row() -> None:
    _kill_rounds(50)


def test_two_changes_of_one_row_end_with_the_later_one_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def at(clock: str, **changes: Any) -> None:
        monkeypatch.setattr("kit.ledger.recording.time_now", lambda: clock)
        record(made(0.7), **changes)

    at("2026-01-02T00:00:00Z", note="later")
    at("2026-01-01T00:00:00Z", note="earlier")
    assert entries()[0].note == "later"
