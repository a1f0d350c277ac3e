"""The ids that a task's submission must have, and the numbers that stand for ids while a file is checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kit.contract.format import Column
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.errors import DataError
from kit.submission.cells import INTEGER
from kit.submission.faults import shorten

Ids = Sequence[str]


def expected_ids(task: Task, data: Path, samples: Sequence[Sample] | None = None) -> Ids:
    """Return the ids of the test part in the contest's order, from the contest's files without the answers.

    ``samples`` are the test part if it has been read already.
    """
    if task.ids is not None:
        return [str(id) for id in task.ids(data)]
    return [str(sample.id) for sample in (task.reader(data, "test") if samples is None else samples)]


def answered_ids(task: Task, data: Path) -> Ids | None:
    """Return the ids that a submission for these data answers, None if they cannot be named.

    They are those of the test part. A contest without one is answered by its out-of-fold predictions: then they are
    those of the training part, where each sample has one row.
    """
    ids = expected_ids(task, data)
    if len(ids) or not task.format.one_row_per_id:
        return ids if len(ids) else None
    return [str(sample.id) for sample in task.reader(data, "train")] or None


def as_array(column: Column, ids: Ids) -> np.ndarray:
    """Convert the contest's ids to the type of their column: int64 for integers, else objects; shape (ids,)."""
    if column.kind != "integer":
        array = np.empty(len(ids), dtype=object)
        array[:] = [str(id) for id in ids]
        return array
    try:
        return np.array([int(id) for id in ids], dtype=np.int64)
    except (ValueError, OverflowError):
        bad = next((str(id) for id in ids if not INTEGER.fullmatch(str(id))), str(max(ids, key=len)))
        raise DataError(
            f"the ids of the data do not fit the column {column.name!r}", expected="integers", found=shorten(bad)
        ) from None


def encode(given: np.ndarray, expected: np.ndarray | None) -> np.ndarray:
    """Number the ids of a file: the position among the expected ids, or a number from ``len(expected)`` on; (rows,).

    Equal ids get equal numbers, so that repeats, missing ids and the order are found by sorting integers, whatever the
    ids are. Text ids are looked up in a dictionary, which gives each unknown id the next free number. Integer ids need
    no dictionary of Python objects, which for a million rows would take most of the time: the expected ids are sorted
    once (``order`` holds the positions that they come from), ``searchsorted`` finds for each given id the only sorted
    position where it can be, and comparing the two values there says whether it is known; ``order`` turns the sorted
    position back into the contest's. The unknown ids are numbered by ``unique``, from ``len(expected)`` on.
    """
    size = 0 if expected is None else len(expected)
    if given.dtype == object:
        numbers = {} if expected is None else {id: position for position, id in enumerate(expected)}
        if len(numbers) < size:
            _refuse_repeats(expected)
        return np.fromiter((numbers.setdefault(id, len(numbers)) for id in given), np.int64, len(given))
    if expected is None:
        return np.unique(given, return_inverse=True)[1].astype(np.int64)
    order = np.argsort(expected, kind="stable")
    ranked = expected[order]
    if (ranked[1:] == ranked[:-1]).any():
        _refuse_repeats(expected)
    positions = np.minimum(np.searchsorted(ranked, given), max(size - 1, 0))
    known = ranked[positions] == given if size else np.zeros(len(given), dtype=bool)
    codes = np.full(len(given), size, dtype=np.int64)
    codes[known] = order[positions[known]]
    codes[~known] += np.unique(given[~known], return_inverse=True)[1]
    return codes


def _refuse_repeats(expected: np.ndarray | None) -> None:
    seen: set[object] = set()
    for id in () if expected is None else expected:
        if id in seen:
            raise DataError("the data have an id twice, so that no submission can be right", found=shorten(str(id)))
        seen.add(id)
