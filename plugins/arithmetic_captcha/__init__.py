"""Captchas: both rounds of Baidu Cloud and Meizu's contest of 2017, and text captchas of four characters.

Each task is a package of its own: :mod:`~.round1`, :mod:`~.round2` and :mod:`~.text`. The modules beside them are
shared by several tasks.
"""

from __future__ import annotations

from kit import Task, hookimpl

from .round1 import TASK as ARITHMETIC
from .round2 import TASK as FINAL
from .text import TASK as TEXT


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the three tasks."""
    return [ARITHMETIC, FINAL, TEXT]
