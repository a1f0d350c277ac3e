"""Findings about the contest's sample submission: its ids say which test samples there should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from kit.auditing.reasons import reason_of
from kit.auditing.statistics import PartStatistics
from kit.blocks.text_table import read_table
from kit.contract.report import Finding
from kit.contract.task import Task
from kit.errors import KitError
from kit.files import find_file
from kit.files.archives import zip_names
from kit.wording import counted, listed

NAMES = ("sample_submission.csv", "sampleSubmission.csv")
AGAIN = "download the data again; they may be of different downloads"


def sample_submission_findings(task: Task, folder: Path, test: PartStatistics | None) -> Iterator[Finding]:
    """Ids that the sample submission has and the test part lacks, and the reverse.

    Nothing reads the file but this audit, so that whatever is wrong with it is a warning.
    """
    if not task.format.one_row_per_id or task.format.id is None:
        return
    for name in NAMES:
        try:
            path = _located(folder, name, task.name)
            if path is not None:
                yield from _compared(path.name, _ids(path, task), _expected(task, folder, test))
        except KitError as error:
            yield Finding("warning", "sample submission", name, reason_of(error), str(error.parts["to do"] or AGAIN))


def _located(folder: Path, name: str, owner: str) -> Path | None:
    """The table in the folder itself, in any case, or in a zip archive in it; nothing else is unpacked for it."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else [folder]
    for path in entries:
        if path.name.casefold() == name.casefold() and path.is_file():
            return path
    zips = [path for path in entries if path.suffix.lower() == ".zip" and path.is_file()]
    names = ({PurePosixPath(member).name.casefold() for member in zip_names(path)} for path in zips)
    holding = next((path for path, found in zip(zips, names, strict=True) if name.casefold() in found), None)
    return None if holding is None else find_file(holding, name, owner)


def _ids(path: Path, task: Task) -> list[str]:
    """The ids of a table; where they are whole numbers, without the ``.0`` and the leading zeros of a spreadsheet."""
    column = next(column for column in task.format.columns if column.name == task.format.id)
    table = read_table(path.parent, path.name, delimiter=task.format.delimiter)
    cells = [cell.strip() for cell in table.column(column.name)]
    if column.kind != "integer":
        return cells
    cells = [cell.removesuffix(".0") for cell in cells]
    return [str(int(cell)) if cell.isascii() and cell.isdigit() else cell for cell in cells]


def _expected(task: Task, folder: Path, test: PartStatistics | None) -> list[str]:
    from kit.submission import expected_ids

    return list(expected_ids(task, folder, test.samples)) if test else []


def _compared(name: str, given: Sequence[str], expected: Sequence[str]) -> Iterator[Finding]:
    more, fewer = sorted(set(given) - set(expected), key=_order), sorted(set(expected) - set(given), key=_order)
    if given and not expected:
        message = f"it lists {counted(len(given), 'id')}, and there is no test part"
        yield Finding("warning", "sample submission", name, message, AGAIN)
        return
    if more:
        message = f"it lists {counted(len(more), 'id')} that the test part does not have: {listed(more)}"
        yield Finding("warning", "sample submission", name, message, AGAIN)
    if fewer:
        message = f"it lacks {counted(len(fewer), 'id')} of the test part: {listed(fewer)}"
        yield Finding("warning", "sample submission", name, message, AGAIN)


def _order(id: str) -> tuple[int, str]:
    return (len(id) if id.isdigit() else 0, id)
