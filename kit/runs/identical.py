"""An earlier run with the same settings, seed and samples."""

from __future__ import annotations

from kit.errors import KitError
from kit.runs.finding import every_run
from kit.runs.listing import run_state
from kit.runs.run import Run

INDIFFERENT = ("device", "workers")
"""Settings that choose how a run is computed, not what."""


def identical_run(run: Run) -> Run | None:
    """The newest other run of the task that was given the same settings and samples; None if there is none."""
    samples, wanted = run.card.samples, _settings(run)
    for other in reversed(every_run(run.task_name)):
        try:
            same = other.name != run.name and not other.is_blend and other.card.samples == samples
            if same and _settings(other) == wanted:
                return other
        except KitError:
            continue  # a damaged run repeats nothing
    return None


def describe_identical(run: Run, earlier: Run) -> str:
    """One sentence: which run it is, how far it came, and what to type."""
    same = f"{earlier.name} has the same settings, seed and samples"
    versions = (earlier.card.kit, earlier.card.versions) != (run.card.kit, run.card.versions)
    same += ", and other versions" if versions else ""
    state = run_state(earlier)
    if state == "stopped":
        return f"{same}, and was stopped: kit run --resume {earlier.name} goes on with it"
    if state == "training":
        return f"{same}, and is being trained now"
    return f"{same}: afterwards, kit diff {earlier.name} {run.name} shows in what they differ"


def _settings(run: Run) -> dict[str, object]:
    return {name: value for name, value in run.config.items() if name not in INDIFFERENT}
