"""Parse a submission that passes the check into a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kit.contract.format import Format, Table
from kit.errors import SubmissionError
from kit.submission.checker import read
from kit.submission.faults import Check, describe

NAMED = 5  # faults that the error itself lists


def parse(path: Path | str, format: Format, ids: Sequence[str] | None) -> Table:
    """Read a submission into one array a column; integer as int64, number as float64, text as objects, shape (rows,).

    Where ``ids`` are given and the format has one row an id, rows stand in the order of ``ids``; else in the file's.
    Raises SubmissionError, which lists the first faults, unless :func:`kit.submission.check` passes the file.
    """
    reading = read(Path(path), format, ids, NAMED, keep=True)
    if reading.table is None:
        raise refusal(Path(path), reading.check)
    if ids is None or reading.codes is None or not format.one_row_per_id:
        return reading.table
    return reading.table.take(np.argsort(reading.codes, kind="stable"))


def refusal(path: Path, check: Check) -> SubmissionError:
    """The error of a file that fails its check: the first faults in words and how to see them all."""
    lines = [describe(fault) for fault in check.faults[:NAMED]]
    if (more := check.total_faults - len(lines)) > 0:
        lines.append(f"and {more:,} more")
    return SubmissionError(
        f"{path.name} breaks the submission format: {check.total_faults:,} fault{'s' * (check.total_faults != 1)}",
        found="".join(f"\n    {line}" for line in lines),
        where=path,
        remedy=f"list every fault: kit check TASK {path}",
    )
