from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import kit
from kit.boards.agreement import agreement, band, best_of
from kit.boards.contest_board import contest_boards
from kit.boards.kaggle_board import board_standing, medal, read_board
from kit.boards.page import page
from kit.errors import DataError
from kit.ledger.contest_scores import ContestScore, record_contest_score


def test_the_line_and_the_rank_correlation_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    cv = rng.uniform(0.9, 0.99, 12).round(2)  # with ties
    board = 0.1 + 0.9 * cv + rng.normal(0, 0.01, 12)
    found = agreement(list(zip(cv, board, strict=True)))
    line = stats.linregress(cv, board)
    half = stats.t.ppf(0.975, 10) * line.stderr
    assert found is not None
    assert np.allclose([found.slope, found.intercept], [line.slope, line.intercept])
    assert np.allclose(found.slope_interval, [line.slope - half, line.slope + half])
    assert found.rank_correlation == pytest.approx(stats.spearmanr(cv, board).statistic)


def test_the_band_holds_the_true_line_as_often_as_it_says() -> None:
    rng, at = np.random.default_rng(0), np.array([0.95])
    inside = 0
    for _ in range(400):
        cv = rng.uniform(0.9, 1.0, 8)
        board = 0.5 + 0.5 * cv + rng.normal(0, 0.01, 8)
        _, low, high = band(list(zip(cv, board, strict=True)), at)
        inside += int(low[0] <= 0.5 + 0.5 * 0.95 <= high[0])
    assert 0.92 < inside / 400 < 0.98


@pytest.mark.parametrize(
    ("points", "gain", "pairs"),
    [
        ([(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)], None, (3, 3)),
        ([(0.1, 0.3), (0.2, 0.2), (0.3, 0.1)], 0.2, (3, 0)),
        ([(0.90, 0.90), (0.901, 0.899), (0.95, 0.95)], 0.001, (1, 0)),
        ([(0.90, 0.90), (0.901, 0.90), (0.95, 0.95)], 0.001, (1, 0)),  # a tie does not show a gain
    ],
)
def test_gains_that_did_not_show_are_the_small_ones_that_the_board_orders_by_chance(
    points: list[tuple[float, float]], gain: float | None, pairs: tuple[int, int]
) -> None:
    found = agreement(points)
    assert found is not None and found.unseen_pairs == pairs
    assert found.unseen_gain == (None if gain is None else pytest.approx(gain))


def test_too_few_or_equal_points_have_no_line() -> None:
    assert agreement([(0.1, 0.2), (0.2, 0.3)]) is None
    assert agreement([(0.1, 0.2)] * 5) is None
    found = agreement([(0.1, 0.2), (0.2, 0.2), (0.3, 0.2)])
    assert found is not None and found.rank_correlation is None and found.slope == pytest.approx(0)


@pytest.mark.parametrize("count", [2, 10, 50])
def test_the_best_of_many_is_as_much_too_good_as_a_simulation_says(count: int) -> None:
    draws = np.random.default_rng(0).normal(0, 0.01, (20_000, count)).max(axis=1)
    assert best_of(count, 0.01) == pytest.approx(draws.mean(), rel=0.05)


def test_a_shake_up_is_foreseen_from_the_public_fraction(toy: kit.Task, tmp_path: Path) -> None:
    task = dataclasses.replace(toy, public_fraction=0.25)
    for number, public in enumerate((0.90, 0.89, 0.5)):
        file = tmp_path / f"{number}.csv"
        file.write_text(
            "id,label\n" + "".join(f"{row},{number % 2}\n" for row in range(1, 401)) + f"401,{number // 2}\n"
        )
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        score = ContestScore(
            task="bars",
            reference=str(number),
            time="2026-01-01",
            file_sha256=digest,
            public_score=public,
            cv_mean=public,
        )
        record_contest_score(score, submission=file)
    (board,) = contest_boards({"bars": task})
    shake = board.shake_up
    assert shake is not None and (shake.public_rows, shake.rows, shake.within) == (100, 401, 1)
    draws = np.random.default_rng(0)
    simulated = draws.binomial(301, 0.9, 50_000) / 301 - draws.binomial(100, 0.9, 50_000) / 100
    assert shake.deviation == pytest.approx(simulated.std(), rel=0.02)
    assert any("shake-up: the public part has 100 of 401 rows" in line for line in board.sentences())
    assert contest_boards({"bars": toy})[0].shake_up is None
    assert "CV against the board" in page([], [board])


@pytest.mark.parametrize(
    ("teams", "gold", "silver", "bronze"),
    [(50, 5, 10, 20), (99, 9, 19, 39), (100, 10, 20, 40), (249, 10, 49, 99), (250, 10, 50, 100), (999, 11, 50, 100),
     (1000, 12, 50, 100), (5000, 20, 250, 500)],
)  # fmt: skip
def test_medals_follow_the_rules_of_kaggle(teams: int, gold: int, silver: int, bronze: int) -> None:
    for last, name, after in ((gold, "gold", "silver"), (silver, "silver", "bronze"), (bronze, "bronze", None)):
        assert (medal(last, teams), medal(last + 1, teams)) == (name, after)


def test_a_board_keeps_the_best_score_of_each_team_in_either_direction(tmp_path: Path) -> None:
    file = tmp_path / "board.csv"
    file.write_text("\ufeffRank,TeamId,TeamName,Score\n1,a,A,0.5\n2,a,A,0.7\n3,b,B,0.6\n4,c,C,\n", encoding="utf-8")
    assert read_board(file, higher_is_better=True) == [0.7, 0.6]
    assert read_board(file, higher_is_better=False) == [0.5, 0.6]
    assert board_standing(0.65, [0.7, 0.6], higher_is_better=True).rank == 2
    assert board_standing(0.1, [0.7, 0.6], higher_is_better=True).rank == 2


@pytest.mark.parametrize("text", ["", "TeamId,Score\n", "a,b\n1,2\n", "TeamId,Score\n1,high\n", "\0\0"])
def test_a_file_that_is_no_board_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "board.csv"
    file.write_text(text)
    with pytest.raises(DataError):
        read_board(file, higher_is_better=True)
