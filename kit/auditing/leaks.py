"""Label leaks: does the position, the name, the size or the file of a sample predict its class?

A model that can see such a feature scores well for the wrong reason, and data sorted by class make an unshuffled split
worthless. A small decision tree is fitted to each feature alone and cross-validated; a warning follows where its
balanced accuracy is far above chance.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit.auditing.statistics import PartStatistics, SampleStatistics
from kit.contract.report import Finding
from kit.contract.sample import Sample
from kit.files import is_path

FOLDS = 5
FEWEST_SAMPLES = 20  # with fewer, chance alone makes features look predictive
MOST_SAMPLES = 20_000  # more would not change the answer
MOST_CLASSES = 50
BETTER = 0.3  # of the way from chance to a perfect score
STANDARD_ERRORS = 5.0  # above chance


@dataclass(frozen=True)
class Feature:
    """A value of each sample that is known without reading its content.

    ``test`` is None for a feature that only the training part has, such as the order of its rows.
    """

    name: str
    train: Sequence[Any]
    test: Sequence[Any] | None
    remedy: str


def leak_findings(
    train: PartStatistics, test: PartStatistics | None, class_of: Callable[[Sample], Hashable | None]
) -> list[Finding]:
    """Warn of each feature that predicts the class of training samples far better than chance."""
    pairs = list(zip(train.samples, train.statistics, strict=True))
    kept = [(s, found, class_of(s)) for s, found in pairs if found.readable]
    if len(kept) < FEWEST_SAMPLES or any(label is None for _, _, label in kept):
        return []
    samples, statistics, labels = zip(*kept, strict=True)
    counts = Counter(labels)
    usable = [i for i, label in enumerate(labels) if counts[label] >= FOLDS]
    if not 2 <= len({labels[i] for i in usable}) <= MOST_CLASSES:
        return []
    if len(usable) > MOST_SAMPLES:
        usable = np.random.default_rng(0).choice(usable, MOST_SAMPLES, replace=False).tolist()
        usable.sort()
    y = _codes([labels[i] for i in usable])
    groups = _codes([samples[i].group or f"sample {i}" for i in usable])
    findings = []
    for feature in _features(
        samples, statistics, test.samples if test else (), test.statistics if test else (), labels
    ):
        values = [feature.train[i] for i in usable]
        if len(set(values)) < 2:
            continue
        score, chance = _balanced_accuracy(values, y, groups)
        if score is not None and _far_better(score, chance, y):
            findings.append(_finding(feature, score, chance))
    return findings


def _finding(feature: Feature, score: float, chance: float) -> Finding:
    message = f"{feature.name} alone predicts the class: balanced accuracy {score:.2f}, by chance {chance:.2f}"
    in_both = feature.test is None or bool(set(feature.test) & set(feature.train)) or _is_number(feature.train)
    if in_both:
        return Finding("warning", "leak", "train", message, feature.remedy)
    return Finding(
        "note", "leak", "train", f"{message}; the test part has no such values, so it predicts nothing there"
    )


def _features(
    train: Sequence[Sample],
    statistics: Sequence[SampleStatistics],
    test: Sequence[Sample],
    test_statistics: Sequence[SampleStatistics],
    labels: Sequence[Any],
) -> list[Feature]:
    order = list(range(len(train)))
    shuffle = "the samples are sorted: shuffle before any split (the kit's folds do)"
    rename = "keep names away from the model, and test it on data with other names"
    resize = "never give the model this size; resize or crop so that it does not show"
    numbers = [_number(sample.id) for sample in train]

    def by_sample(name: str, of: Callable[[Sample], str], remedy: str) -> Feature:
        return Feature(name, [of(s) for s in train], [of(s) for s in test], remedy)

    def by_statistics(name: str, of: Callable[[SampleStatistics], Any]) -> Feature:
        return Feature(name, [of(found) for found in statistics], [of(found) for found in test_statistics], resize)

    features = [
        Feature("row order", order, None, shuffle),
        by_sample("the letters of the id", _letters, rename),
        by_sample("the folder of the file", _folder, rename),
        by_sample("the file's type", _suffix, resize),
        by_statistics("file size", lambda found: found.file_bytes or 0),
        by_statistics("image width", lambda found: _side(found, 0)),
        by_statistics("image height", lambda found: _side(found, 1)),
        by_statistics("input shape", lambda found: str(found.shape)),
    ]
    if not any(sample.group for sample in train):  # neighbours of one patient or scan have one class by nature
        features.append(Feature("the class of the sample before", [None, *labels[:-1]], None, shuffle))
    if list(np.argsort(numbers, kind="stable")) != order:  # else it is the row order again
        features.append(Feature("the number in the id", numbers, [_number(s.id) for s in test], rename))
    return features


def _balanced_accuracy(values: Sequence[Any], y: np.ndarray, groups: np.ndarray) -> tuple[float | None, float]:
    """Cross-validated balanced accuracy of a small tree on one feature (None: too few groups), and that of chance."""
    from sklearn.metrics import recall_score

    classes = int(y.max()) + 1
    count = int(groups.max()) + 1
    if count < 2 * FOLDS:
        return None, 1 / classes
    # scikit-learn's grouped splitter is not used: its time grows with the square of the number of groups.
    fold = (np.random.default_rng(0).permutation(count) % FOLDS)[groups]
    predict = _from_number if _is_number(values) else _from_category
    column = np.asarray(values, dtype=np.float64) if _is_number(values) else _codes(values)
    guess = np.empty_like(y)
    for k in range(FOLDS):
        fit, held_out = fold != k, fold == k
        guess[held_out] = predict(column[fit], y[fit], column[held_out], classes)
    return float(recall_score(y, guess, labels=range(classes), average="macro", zero_division=0)), 1 / classes


def _from_number(x: np.ndarray, y: np.ndarray, new: np.ndarray, classes: int) -> np.ndarray:
    """Predict the class of new numbers (M,) with a small tree fitted to numbers (N,) and their classes (N,)."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        max_leaf_nodes=4 * classes, min_samples_leaf=2, class_weight="balanced", random_state=0
    )
    return np.asarray(tree.fit(x[:, None], y).predict(new[:, None]))


def _from_category(x: np.ndarray, y: np.ndarray, new: np.ndarray, classes: int) -> np.ndarray:
    """Predict the class that is most over-represented in each new category; -1 for a category without samples."""
    counts = np.zeros((int(max(x.max(), new.max())) + 1, classes))
    np.add.at(counts, (x, y), 1)
    fraction = counts / np.maximum(counts.sum(axis=0), 1)
    choice = np.asarray(np.where(counts.any(axis=1), fraction.argmax(axis=1), -1))
    return np.asarray(choice[new])


def _far_better(score: float, chance: float, y: np.ndarray) -> bool:
    smallest = int(np.bincount(y).min())
    error = np.sqrt(chance * (1 - chance) / (smallest * len(np.bincount(y))))
    return bool(score - chance > max(BETTER * (1 - chance), STANDARD_ERRORS * error))


def _is_number(values: Sequence[Any]) -> bool:
    return isinstance(values[0], int | float)


def _codes(values: Sequence[Any]) -> np.ndarray:
    first: dict[Any, int] = {}
    return np.array([first.setdefault(value, len(first)) for value in values], dtype=np.int64)


def _letters(sample: Sample) -> str:
    return re.sub(r"\d+", "#", sample.id)


def _number(id: str) -> int:
    digits = re.findall(r"\d+", id)
    return int(digits[-1][:15]) if digits else 0


def _path(sample: Sample) -> Path | None:
    return Path(sample.x) if is_path(sample.x) else None


def _folder(sample: Sample) -> str:
    path = _path(sample)
    return path.parent.name if path else ""


def _suffix(sample: Sample) -> str:
    path = _path(sample)
    return path.suffix if path else ""


def _side(found: SampleStatistics, axis: int) -> int:
    return found.image_size[axis] if found.image_size else 0
