"""An output never overwrites the contest's files: neither an input nor the answers."""

from __future__ import annotations

from pathlib import Path

from kit.contract.task import Task
from kit.errors import KitError
from kit.files import submissions_dir


def refuse_data_as_output(task: Task, data: Path, file: Path | None, folder: Path | None = None) -> None:
    """Raise KitError if ``file`` exists among the data, or if ``folder`` is a folder of the data.

    A submission that was written to the data's folder before, under the contest's own name of a submission, may be
    written again. Links are followed.
    """
    root = (data if data.is_dir() else data.parent).resolve()
    if file is not None and file.exists() and _is_below(file, root):
        repeated = file.resolve() == root / task.format.filename and task.format.filename != task.answers
        if not repeated:
            _refuse("the output would overwrite one of the contest's files", file)
    if folder is not None and folder.is_dir() and any(folder.iterdir()) and _is_below(folder, root):
        _refuse("the masks would be written among the contest's files", folder)


def _is_below(path: Path, root: Path) -> bool:
    """Whether a path lies in the data, the kit's own runs excepted."""
    return path.resolve().is_relative_to(root) and not path.resolve().is_relative_to(submissions_dir().resolve())


def _refuse(message: str, path: Path) -> None:
    raise KitError(message, expected="a new name, or one outside the data", found=path, remedy="name another path")
