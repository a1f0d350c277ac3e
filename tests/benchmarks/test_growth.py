"""The benchmark of growth: its arithmetic, a small point of it, and the picture."""

from __future__ import annotations

import pytest

from tests.benchmarks.growth import SERIES, Point, growth_rows, marginal, measure
from tests.benchmarks.growth_data import rows
from tests.benchmarks.growth_plot import draw

NAME = "check, ids too"
POINTS = [Point(NAME, 10, 0.5, 0.6, 50.0), Point(NAME, 110, 1.5, 1.7, 60.0), Point(NAME, 310, 3.5, 4.0, 80.0)]


def test_the_cost_of_one_more_unit_stays_the_same_where_growth_is_linear():
    assert marginal(POINTS) == [None, pytest.approx(0.01), pytest.approx(0.01)]
    assert growth_rows(POINTS)[1] == "| check, ids too | 110 rows | 1.50 | 10,000 | 60 |"


def test_the_picture_has_every_series(tmp_path):
    draw(POINTS, tmp_path / "growth.svg")
    text = (tmp_path / "growth.svg").read_text(encoding="utf-8")
    assert NAME in text and "processor seconds" in text
    assert len(text) < 100_000


@pytest.mark.slow
def test_a_submission_of_many_rows_is_checked_with_its_ids_and_a_failing_command_is_shown(tmp_path):
    rows(tmp_path, 300)
    point = measure(NAME, 300, tmp_path, SERIES[NAME].command)
    assert point.cpu > 0 and 20 < point.megabytes < 500
    (tmp_path / "count").write_text("301")
    with pytest.raises(RuntimeError, match="301"):
        measure(NAME, 300, tmp_path, SERIES[NAME].command)
