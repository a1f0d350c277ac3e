from __future__ import annotations

import dataclasses
import re
import shutil
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, select

import kit
from kit.boards import Board, boards, page, standing
from kit.boards.table import board_text
from kit.ledger import ledger_location, record, run_of
from kit.ledger.sqlite import writing
from kit.ledger.tables import PRIVATE_SCORES, SUBMISSIONS
from tests.ledger.scores import made
from tests.report.chromium import browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def referred(toy: kit.Task) -> kit.Task:
    rows = (
        kit.Reference("the paper's CNN", 0.8, "its own validation rows", "https://example.org/paper"),
        kit.Reference("guessing <b>", 0.5, "any rows", "arithmetic"),
    )
    return dataclasses.replace(toy, references=rows)


def ranks(board: Board) -> list[tuple[int, str]]:
    return [(row.rank, row.name) for row in board.rows]


def many(count: int) -> None:
    """Record this many submissions quickly, with every field set."""
    record(made(0.5), run="first", config={"epochs": 3}, cv_mean=0.5, cv_spread=0.01, note="a note")
    with writing(ledger_location()) as connection:
        first = connection.execute(select(SUBMISSIONS)).mappings().one()
        private = connection.execute(select(PRIVATE_SCORES)).mappings().one()
        own = [{"file_sha256": f"{i:064x}", "run": f"run-{i}", "public_score": i % 997 / 997} for i in range(1, count)]
        connection.execute(insert(SUBMISSIONS), [{**first, **row, "id": i} for i, row in enumerate(own, 2)])
        connection.execute(insert(PRIVATE_SCORES), [{**private, "file_sha256": row["file_sha256"]} for row in own])


def test_the_time_of_a_ranking_is_linear_in_its_rows(toy: kit.Task) -> None:
    def seconds(count: int) -> float:
        ledger_location().unlink(missing_ok=True)
        many(count)
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            (board,) = boards({"bars": toy}, reveal=True)
            text, html = board_text(board), page([board])
            best = min(best, time.process_time() - started)
        assert len(board.rows) == count and text.count("\n") > count and html.count("<tr>") > count
        return best

    assert seconds(4000) < 20 * max(seconds(500), 0.02)


def test_a_limit_shows_the_best_rows_and_counts_the_rest(toy: kit.Task) -> None:
    many(30)
    (board,) = boards({"bars": toy}, limit=5)
    assert [row.rank for row in board.rows] == [1, 2, 3, 4, 5]
    assert "25 more" in board_text(board) and "25 more" in page([board])


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
    inside = ledger_location().parent / "bars" / "20260101-small" / "submission.csv"
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


def test_a_blend_names_the_runs_that_it_averages(toy: kit.Task) -> None:
    record(made(0.9), run="blend", parents=["r1", "<b>r2</b>\x1b[2J"], note="both")
    (board,) = boards({"bars": toy})
    assert "average of r1, <b>r2</b>\\x1b[2J" in board_text(board)
    assert "average of r1, &lt;b&gt;r2&lt;/b&gt;" in page([board])


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
