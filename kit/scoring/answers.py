"""The answers: where they are, how they are read, and which of them are public."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from kit.contract.answers import Answers
from kit.contract.format import Format, Table
from kit.contract.requirements import explained
from kit.contract.task import Task
from kit.errors import DataError, SubmissionError
from kit.files import answers_dir
from kit.scoring.rows import row_ids
from kit.scoring.usage import without_usage
from kit.submission import parse

PUBLIC_FRACTION = 0.3
SMALL = 100


def find_answers(task: Task, data: Path) -> Path | None:
    """Return the path of the answers beside a contest's files, else of those that are kept apart, or None."""
    path = (data if data.is_dir() else data.parent) / task.answers
    return path if path.exists() else answers_apart(task)


def answers_apart(task: Task) -> Path | None:
    """Return the path of the task's answers in the folder that ``KIT_ANSWERS`` names, or None.

    Each task has a folder of its own there: ``KIT_ANSWERS/TASK/answers.csv``.
    """
    folder = answers_dir()
    path = folder / task.name / task.answers if folder else None
    return path if path and path.exists() else None


def answers_path(task: Task, path: Path) -> Path:
    """Return the path of the answers: ``path``, or the task's name for them in the folder ``path``."""
    inside = path / task.answers
    if path.is_dir() and inside.exists():
        return inside
    if not path.exists() or (path.is_dir() and task.read_answers is None):
        raise DataError(
            "there are no answers",
            expected=f"{task.answers}, or a folder that holds it",
            where=path,
            remedy=f"kit sample {task.name} DIR makes data with answers",
        )
    return path


def read_answers(task: Task, path: Path) -> Answers:
    """Read the answers: with the task's own function, or as a perfect submission, ids in the file's order.

    Where submissions have decimal commas, answers may have points, and commas as delimiter, as pandas writes.
    A column ``Usage``, as Kaggle gives its answers to hosts, says which rows are public.

    Raises DataError if the file cannot be read or is not a perfect submission.
    """
    if task.read_answers:
        with explained(task):
            return task.read_answers(path)
    try:
        with without_usage(path, task.format) as (plain, public):
            table = _parsed(plain, task.format)
    except SubmissionError as error:
        raise DataError(
            f"the answers are not a perfect submission of task {task.name!r}",
            found=error.parts["found"],
            where=path,
            remedy=f"kit check {task.name} {shlex.quote(str(path))}",
        ) from None
    except DataError as error:
        raise DataError("the answers cannot be read", found=error.parts["found"], where=path) from None
    if not len(table):
        raise DataError("the answers are empty", expected="at least one row", where=path)
    ids = row_ids(task.format, table)
    if not task.format.one_row_per_id:
        return Answers(list(dict.fromkeys(ids)), table)
    return Answers(ids, table, public=public)


def _parsed(path: Path, format: Format) -> Table:
    """Read answers like a submission; instead of decimal commas they may have points, and commas as delimiter."""
    try:
        return parse(path, format, None)
    except SubmissionError:
        if not any(column.decimal == "," for column in format.columns):
            raise
        columns = tuple(replace(column, decimal=".") for column in format.columns)
        for delimiter in (format.delimiter, ","):
            with suppress(SubmissionError):
                return parse(path, replace(format, columns=columns, delimiter=delimiter), None)
        raise


def public_rows(ids: Sequence[str]) -> np.ndarray:
    """Choose the public answers, as booleans (N,). The choice depends on the ids alone, not on their order.

    The ids with the smallest hashes are public: 30%, as is usual on Kaggle, but half of a small set (the score of fewer
    than 100 rows is mostly chance). Two answers or more are divided into parts that are not empty.
    """
    count = max(round(PUBLIC_FRACTION * len(ids)), min(len(ids) // 2, SMALL))
    hashes = [hashlib.sha256(f"public:{id}".encode()).digest() for id in ids]
    mask = np.zeros(len(ids), dtype=bool)
    mask[sorted(range(len(ids)), key=hashes.__getitem__)[:count]] = True
    return mask
