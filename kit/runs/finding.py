"""Runs by name: a folder, a whole name, the unique start of one, or ``latest``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kit.errors import KitError
from kit.files import submissions_dir
from kit.runs.run import Run
from kit.wording import listed

LATEST = "latest"
NAMED = 3  # runs that an error lists


def every_run(task: str | None = None) -> list[Run]:
    """The runs in the folder of runs, those of one task if it is named; oldest first.

    Raises KitError if there is a file where the folder of runs should be.
    """
    folder = submissions_dir()
    if folder.exists() and not folder.is_dir():
        raise KitError(
            "the folder of runs is a file", expected="a folder", found=folder, remedy="export KIT_SUBMISSIONS=FOLDER"
        )
    cards = folder.glob(f"{task or '*'}/*/card.json")
    return [Run(path) for path in sorted((card.parent for card in cards), key=lambda path: (path.name, path))]


def lasting_name(name: str) -> str:
    """The run's task and name, which stay true as ``latest`` does not; its path where it is elsewhere."""
    run = find(name)
    inside = run.path.resolve().is_relative_to(submissions_dir().resolve())
    return f"{run.path.parent.name}/{run.name}" if inside else str(run.path.resolve())


def find(name: str | Path) -> Run:
    """The run of this folder or name, or a KitError that lists the latest ones.

    A name may be ``TASK/NAME``, the start of one if no other run has it, or ``latest`` (``TASK/latest``).
    """
    path = Path(name)
    if (path / "card.json").exists():
        return Run(path.resolve() if path.name in ("", "..") else path)  # "." has no name to record
    task, _, wanted = str(name).rpartition("/")
    runs = [run for run in every_run() if task in ("", run.path.parent.name)]
    if wanted == LATEST and runs:
        return runs[-1]
    matches = [run for run in runs if run.name == wanted] or [run for run in runs if run.name.startswith(wanted)]
    if len(matches) == 1 and wanted:
        return matches[0]
    names = [run.name for run in runs[: -NAMED - 1 : -1]]
    raise KitError(
        f"there is no run {str(name)!r}" if not matches else f"several runs are named {str(name)!r}",
        expected="a run's folder, its name or the start of it, or latest"
        + (f"; the newest: {', '.join(names)}" if names else ""),
        found=listed([run.path for run in matches]) or None,
        where=submissions_dir().resolve(),
        remedy="kit runs",
    )


def distinct(runs: Sequence[Run]) -> list[Run]:
    """The runs in their order, each once."""
    return list({run.path.resolve(): run for run in runs}.values())


def common_task(runs: Sequence[Run]) -> str:
    """The name of the task that all runs belong to, or a KitError."""
    names = sorted({run.task_name for run in runs})
    if len(names) != 1:
        raise KitError("these must be runs of one task", expected="at least one run", found=", ".join(names) or "none")
    return names[0]
