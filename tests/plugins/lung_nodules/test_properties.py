"""Whatever the scans, findings and marks are: the evaluator agrees with the literal second implementation."""

import random
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit_plugins.lung_nodules import froc, metric

from tests.plugins.lung_nodules.reference import literal, matched

SCANS = ("1.2.840", "1.2.841", "1.3", "2.25")
COORDINATES = st.integers(-9, 9).map(lambda n: n / 2)
"""A narrow grid: marks hit two nodules, lie on a surface exactly, hit included and excluded findings at once."""
DIAMETERS = st.sampled_from([-1.0, 3.0, 4.0, 5.0, 7.0, 10.0])
LEVELS = st.sampled_from([0.0, 0.125, 0.5, 0.5000000001, 0.75, 1.0])
POINT = st.tuples(st.sampled_from(SCANS), COORDINATES, COORDINATES, COORDINATES)
FINDING = st.builds(lambda point, diameter: (*point, diameter), POINT, DIAMETERS)
MARK = st.builds(lambda point, level: (*point, level), POINT, LEVELS)
COUNTS = ("true_positives", "false_positives", "false_negatives", "ignored_on_excluded", "ignored_double")


@st.composite
def cases(draw):
    """Draw scans, included and excluded findings and marks; sometimes more marks than the cap, with ties."""
    listed = draw(st.lists(st.sampled_from(SCANS), min_size=1, unique=True))
    included, excluded = draw(st.lists(FINDING, max_size=6)), draw(st.lists(FINDING, max_size=8))
    if draw(st.booleans()):
        excluded = excluded + included  # the contest's table holds every reference nodule too
    marks = draw(st.lists(MARK, max_size=25))
    crowd = draw(st.sampled_from([0, 0, 75, 99, 100, 101, 140]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    levels = draw(st.sampled_from([2, 9, 10**6]))
    marks += [
        (listed[0], *(rng.integers(-9, 10, 3) / 2).tolist(), float(rng.integers(levels + 1) / levels))
        for _ in range(crowd)
    ]
    return listed, included, excluded, marks


def flipped(case, signs, order):
    """Mirror and exchange the axes of everything: which marks hit does not change."""
    listed, *tables = case
    turned = [
        [(row[0], *(row[1 + k] * s for k, s in zip(order, signs, strict=True)), row[4]) for row in table]
        for table in tables
    ]
    return listed, *turned


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    case=cases(),
    signs=st.tuples(*[st.sampled_from([-1, 1])] * 3),
    order=st.permutations((0, 1, 2)),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_evaluator_agrees_with_the_literal_one(case, signs, order, seed):
    counts, sensitivities = literal(*case)
    listed, included, excluded, marks = flipped(case, signs, order)
    for table in (included, excluded, marks):
        random.Random(seed).shuffle(table)
    with tempfile.TemporaryDirectory() as folder:
        y_true, y_pred = matched(Path(folder), listed, included, excluded, marks)
    found = metric.details(y_true, y_pred)
    assert {name: found[name] for name in COUNTS} == dict(zip(COUNTS, counts.values(), strict=True))
    np.testing.assert_allclose(list(found["sensitivity_at"].values()), sensitivities, atol=1e-12)
    assert froc.cpm_score(y_true, y_pred) == pytest.approx(sensitivities.mean(), abs=1e-12)
