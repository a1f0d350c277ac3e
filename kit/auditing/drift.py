"""Drift between train and test: how well a classifier tells which part a sample is of (adversarial validation)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.auditing.pictures import ExaminedSample
from kit.contract.scoring import Metric
from kit.metrics import roc_auc, roc_auc_bootstrap

FEWEST = 25  # samples of each part
FOLDS = 5
MOST_FEATURES = 200
CATEGORIES = 30  # the most frequent values of a column of text; the rest is one


@dataclass(frozen=True)
class FeatureDrift:
    """One feature: the AUC with which its value alone tells a test sample from a training sample, and both medians.

    Below 0.5 the test part has the lower values. A column of text is ranked by the fraction of test samples with its
    value in other rows, and its medians are None.
    """

    name: str
    auc: float
    train: float | None
    test: float | None


@dataclass(frozen=True)
class Drift:
    """The cross-validated AUC of telling test from train, its 95% interval, and the features that tell most, in order.

    0.5 means that the parts look alike, 1 that every sample can be told. ``reason`` says why there is no AUC.
    """

    auc: float | None
    interval: tuple[float, float] | None
    train: int
    test: int
    features: tuple[FeatureDrift, ...]
    reason: str = ""

    @property
    def differs(self) -> bool:
        """Whether chance does not explain the AUC."""
        return self.auc is not None and self.interval is not None and self.interval[0] > 0.5


def drift(examined: Sequence[ExaminedSample]) -> Drift:
    """Adversarial validation of the samples that were looked at, on their features.

    Boosted trees predict the part in five folds that divide no group, so that nothing is measured on what was learned.
    """
    truth = np.array([each.part == "test" for each in examined], dtype=np.int64)
    train, test = int((truth == 0).sum()), int(truth.sum())
    if min(train, test) < FEWEST:
        return Drift(None, None, train, test, (), f"at least {FEWEST} samples of each part are needed")
    columns = {name: values for name, values in _columns(examined).items() if _varies(values)}
    groups = [each.sample.group or f"{each.part} {number}" for number, each in enumerate(examined)]
    if not columns:
        return Drift(None, None, train, test, (), "the samples have no features that vary")
    if min(len({group for group, of in zip(groups, truth, strict=True) if of == part}) for part in (0, 1)) < FOLDS:
        return Drift(None, None, train, test, (), f"at least {FOLDS} groups in each part are needed")
    table = np.column_stack(list(columns.values()))
    texts = {name for each in examined for name, value in each.features.items() if isinstance(value, str)}
    scores = _out_of_fold(table, truth, groups, [name in texts for name in columns])
    from kit.scoring.interval import score_interval

    metric = Metric(name="AUC", function=roc_auc, higher_is_better=True, bootstrap=roc_auc_bootstrap, best=1.0)
    grouped = groups if len(set(groups)) < len(groups) else None
    interval = score_interval(metric, truth, scores, groups=grouped).ends
    features = [_feature(name, values, truth, text=name in texts) for name, values in columns.items()]
    features.sort(key=lambda each: -abs(each.auc - 0.5))
    return Drift(roc_auc(truth, scores), interval, train, test, tuple(features))


def _out_of_fold(
    table: np.ndarray, truth: np.ndarray, groups: Sequence[str], categorical: Sequence[bool]
) -> np.ndarray:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedGroupKFold

    scores = np.zeros(len(truth))
    for fit, held in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(table, truth, groups):
        if len(np.unique(truth[fit])) < 2:  # very unequal groups
            scores[held] = truth[fit].mean()
            continue
        model = HistGradientBoostingClassifier(
            max_iter=60,
            max_leaf_nodes=15,
            min_samples_leaf=min(20, max(2, len(fit) // 20)),
            categorical_features=list(categorical) if any(categorical) else None,
            early_stopping=False,
            random_state=0,
        )
        scores[held] = model.fit(table[fit], truth[fit]).predict_proba(table[held])[:, 1]
    return scores


def _columns(examined: Sequence[ExaminedSample]) -> Mapping[str, np.ndarray]:
    """A column of numbers for each feature; texts become categories numbered by frequency, what is missing NaN."""
    names = list(dict.fromkeys(name for each in examined for name in each.features))[:MOST_FEATURES]
    found = {}
    for name in names:
        values = [each.features.get(name) for each in examined]
        texts = Counter(value for value in values if isinstance(value, str))
        ranks = {text: float(rank) for rank, (text, _) in enumerate(texts.most_common(CATEGORIES))}
        found[name] = np.array([_number(value, ranks) for value in values])
    return found


def _number(value: Any, ranks: Mapping[str, float]) -> float:
    if isinstance(value, str):
        return ranks.get(value, float(CATEGORIES))
    try:
        number = float(value)
    except (TypeError, ValueError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _varies(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    return known.size > 0 and (known.size < values.size or bool(np.ptp(known) > 0))


def _feature(name: str, values: np.ndarray, truth: np.ndarray, *, text: bool) -> FeatureDrift:
    lowest = float(np.nanmin(values)) - 1  # what is missing ranks below everything
    known = np.where(np.isfinite(values), values, lowest)
    auc = roc_auc(truth, _fractions(known, truth) if text else known)
    medians = [None if text else _median(values[truth == part]) for part in (0, 1)]
    return FeatureDrift(name, auc, *medians)


def _fractions(values: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """For each row the fraction of test samples among those of its category in the other four fifths of the rows."""
    fold = np.random.default_rng(0).permutation(len(values)) % FOLDS
    found = np.empty(len(values))
    for row, value in enumerate(values):
        others = truth[(values == value) & (fold != fold[row])]
        found[row] = (others.sum() + truth.mean()) / (len(others) + 1)
    return found


def _median(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else None
