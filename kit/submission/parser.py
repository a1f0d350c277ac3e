"""Parse a submission without faults into a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kit.contract.format import Format, Table
from kit.errors import SubmissionError
from kit.submission.checker import read
from kit.submission.faults import Check, describe
from kit.wording import counted

NAMED = 5  # faults that the error lists


def parse(path: Path | str, format: Format, ids: Sequence[str] | None) -> Table:
    """Read a submission into one array per column; integer as int64, number as float64, text as objects, shape (rows,).

    With ``ids``, rows of a format with one row for each id are in the order of ``ids``, else in the file's.
    Raises SubmissionError, which lists the first faults, if :func:`kit.submission.check` finds any.
    """
    reading = read(Path(path), format, ids, NAMED, keep=True)
    if reading.table is None:
        raise refusal(Path(path), reading.check)
    if ids is None or reading.codes is None or not format.one_row_per_id:
        return reading.table
    return reading.table.take(np.argsort(reading.codes, kind="stable"))


def refusal(path: Path, check: Check) -> SubmissionError:
    """Return the error of a file with faults: the first of them in words, and how to see them all."""
    lines = [describe(fault) for fault in check.faults[:NAMED]]
    if (more := check.total_faults - len(lines)) > 0:
        lines.append(f"and {more:,} more")
    return SubmissionError(
        f"{path.name} breaks the submission format: {counted(check.total_faults, 'fault')}",
        found="".join(f"\n    {line}" for line in lines),
        where=path,
        remedy=f"list every fault: kit check TASK {path}",
    )
