"""How often the same held-out samples have been looked at: the best of many scores is better than the model is."""

from __future__ import annotations

from kit.errors import DataError
from kit.runs import Run, every_run
from kit.wording import counted


def uses_of_held_out(run: Run) -> int:
    """How many runs on this machine have a held-out score on the same training samples; this one is counted."""
    digest = run.card.samples
    return 1 if digest is None else sum(_scored_on(other, digest) for other in every_run(run.task_name))


def uses_in_words(count: int) -> str:
    """A sentence about the number of uses."""
    if count < 2:
        return "1 run has been scored on these held-out samples"
    runs = counted(count, "run")
    return f"{runs} have been scored on the same samples: the best of so many is better on them than on others"


def _scored_on(run: Run, digest: str) -> bool:
    try:
        return run.card.samples == digest and run.find_summary() is not None
    except (DataError, OSError):
        return False
