from __future__ import annotations

import dataclasses
import os
import random
import re
import shutil
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
from kit.leaderboard import Board, boards, page, standing
from kit.leaderboard.ledger import entries, ledger_path, record, run_of
from kit.scoring import Score
from tests.report.chromium import browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def made(value: float, name: str = "a", *, private: float | None = 0.5, **changes: Any) -> Score:
    """A score by its public value, of a file whose hash begins with ``name``."""
    fields: dict[str, Any] = {
        "task": "bars",
        "metric": "accuracy",
        "score": 0.9,
        "higher_is_better": True,
        "interval": (0.8, 0.95),
        "rows": 20,
        "details": {},
        "file": f"{name}.csv",
        "file_sha256": (name + "0" * 64)[:64],
        "answers_sha256": "f" * 64,
        "public": value,
        "public_interval": (value - 0.1, value + 0.1),
        "private": private,
    }
    return Score(**{**fields, **changes})


@pytest.fixture
def referred(toy: kit.Task) -> kit.Task:
    rows = (
        kit.Reference("the paper's CNN", 0.8, "its own validation rows", "https://example.org/paper"),
        kit.Reference("guessing <b>", 0.5, "any rows", "arithmetic"),
    )
    return dataclasses.replace(toy, references=rows)


def ranks(board: Board) -> list[tuple[int, str]]:
    return [(row.rank, row.name) for row in board.rows]


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


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(os.urandom(5000)), "not a ledger that the kit can read"),
        (lambda path: path.write_text("task,score\nbars,1\n" * 99), "not a ledger that the kit can read"),
        (_foreign, "an SQLite file of another program"),
        (_newer, "another version of the kit"),
        (_torn, "not a ledger that the kit can read"),
    ],
    ids=["noise", "text", "foreign", "newer", "torn"],
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
    assert path.read_bytes() == before


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


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom permissions stop")
def test_a_ledger_that_may_only_be_read_is_read() -> None:
    record(made(0.75))
    ledger_path().chmod(stat.S_IRUSR)
    assert len(entries()) == 1


APPEND = """
import sys
from kit.leaderboard.ledger import record
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


def test_ties_have_one_rank_and_references_are_ranked_with_the_files(referred: kit.Task) -> None:
    for name, value in (("a", 0.9), ("b", 0.8), ("c", 0.4)):
        record(made(value, name))
    (board,) = boards({"bars": referred})
    assert ranks(board) == [(1, "a.csv"), (2, "b.csv"), (2, "the paper's CNN"), (4, "guessing <b>"), (5, "c.csv")]
    reference = board.rows[2]
    assert reference.reference and reference.split == "its own validation rows"
    assert (reference.interval, reference.file, reference.time) == (None, None, None)


def test_a_lower_score_leads_where_lower_is_better(toy: kit.Task) -> None:
    for name, value in (("a", 0.9), ("b", 0.8)):
        record(made(value, name, metric="loss", higher_is_better=False))
    (board,) = boards({"bars": toy})
    assert ranks(board) == [(1, "b.csv"), (2, "a.csv")]


def test_only_the_same_answers_are_compared_and_a_changed_metric_drops_the_references(referred: kit.Task) -> None:
    record(made(0.9))
    record(made(0.3, "b", answers_sha256="e" * 64))
    record(made(0.3, "c", metric="loss", higher_is_better=False))
    found = boards({"bars": referred})
    assert [len(board.rows) for board in found] == [3, 3, 1]
    assert [board.metric for board in found] == ["accuracy", "accuracy", "loss"]


def test_private_scores_stay_private_until_revealed(referred: kit.Task) -> None:
    record(made(0.9, "a", private=0.6, score=0.71))
    record(made(0.7, "b", private=0.9, score=0.83))
    (closed,) = boards({"bars": referred})
    assert ranks(closed)[0] == (1, "a.csv")
    shown = [value for row in closed.as_dict()["entries"] for value in row.values()]
    assert not {0.6, 0.71, 0.83} & {value for value in shown if isinstance(value, float)}
    assert all(row.private_score is row.whole_score is row.private_rank is None for row in closed.rows)
    (opened,) = boards({"bars": referred}, reveal=True)
    assert [(row.private_rank, row.rank, row.name) for row in opened.rows] == [
        (1, 3, "b.csv"),
        (2, 2, "the paper's CNN"),
        (3, 1, "a.csv"),
        (4, 4, "guessing <b>"),
    ]
    assert opened.rows[0].private_score == 0.9 and opened.rows[0].whole_score == 0.83


def test_a_submission_without_a_private_part_keeps_its_public_rank(toy: kit.Task) -> None:
    record(made(0.9, private=None))
    (board,) = boards({"bars": toy}, reveal=True)
    assert (board.rows[0].rank, board.rows[0].private_rank) == (1, None)
    assert "too few for a private part" in board.ranking and "too few for a private part" in page([board])


def test_a_task_without_a_plugin_is_still_ranked() -> None:
    record(made(0.9))
    (board,) = boards({})
    assert (board.known, board.title, len(board.rows)) == (False, "bars", 1)


def test_a_task_without_submissions_has_a_board_of_its_references(referred: kit.Task) -> None:
    (board,) = boards({"bars": referred}, "bars")
    assert [row.reference for row in board.rows] == [True, True]
    assert boards({"bars": referred}) == []


def test_submissions_with_the_same_name_get_the_start_of_their_hashes(toy: kit.Task) -> None:
    for file in ("a1", "b2"):
        record(made(0.9, file, file="submission.csv"))
    (board,) = boards({"bars": toy})
    assert {row.name for row in board.rows} == {"submission.csv a1000000", "submission.csv b2000000"}


def test_a_standing_counts_the_score_once_whether_recorded_or_not(referred: kit.Task) -> None:
    record(made(0.9, "a"))
    record(made(0.1, "z", answers_sha256="e" * 64))
    own = made(0.8, "b")
    before = standing(referred, own)
    record(own)
    assert before == standing(referred, own)
    assert (before.rank, before.of, before.references) == (2, 4, 2)
    assert str(before) == "rank 2 of 4 (2 references among them, measured elsewhere)"


def test_a_run_s_file_is_known_by_its_folder(tmp_path: Path) -> None:
    inside = ledger_path().parent / "bars" / "20260101-small" / "submission.csv"
    assert run_of("bars", inside) == "20260101-small"
    assert run_of("bars", inside.parent.parent / "loose.csv") is None
    assert run_of("other", inside) is None
    assert run_of("bars", tmp_path / "submission.csv") is None


def test_the_page_escapes_names_and_makes_no_request(referred: kit.Task) -> None:
    record(made(0.9), note="<script>alert(1)</script>", run="r<i>")
    html = page(boards({"bars": referred}, reveal=True))
    assert "<script" not in html and "&lt;script&gt;" in html and "guessing &lt;b&gt;" in html
    assert not re.search(r"""(src|href)=["'](?!data:,|https://example.org/paper)""", html)
    assert html.count("<caption") == html.count("<table") == 1
    assert all('scope="' in cell for cell in re.findall(r"<th\b[^>]*>", html))
    assert "prefers-color-scheme: dark" in html


def test_the_page_of_an_empty_ledger_says_what_to_type() -> None:
    assert "Nothing has been recorded yet" in page([])


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_the_page_loads_without_messages_and_fits_a_phone(referred: kit.Task, tmp_path: Path) -> None:
    record(made(0.9), note="n " * 40, run="20260101-120000-small-0", cv_mean=0.9, cv_spread=0.01)
    file = tmp_path / "board.html"
    file.write_text(page(boards({"bars": referred})), encoding="utf-8")
    assert CHROMIUM is not None
    with browser(CHROMIUM, tmp_path / "profile") as view:
        view.open(file, 390, dark=True)
        assert view.noise() == []
        assert view.evaluate("document.documentElement.scrollWidth") <= 390
        assert view.evaluate("document.querySelectorAll('tbody tr').length") == 3
        dark = view.evaluate("getComputedStyle(document.body).backgroundColor")
        view.open(file, 1200)
        assert view.evaluate("getComputedStyle(document.body).backgroundColor") != dark
        scroller = "document.querySelector('.scroll')"
        assert view.evaluate(f"{scroller}.scrollWidth <= {scroller}.clientWidth")
