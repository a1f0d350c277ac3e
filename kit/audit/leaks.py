"""Labels that leak: does the place, the name, the size or the file of a sample tell its class?

A model that is given, or finds, such a mark scores well for the wrong reason; data sorted by class make an unshuffled
split worthless. Each feature gets a small decision tree of its own, judged on samples that it has not seen.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit.audit.statistics import Facts
from kit.contract.report import Finding
from kit.contract.sample import Sample

FOLDS = 5
MOST = 20_000  # samples looked at; more would not change the answer
CLASSES = 50
BETTER = 0.3  # of the way from chance to certainty
SURE = 5.0  # standard errors above chance


@dataclass(frozen=True)
class Feature:
    """One thing known about samples without looking into them. ``test`` is None where it does not carry over."""

    name: str
    train: Sequence[Any]
    test: Sequence[Any] | None
    remedy: str


def find_leaks(
    train: Sequence[Sample],
    facts: Sequence[Facts],
    test: Sequence[Sample],
    test_facts: Sequence[Facts],
    labels: Sequence[Any],
) -> list[Finding]:
    """Warn of each feature that predicts the class (any hashable) of training samples far better than chance."""
    counts = Counter(labels)
    usable = [i for i, label in enumerate(labels) if counts[label] >= FOLDS]
    if not 2 <= len({labels[i] for i in usable}) <= CLASSES:
        return []
    if len(usable) > MOST:
        usable = np.random.default_rng(0).choice(usable, MOST, replace=False).tolist()
        usable.sort()
    y = _codes([labels[i] for i in usable])
    groups = _codes([train[i].group or f"sample {i}" for i in usable])
    findings = []
    for feature in _features(train, facts, test, test_facts, labels):
        values = [feature.train[i] for i in usable]
        if len(set(values)) < 2:
            continue
        score, chance = _balanced_accuracy(values, y, groups)
        if score is not None and _far_better(score, chance, y):
            findings.append(_finding(feature, score, chance))
    return findings


def _finding(feature: Feature, score: float, chance: float) -> Finding:
    figure = f"{feature.name} alone predicts the class: balanced accuracy {score:.2f}, by chance {chance:.2f}"
    shared = feature.test is None or bool(set(feature.test) & set(feature.train)) or _is_number(feature.train)
    if shared:
        return Finding("warning", "leak", "train", figure, feature.remedy)
    return Finding("note", "leak", "train", f"{figure}; the test part has no such values, so it tells nothing there")


def _features(
    train: Sequence[Sample],
    facts: Sequence[Facts],
    test: Sequence[Sample],
    test_facts: Sequence[Facts],
    labels: Sequence[Any],
) -> list[Feature]:
    place = list(range(len(train)))
    shuffle = "the samples are sorted: shuffle before any split (the kit's folds do)"
    rename = "keep names away from the model, and judge it on data named otherwise"
    picture = "never give the model this size; resize or crop so that it does not show"
    numbers = [_number(sample.id) for sample in train]
    features = [
        Feature("row order", place, None, shuffle),
        Feature("the letters of the id", _each(_letters, train), _each(_letters, test), rename),
        Feature("the folder of the file", _each(_folder, train), _each(_folder, test), rename),
        Feature("the file's type", _each(_suffix, train), _each(_suffix, test), picture),
        Feature("file size", [f.file_bytes or 0 for f in facts], [f.file_bytes or 0 for f in test_facts], picture),
        Feature("image width", [_side(f, 0) for f in facts], [_side(f, 0) for f in test_facts], picture),
        Feature("image height", [_side(f, 1) for f in facts], [_side(f, 1) for f in test_facts], picture),
        Feature("input shape", [str(f.shape) for f in facts], [str(f.shape) for f in test_facts], picture),
    ]
    if not any(sample.group for sample in train):  # within a patient or a scan, like follows like by nature
        features.append(Feature("the class of the sample before", [None, *labels[:-1]], None, shuffle))
    if list(np.argsort(numbers, kind="stable")) != place:  # else it says what the row order says
        features.append(Feature("the number in the id", numbers, [_number(s.id) for s in test], rename))
    return features


def _balanced_accuracy(values: Sequence[Any], y: np.ndarray, groups: np.ndarray) -> tuple[float | None, float]:
    """Cross-validated balanced accuracy of a small tree on one feature, and that of guessing; None: too few groups."""
    from sklearn.metrics import recall_score

    classes = int(y.max()) + 1
    count = int(groups.max()) + 1
    if count < 2 * FOLDS:
        return None, 1 / classes
    # Not scikit-learn's grouped splitter: its time grows with the square of the groups.
    fold = (np.random.default_rng(0).permutation(count) % FOLDS)[groups]
    learn = _by_cuts if _is_number(values) else _by_category
    column = np.asarray(values, dtype=np.float64) if _is_number(values) else _codes(values)
    guess = np.empty_like(y)
    for k in range(FOLDS):
        fit, held_out = fold != k, fold == k
        guess[held_out] = learn(column[fit], y[fit], column[held_out], classes)
    return float(recall_score(y, guess, labels=range(classes), average="macro", zero_division=0)), 1 / classes


def _by_cuts(x: np.ndarray, y: np.ndarray, asked: np.ndarray, classes: int) -> np.ndarray:
    """Guess the class (M,) of numbers (M,) from numbers (N,) and their classes (N,): a few cuts of the number line."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        max_leaf_nodes=4 * classes, min_samples_leaf=2, class_weight="balanced", random_state=0
    )
    return np.asarray(tree.fit(x[:, None], y).predict(asked[:, None]))


def _by_category(x: np.ndarray, y: np.ndarray, asked: np.ndarray, classes: int) -> np.ndarray:
    """Guess the class of categories: the one that is most over-represented there; -1 for a category never seen."""
    counts = np.zeros((int(max(x.max(), asked.max())) + 1, classes))
    np.add.at(counts, (x, y), 1)
    share = counts / np.maximum(counts.sum(axis=0), 1)
    choice = np.asarray(np.where(counts.any(axis=1), share.argmax(axis=1), -1))
    return np.asarray(choice[asked])


def _far_better(score: float, chance: float, y: np.ndarray) -> bool:
    smallest = int(np.bincount(y).min())
    error = np.sqrt(chance * (1 - chance) / (smallest * len(np.bincount(y))))
    return bool(score - chance > max(BETTER * (1 - chance), SURE * error))


def _is_number(values: Sequence[Any]) -> bool:
    return isinstance(values[0], int | float)


def _codes(values: Sequence[Any]) -> np.ndarray:
    first: dict[Any, int] = {}
    return np.array([first.setdefault(value, len(first)) for value in values], dtype=np.int64)


def _each(of: Any, samples: Sequence[Sample]) -> list[str]:
    return [of(sample) for sample in samples]


def _letters(sample: Sample) -> str:
    return re.sub(r"\d+", "#", sample.id)


def _number(id: str) -> int:
    digits = re.findall(r"\d+", id)
    return int(digits[-1][:15]) if digits else 0


def _path(sample: Sample) -> Path | None:
    return Path(sample.x) if isinstance(sample.x, str | os.PathLike) else None


def _folder(sample: Sample) -> str:
    path = _path(sample)
    return path.parent.name if path else ""


def _suffix(sample: Sample) -> str:
    path = _path(sample)
    return path.suffix if path else ""


def _side(facts: Facts, axis: int) -> int:
    return facts.image_size[axis] if facts.image_size else 0
