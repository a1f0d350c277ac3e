"""Child processes that import nothing from the current folder, which may hold files of somebody else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]  # the folder from which the kit is imported


def safe_python() -> list[str]:
    """Return the command that starts this Python without the current folder on its module search path.

    Python 3.10 has no such option: start its children in a folder of the kit's own.
    """
    return [sys.executable, "-P"] if sys.version_info >= (3, 11) else [sys.executable]


def safe_environment() -> dict[str, str]:
    """Return this process's environment for a child, and for its children, that imports the same modules.

    Relative entries of ``PYTHONPATH`` become absolute; empty ones, which stand for the current folder, are left out.
    """
    given = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    roots = dict.fromkeys(str(Path(entry).absolute()) for entry in [*given, str(ROOT)])
    return {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(roots)}


def protect_children() -> None:
    """Let processes that libraries start leave out the current folder too (from Python 3.11 on)."""
    if Path.cwd() != ROOT:  # where the kit itself is imported from the current folder, its children need it
        os.environ.setdefault("PYTHONSAFEPATH", "1")


def is_alive(pid: int) -> bool:
    """Whether this machine has a process of this number (POSIX)."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # another user's process
    return True
