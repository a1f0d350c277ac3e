"""A fold, and the folds of a task's own split, checked: what is learned from is never held out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.contract.sample import Sample, groups_of
from kit.errors import PluginError

NAME = re.compile(r"[\w.-]{1,80}", re.ASCII)  # also the name of a folder


@dataclass(frozen=True)
class Fold:
    """Positions of the samples to learn from and of those held out, both ascending (int64)."""

    name: str
    train: np.ndarray
    valid: np.ndarray


def own_folds(samples: Sequence[Sample], parts: Iterable[tuple[str, Sequence[int], Sequence[int]]]) -> list[Fold]:
    """Check what a task's ``split`` returned.

    Raises PluginError for names that are no names or twice the same, positions that are none, an empty part, a sample
    that is held out twice, and a sample or group in both parts of a fold.
    """
    found = [_fold(len(samples), part) for part in parts]
    names = [fold.name for fold in found]
    _require(bool(found), "at least one fold", "none")
    _require(len({name.casefold() for name in names}) == len(names), "folds with names of their own", ", ".join(names))
    held = np.concatenate([fold.valid for fold in found])
    again = np.flatnonzero(np.bincount(held, minlength=1) > 1)
    _require(not len(again), "samples that are held out once", [samples[i].id for i in again[:3]])
    for fold in found:
        train, valid = (set(groups_of(samples[i] for i in each)) for each in (fold.train, fold.valid))
        shared = train & valid
        _require(not shared, f"no sample or group in both parts of fold {fold.name!r}", sorted(shared)[:3])
    return found


def _fold(count: int, part: Any) -> Fold:
    right = isinstance(part, tuple) and len(part) == 3 and isinstance(part[0], str)
    _require(right, "(name, train, valid)", repr(part)[:100])
    name, *positions = part
    _require(
        NAME.fullmatch(name) is not None and name.strip(".") != "", "names of letters, digits, '.', '_', '-'", name
    )
    arrays = []
    for kind, values in zip(("train", "valid"), positions, strict=True):
        array = np.asarray(values)
        _require(array.ndim == 1 and array.size > 0, f"{kind}: at least one sample in fold {name!r}", str(values)[:99])
        _require(array.dtype.kind in "iu", f"{kind}: positions of samples", repr(values)[:100])
        inside = array.min() >= 0 and array.max() < count
        _require(inside, f"{kind}: positions from 0 to {count - 1}", f"{array.min()} to {array.max()}")
        _require(len(np.unique(array)) == len(array), f"{kind}: each position once in fold {name!r}", "repeats")
        arrays.append(np.sort(array).astype(np.int64))
    return Fold(name, *arrays)


def _require(kept: bool, expected: str, found: Any) -> None:
    if not kept:
        raise PluginError("the task's split is wrong", expected=expected, found=found, remedy="correct Task.split")
