"""Which held-out samples get a map: those that a report over all folds can show."""

from __future__ import annotations

import numpy as np

from kit import Sample
from kit.training.explanation import RIGHT, WRONG, surest


def held_out(count: int, seed: int) -> tuple[list[Sample], list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    values = [np.array([probability]) for probability in rng.uniform(0, 1, count)]
    return [Sample(f"{seed}-{i}", None, int(label)) for i, label in enumerate(rng.integers(0, 2, count))], values


def confidence(value: np.ndarray) -> float:
    return abs(float(value[0]) - 0.5)


def test_the_surest_of_all_folds_together_have_maps_wrong_ones_and_right_ones_of_either_class():
    folds = [held_out(60, seed) for seed in range(5)]
    mapped = {samples[i].id for samples, values in folds for i in surest(samples, values)}
    pairs = sorted(((s, v) for fold in folds for s, v in zip(*fold, strict=True)), key=lambda p: -confidence(p[1]))
    wrong = [s.id for s, v in pairs if (v[0] > 0.5) != s.y]
    right = [[s.id for s, v in pairs if (v[0] > 0.5) == s.y == label] for label in (0, 1)]
    assert mapped >= {*wrong[:WRONG], *right[0][: RIGHT // 2], *right[1][: RIGHT // 2]}


def test_of_very_many_classes_one_right_sample_each_has_a_map():
    samples = [Sample(str(i), None, i % 40) for i in range(80)]
    values = [np.eye(40)[i % 40] * (0.5 + i / 200) for i in range(80)]
    assert sorted(surest(samples, values)) == list(range(40, 80))


def test_predictions_that_are_no_classes_have_no_maps():
    assert surest([Sample("1", None, 0.5)], [np.array([0.2])]) == []
    assert surest([Sample("1", None, 1)], [np.zeros((3, 3))]) == []
