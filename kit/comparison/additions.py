"""What added samples brought: the run compared with the one that differs in nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from kit.comparison.comparing import Difference, compare_runs
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.errors import KitError
from kit.runs import Run, every_run

SETTINGS = ("pseudo", "pseudo_labels", "confidence", "extra")
INDIFFERENT = (*SETTINGS, "device", "workers", "split_seed")


def record_gain(task: Task, run: Run, samples: Sequence[Sample]) -> Difference | None:
    """Write down the paired gain against the newest run without added samples; None if there is no such run."""
    record, without = run.added, run_without(run)
    if record is None or without is None:
        return None
    found = compare_runs(task, [without, run], samples).differences[0]
    gain = {name: getattr(found, name) for name in ("difference", "interval", "p", "test")}
    run.write_added(dataclasses.replace(record, against=without.name, **gain))
    return found


def run_without(run: Run) -> Run | None:
    """The newest run of the same samples and settings to which nothing was added."""
    config, digest = run.config, run.card.samples
    for other in reversed(every_run(run.task_name)):
        try:
            if other.is_blend or other.card.samples != digest or other.find_summary() is None:
                continue
            theirs = other.config
        except KitError:
            continue  # a damaged run is no reference
        same = _split_seed(theirs) == _split_seed(config) and all(
            theirs.get(name) == value for name, value in config.items() if name not in INDIFFERENT
        )
        if same and not theirs.get("pseudo") and not theirs.get("extra"):
            return other
    return None


def _split_seed(config: Mapping[str, Any]) -> Any:
    """The seed of the folds; a run of an older version has no setting of its own for it."""
    own = config.get("split_seed", -1)
    return config.get("seed") if own == -1 else own
