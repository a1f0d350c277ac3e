"""A file where a TASK is wanted: the task was forgotten, and the file's first line may tell which one it is."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from kit.cli.document import current_document
from kit.cli.result import shell_line
from kit.contract.task import Task
from kit.errors import KitError
from kit.wording import listed

LONGEST = 100_000  # characters of a header


def missing_task(file: Path, typed: str, tasks: Mapping[str, Task]) -> KitError:
    """The error that names the tasks whose submissions begin like the file, with the whole command to type."""
    names = tasks_of_header(file, tasks)
    commands = [shell_line(["kit", *_with_task(name, typed)]) for name in names[:3]]
    return KitError(
        "TASK is missing before the file",
        expected=f"TASK {typed}",
        found=f"{typed}, with the columns of {listed(names)}" if names else typed,
        remedy=" or ".join(commands) or "kit tasks lists the tasks",
    )


def tasks_of_header(file: Path, tasks: Mapping[str, Task]) -> list[str]:
    """The tasks whose submissions have the columns of the file's first line; those without a fault in it, if any."""
    try:
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            line = stream.readline(LONGEST).strip()
    except OSError:
        return []
    found = [name for name, task in tasks.items() if _has_columns(task, line)]
    return [name for name in found if _is_valid(file, tasks[name])] or found if len(found) > 1 else found


def _has_columns(task: Task, line: str) -> bool:
    cells = next(csv.reader([line], delimiter=task.format.delimiter), [])
    return task.format.header != "absent" and [cell.strip() for cell in cells] == [c.name for c in task.format.columns]


def _is_valid(file: Path, task: Task) -> bool:
    from kit.submission import check

    return check(file, task.format, None, 1).ok


def _with_task(name: str, typed: str) -> list[str]:
    """The words that were typed, with the task before the file."""
    words = list(current_document().typed)
    position = words.index(typed) if typed in words else len(words)
    return [*words[:position], name, *words[position:]]
