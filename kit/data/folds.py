"""Seeded folds: stratified by class, never straddling a group; the task's own split, or a scheme by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kit.contract.config import TrainConfig
from kit.contract.protocols import Split
from kit.contract.sample import Sample, groups_of
from kit.data.own_split import Fold, own_folds
from kit.errors import DataError, KitError


def folds(
    samples: Sequence[Sample],
    config: TrainConfig,
    strata: Callable[[Sample], Any] | None = None,
    split: Split[Any] | None = None,
) -> list[Fold]:
    """Split samples as ``config.folds`` says; the same seed gives the same folds.

    0: one fold that holds nothing out; 1: one fold whose held-out part is ``valid_fraction``; K: K folds that hold out
    every sample once; a name: one fold for each value of ``Sample.meta[name]``; samples without that key are never held
    out. A task's own ``split`` replaces the folds by number, except 0. Raises DataError when there are too few groups.
    """
    if isinstance(config.folds, str):
        return _named(samples, config.folds)
    if config.folds == 0:
        return [Fold("all", np.arange(len(samples)), np.zeros(0, np.int64))]
    if split is not None:
        return own_folds(samples, split(samples, config))
    if not 0 < config.valid_fraction <= 0.5:
        raise KitError("valid_fraction must lie above 0 and be at most 0.5", found=config.valid_fraction)
    parts = config.folds if config.folds > 1 else round(1 / config.valid_fraction)
    groups = _numbers(groups_of(samples))
    count = int(groups.max()) + 1 if len(groups) else 0
    if config.folds == 1:
        parts = min(parts, count)
    if count < max(parts, 2):
        raise DataError(
            "there are too few samples to hold some out",
            expected=f"at least {max(parts, 2)} groups (patients, scans, different files)",
            found=f"{len(samples)} samples in {count} groups",
            remedy="set fewer folds with --folds"
            if config.folds > 1 and count > 1
            else "add samples of other groups; kit show TASK and the task's README say how samples are grouped",
        )
    held_out = _assign(groups, _classes(samples, strata), parts, split_seed(config))
    everything = np.arange(len(samples))
    wanted = range(parts) if config.folds > 1 else range(1)
    return [Fold(str(k), everything[held_out != k], everything[held_out == k]) for k in wanted]


def split_seed(config: TrainConfig) -> int:
    """The seed that folds are drawn with."""
    return config.seed if config.split_seed < 0 else config.split_seed


def _named(samples: Sequence[Sample], scheme: str) -> list[Fold]:
    """A fold for each value of the scheme. Samples without a value are learned from in every fold."""
    labels = [str(sample.meta[scheme]) if scheme in sample.meta else None for sample in samples]
    names = sorted({label for label in labels if label is not None})
    others = [name for name in fold_schemes(samples) if name != scheme]
    expected = f"a number, or one of: {', '.join(others)}" if others else "a number: these samples have no scheme"
    if not names:
        raise KitError(f"the samples have no fold scheme {scheme!r}", expected=expected, remedy="--folds 5")
    if len(names) < 2 and None not in labels:
        message = f"every sample has the same {scheme!r}, so that it divides nothing"
        raise DataError(message, expected=expected, found=names[0], remedy="--folds 5")
    _refuse_straddling(samples, labels, scheme)
    of = np.array(labels, dtype=object)
    return [Fold(name, np.flatnonzero(of != name), np.flatnonzero(of == name)) for name in names]


def fold_schemes(samples: Sequence[Sample]) -> list[str]:
    """The keys of ``Sample.meta`` that divide the samples: values that are texts or whole numbers, and not all one."""
    values: dict[str, set[Any]] = {}
    known: Counter[str] = Counter()
    for sample in samples:
        for key, value in sample.meta.items():
            values.setdefault(key, set()).add(value if isinstance(value, str | int | np.integer) else None)
            known[key] += 1
    return sorted(k for k, v in values.items() if None not in v and (len(v) > 1 or known[k] < len(samples)))


def _refuse_straddling(samples: Sequence[Sample], labels: Sequence[str | None], scheme: str) -> None:
    seen: dict[str, str | None] = {}
    for sample, label in zip(samples, labels, strict=True):
        if sample.group is not None and seen.setdefault(sample.group, label) != label:
            values = [value or "training only" for value in (seen[sample.group], label)]
            raise DataError(f"group {sample.group!r} is in two folds of {scheme!r}", found=" and ".join(values))


def _classes(samples: Sequence[Sample], strata: Callable[[Sample], Any] | None) -> np.ndarray | None:
    """The class of each sample as a number, or None if there is nothing to stratify by."""
    if strata is not None:
        return _numbers([strata(sample) for sample in samples])
    if all(isinstance(sample.y, int | np.integer) for sample in samples):
        return _numbers([int(sample.y) for sample in samples])
    return None


def _numbers(values: Sequence[Any]) -> np.ndarray:
    first: dict[Any, int] = {}
    return np.array([first.setdefault(value, len(first)) for value in values], dtype=np.int64)


def _assign(groups: np.ndarray, classes: np.ndarray | None, parts: int, seed: int) -> np.ndarray:
    """The fold that holds out each sample."""
    import warnings

    from sklearn import model_selection

    if classes is not None and np.bincount(classes).max() < parts:
        classes = None  # no class is large enough for every fold, so there is nothing to stratify
    alone = len(np.unique(groups)) == len(groups)  # the grouped splitters are quadratic; most data need none
    kind = {
        (True, True): model_selection.StratifiedKFold,
        (True, False): model_selection.KFold,
        (False, True): model_selection.StratifiedGroupKFold,
        (False, False): model_selection.GroupKFold,
    }[alone, classes is not None]
    splitter = kind(parts, shuffle=True, random_state=seed)
    held_out = np.empty(len(groups), dtype=np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class rarer than the folds: the audit says so
        dummy = np.zeros(len(groups)) if classes is None else classes
        for k, (_, valid) in enumerate(splitter.split(dummy, dummy, groups)):
            held_out[valid] = k
    return held_out
