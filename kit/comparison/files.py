"""Two runs byte by byte: whether a repeated run gave the same files, and where they first differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.task import Task
from kit.errors import KitError
from kit.files import require_regular
from kit.prediction import store
from kit.runs import EpochRecord, Run

CURVES = "metrics.jsonl"
MODELS = ("weights.safetensors", "model.skops")
MEASURED = ("seconds", "samples_per_second")  # what no repetition gives again
SHOWN = 60  # characters of a line


@dataclass(frozen=True)
class FileAgreement:
    """Whether a file of two runs holds the same bytes; if not, where they first differ.

    The durations in the learning curves are left out of the comparison.
    """

    file: str
    same: bool
    where: str | None = None


def compare_files(task: Task, first: Run, second: Run) -> list[FileAgreement]:
    """Compare the results of two runs of the same settings, in the order in which a run makes them.

    Learning curves, then the weights and held-out predictions of each fold, all predictions, and the submission. Files
    that neither run has are left out.
    """
    found = [_agreement(CURVES, first, second, _curves)] if first.epochs() or second.epochs() else []
    for name in _fold_files(first, second):
        found.append(_agreement(name, first, second, _values if name.endswith(".h5") else _weights))
    for name, where in ((first.predictions.name, _values), (task.format.filename, _lines)):
        if (first.path / name).exists() or (second.path / name).exists():
            found.append(_agreement(name, first, second, where))
    return found


def _fold_files(first: Run, second: Run) -> Iterator[str]:
    folds = {path.name for run in (first, second) for path in (run.path / "folds").glob("*") if path.is_dir()}
    for fold in sorted(folds, key=lambda name: (len(name), name)):
        for file in (*MODELS, "valid.h5"):
            name = f"folds/{fold}/{file}"
            if (first.path / name).exists() or (second.path / name).exists():
                yield name


def _agreement(name: str, first: Run, second: Run, where: Any) -> FileAgreement:
    paths = first.path / name, second.path / name
    for run, path in zip((first, second), paths, strict=True):
        if not path.exists():
            return FileAgreement(name, same=False, where=f"{run.name} has none")
        require_regular(path)
    if paths[0].read_bytes() == paths[1].read_bytes():
        return FileAgreement(name, same=True)
    try:
        found = where(*paths)
    except (KitError, UnicodeDecodeError) as error:
        found = f"it cannot be read: {error}"
    return FileAgreement(name, same=found is None, where=found)


def _curves(*paths: Path) -> str | None:
    """The first epoch that differs in more than its duration."""
    first, second = (Run(path.parent).epochs() for path in paths)
    for before, after in zip(first, second, strict=False):
        names = [field.name for field in dataclasses.fields(EpochRecord) if field.name not in MEASURED]
        for name in names:
            values = getattr(before, name), getattr(after, name)
            if values[0] != values[1]:
                return f"fold {before.fold}, epoch {before.epoch}: {name} {values[0]} -> {values[1]}"
    return None if len(first) == len(second) else f"{len(first)} -> {len(second)} epochs"


def _weights(*paths: Path) -> str:
    """The first array that differs."""
    if paths[0].suffix != ".safetensors":
        return _position(*paths)
    from kit.models import checkpoint

    first, second = (checkpoint.read(path)[0] for path in paths)
    for name in sorted({*first, *second}):
        found = _difference(first.get(name), second.get(name))
        if found:
            return f"{name}: {found}"
    return _position(*paths)


def _values(*paths: Path) -> str:
    """The first sample whose prediction differs."""
    for part in store.PARTS[::-1]:
        first, second = (store.read(path, part) for path in paths)
        if first is None and second is None:
            continue
        if first is None or second is None:
            return f"{part} part: in one of the two only"
        if list(first.ids) != list(second.ids):
            return f"{part} part: other samples, or in another order"
        for id, before, after in zip(first.ids, first.values, second.values, strict=True):
            if found := _difference(before, after):
                return f"{part} part, sample {id}: {found}"
    return _position(*paths)


def _difference(first: np.ndarray | None, second: np.ndarray | None) -> str | None:
    """How far two arrays differ; None if they hold the same bytes."""
    if first is None or second is None:
        return "in one of the two only"
    if (first.shape, first.dtype) != (second.shape, second.dtype):
        return f"{first.dtype} {first.shape} -> {second.dtype} {second.shape}"
    if first.tobytes() == second.tobytes():
        return None
    if first.dtype.kind not in "fiub":
        return "other values"
    largest = np.abs(first.astype(np.float64) - second.astype(np.float64)).max()
    return f"differs by at most {largest:.3g}"


def _lines(*paths: Path) -> str:
    """The first line that differs."""
    if any(b"\0" in path.read_bytes()[:4096] for path in paths):
        return _position(*paths)
    first, second = (path.read_text(encoding="utf-8").splitlines() for path in paths)
    for number, (before, after) in enumerate(zip(first, second, strict=False), 1):
        if before != after:
            return f"line {number:,}: {before[:SHOWN]!r} -> {after[:SHOWN]!r}"
    return _position(*paths) if len(first) == len(second) else f"{len(first):,} -> {len(second):,} lines"


def _position(*paths: Path) -> str:
    """The first byte that differs."""
    first, second = (np.frombuffer(path.read_bytes(), np.uint8) for path in paths)
    length = min(len(first), len(second))
    unequal = np.flatnonzero(first[:length] != second[:length])
    position = int(unequal[0]) if len(unequal) else length
    return f"byte {position:,} of {len(first):,} -> {len(second):,}"
