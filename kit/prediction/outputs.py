"""Where predictions are written: never over an input, the answers, a run's files or its own submission."""

from __future__ import annotations

import os
from pathlib import Path

from kit.console import info
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.files import submissions_dir
from kit.runs import Run
from kit.runs.inputs import input_files, input_sizes, samples_digest

RUN_FILES = {".json", ".jsonl", ".h5", ".safetensors", ".skops", ".db", ".html"}


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


def refuse_unwritable_output(file: Path | None, folder: Path | None = None) -> None:
    """Raise KitError before any work if ``file`` is a folder or a device, ``folder`` a file, or neither is writable."""
    for path in (file, folder):
        if path is None:
            continue
        device = path.parent.resolve() == Path("/dev")  # /dev/stdout is a link, to a file perhaps
        if path is file and path.exists() and (device or not path.is_file()):
            kind = "a folder" if path.is_dir() else "a device or a pipe"
            raise KitError("the output is not a file", expected="the name of a file", found=f"{path}: {kind}")
        if path is folder and path.exists() and not path.is_dir():
            raise KitError("the output is a file, and a folder is needed", found=path, remedy="name another path")
        existing = next(each for each in path.absolute().parents if each.exists())
        if not existing.is_dir():
            raise KitError("the output lies below a file", found=existing, remedy="name another path")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise KitError("the output's folder cannot be written to", found=existing, remedy="name another path")


def refuse_run_file_as_output(file: Path | None) -> None:
    """Raise KitError if ``file`` is one of the kit's own: a file of a run that is no submission, or the ledger."""
    if file is None or not file.exists() or file.suffix not in RUN_FILES:
        return
    folder = file.resolve()
    runs = submissions_dir().resolve()
    if folder.is_relative_to(runs) or any((parent / "card.json").exists() for parent in folder.parents):
        _refuse("the output would overwrite a file of a run", file)


def output_folder(run: Run, contest: ContestData) -> Run:
    """The folder for the predictions, submission, check and score that a run makes of these data.

    It is the run's own for the data that the run was trained on. Other data get a folder in it, so that the run keeps
    its submission; a run that cannot be written to gets one in the folder of runs.
    """
    home = writable_folder(run)
    found = Run(home if _is_own_data(run, contest) else home / "other-data" / _name(contest))
    found.path.mkdir(parents=True, exist_ok=True)
    return found


def writable_folder(run: Run) -> Path:
    """The run's folder, or one of its name in the folder of runs if that cannot be written to (a mounted data set)."""
    if os.access(run.path, os.W_OK):
        return run.path
    folder = submissions_dir() / run.task_name / run.name
    info(f"the run's folder is read-only; what is predicted goes to {folder}")
    return folder


def _is_own_data(run: Run, contest: ContestData) -> bool:
    """Whether a run was trained on these data: the same folder, or a copy of its files."""
    card = run.card
    if Path(card.data) == contest.folder.resolve():
        return True
    sizes = {file.path: file.bytes for file in card.inputs}
    return sizes == input_sizes(contest.task, contest.folder) and card.inputs == input_files(
        contest.task, contest.folder
    )


def _name(contest: ContestData) -> str:
    """A name for data by their folder and their test samples."""
    return f"{contest.folder.resolve().name}-{samples_digest(contest.samples('test'))[:8]}"


def _is_below(path: Path, root: Path) -> bool:
    """Whether a path lies in the data, the kit's own runs excepted."""
    return path.resolve().is_relative_to(root) and not path.resolve().is_relative_to(submissions_dir().resolve())


def _refuse(message: str, path: Path) -> None:
    raise KitError(message, expected="a new name, or one outside the data", found=path, remedy="name another path")
