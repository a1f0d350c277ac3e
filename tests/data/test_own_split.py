"""A task's own split, and training on everything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.data.folds import folds
from kit.errors import PluginError

SAMPLES = [Sample(str(i), None, y=i % 2, group=f"patient {i // 2}") for i in range(8)]
CONFIG = TrainConfig(folds=3)


def split_by(*parts):
    return folds(SAMPLES, CONFIG, None, lambda samples, config: parts)


def test_a_split_of_a_time_series_learns_from_the_past() -> None:
    def by_year(samples, config):
        for year in range(config.folds):
            yield str(2020 + year), range(2 * (year + 1)), range(2 * (year + 1), 2 * (year + 2))

    parts = folds(SAMPLES, CONFIG, None, by_year)
    assert [fold.name for fold in parts] == ["2020", "2021", "2022"]
    assert parts[1].train.tolist() == [0, 1, 2, 3] and parts[1].valid.tolist() == [4, 5]


def test_without_folds_every_sample_is_learned_from_whatever_the_split() -> None:
    (fold,) = folds(SAMPLES, replace(CONFIG, folds=0), None, lambda samples, config: [])
    assert fold.train.tolist() == list(range(8)) and not len(fold.valid)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "at least one fold"),
        ([("a", [0])], r"\(name, train, valid\)"),
        ([("../a", [0, 1], [2, 3])], "names of letters"),
        ([("..", [0, 1], [2, 3])], "names of letters"),
        ([("a", [0, 1], [2, 3]), ("A", [0, 1], [4, 5])], "names of their own"),
        ([("a", [0, 1], [])], "valid: at least one sample"),
        ([("a", [0, 1], [8])], "positions from 0 to 7"),
        ([("a", [0, 1], [True])], "positions of samples"),
        ([("a", [0, 0], [2])], "each position once"),
        ([("a", [0, 1], [2, 3]), ("b", [0, 1], [3])], "held out once"),
        ([("a", [0, 2], [1, 3])], "patient 0"),
    ],
)
def test_a_wrong_split_is_refused_by_what_is_wrong(parts, message) -> None:
    with pytest.raises(PluginError, match=message):
        split_by(*parts)
