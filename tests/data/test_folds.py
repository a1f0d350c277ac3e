from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.data.folds import folds
from kit.errors import DataError, KitError

CONFIG = TrainConfig(folds=4, seed=3)


def samples(count: int, groups: int | None = None) -> list[Sample]:
    group = [None if groups is None else f"patient {i % groups}" for i in range(count)]
    return [Sample(str(i), None, y=i % 3, group=group[i], meta={"subset": str(i % 5)}) for i in range(count)]


def test_every_sample_is_held_out_once_and_never_learned_from_then() -> None:
    parts = folds(samples(60), CONFIG)
    held_out = np.concatenate([fold.valid for fold in parts])
    assert sorted(held_out) == list(range(60))
    for fold in parts:
        assert not set(fold.train) & set(fold.valid)
        assert len(fold.train) + len(fold.valid) == 60


def test_folds_are_stratified_by_label() -> None:
    every = samples(60)
    for fold in folds(every, CONFIG):
        assert np.bincount([every[i].y for i in fold.valid]).tolist() == [5, 5, 5]


def test_a_group_never_straddles_a_split() -> None:
    every = samples(60, groups=13)
    for config in (CONFIG, replace(CONFIG, folds=1, valid_fraction=0.25)):
        for fold in folds(every, config):
            assert not {every[i].group for i in fold.train} & {every[i].group for i in fold.valid}


def test_one_fold_holds_out_the_fraction() -> None:
    (fold,) = folds(samples(100), replace(CONFIG, folds=1, valid_fraction=0.1))
    assert len(fold.valid) == 10


def test_the_seed_decides_the_folds() -> None:
    every = samples(60)
    first, again, other = (folds(every, replace(CONFIG, seed=seed))[0].valid.tolist() for seed in (3, 3, 4))
    assert first == again != other


def test_a_named_scheme_gives_a_fold_for_each_of_its_values() -> None:
    every = samples(60)
    parts = folds(every, replace(CONFIG, folds="subset"))
    assert [fold.name for fold in parts] == ["0", "1", "2", "3", "4"]
    assert {every[i].meta["subset"] for i in parts[2].valid} == {"2"}


def test_an_unknown_scheme_is_refused_with_those_there_are() -> None:
    with pytest.raises(KitError, match="subset"):
        folds(samples(60), replace(CONFIG, folds="hospital"))


def test_a_scheme_that_parts_a_group_is_refused() -> None:
    with pytest.raises(DataError, match="patient"):
        folds(samples(60, groups=7), replace(CONFIG, folds="subset"))


def test_too_few_groups_are_refused_with_their_number() -> None:
    with pytest.raises(DataError, match="3 groups"):
        folds(samples(60, groups=3), CONFIG)


def test_samples_without_whole_number_labels_are_split_unstratified() -> None:
    every = [Sample(str(i), None, y=np.zeros((2, 2))) for i in range(20)]
    assert sorted(np.concatenate([fold.valid for fold in folds(every, CONFIG)])) == list(range(20))


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("count", [2, 3, 5, 8, 20])
def test_classes_smaller_than_the_number_of_folds_are_split_unstratified(count: int, grouped: bool) -> None:
    every = [Sample(str(i), None, y=i % 10, group=f"patient {i // 2}" if grouped else None) for i in range(2 * count)]
    for config in (CONFIG, replace(CONFIG, folds=1), replace(CONFIG, folds=2)):
        if grouped and count < config.folds:
            continue
        for fold in folds(every, config):
            assert len(fold.train) and len(fold.valid)


def test_samples_without_the_key_of_a_scheme_are_never_held_out() -> None:
    every = [Sample(str(i), None, y=0, meta={"split": "valid"} if i >= 7 else {}) for i in range(10)]
    (fold,) = folds(every, replace(CONFIG, folds="split"))
    assert fold.name == "valid"
    assert fold.valid.tolist() == [7, 8, 9] and fold.train.tolist() == list(range(7))


def test_a_group_on_both_sides_of_a_fixed_split_is_refused() -> None:
    every = [Sample(str(i), None, y=0, group="same", meta={"split": "valid"} if i else {}) for i in range(2)]
    with pytest.raises(DataError, match="training only and valid"):
        folds(every, replace(CONFIG, folds="split"))


def test_a_scheme_of_one_value_for_all_samples_is_refused() -> None:
    every = [Sample(str(i), None, y=0, meta={"split": "valid"}) for i in range(4)]
    with pytest.raises(
        DataError, match=r"every sample has the same 'split'(.|\n)*a number: these samples have no scheme"
    ):
        folds(every, replace(CONFIG, folds="split"))


def test_only_schemes_that_divide_are_offered_in_place_of_an_unknown_one() -> None:
    meta = [{"part": "a", "weight": i / 2, "year": 2000 + i % 2, "held_out": "late"} for i in range(4)]
    del meta[0]["held_out"]
    every = [Sample(str(i), None, y=0, meta=meta[i]) for i in range(4)]
    with pytest.raises(KitError, match=r"no fold scheme 'patient'(.|\n)*one of: held_out, year\n"):
        folds(every, replace(CONFIG, folds="patient"))
    for name in ("held_out", "year"):
        assert folds(every, replace(CONFIG, folds=name))
