"""What a task needs beside the kit's own dependencies: what of it is missing, and how it is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kit.errors import KitError, PluginError

if TYPE_CHECKING:
    from kit.contract.task import Task


def missing_modules(task: Task) -> list[str]:
    """Return those of ``task.requires`` that cannot be imported, without importing any."""
    return [name for name in task.requires if not _exists(name)]


def install_command(task: Task) -> str:
    """Return the command that installs what is missing, or nothing where nothing is.

    A shell reads the brackets of an extra as a pattern, so every requirement is quoted.
    """
    wanted = dict.fromkeys(task.requires[name] for name in missing_modules(task))
    return f"pip install {' '.join(repr(each) for each in wanted)}" if wanted else ""


def require_installed(task: Task) -> None:
    """Raise KitError with the command to type if something that the task needs is not installed."""
    missing = missing_modules(task)
    if missing:
        raise KitError(
            f"task {task.name!r} needs packages that are not installed",
            expected=", ".join(task.requires),
            found=f"no module {', '.join(missing)}",
            remedy=install_command(task),
        )


@contextmanager
def explained(task: Task) -> Iterator[None]:
    """Turn an ImportError of a module that the task needs into the KitError of :func:`require_installed`.

    For verbs that most tasks can do without their packages, such as checking a table of a submission.
    """
    try:
        yield
    except (ImportError, PluginError) as error:
        if isinstance(error, ImportError) or isinstance(error.__cause__, ImportError):
            require_installed(task)
        raise


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # a finder that refuses it; a module that was put together by hand
        return False
