"""Several variants in one ``--config`` file: each is a run on the same folds, and the runs are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kit.cli.config_file import variants_of_file
from kit.cli.context import run_events
from kit.cli.options import config_from
from kit.cli.result import give_result, kit_command
from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.errors import KitError
from kit.runs import Run
from kit.training.events import Events


def refuse_one_run(resume: str | None, seeds: int | None) -> None:
    """Raise KitError for options of one run, if the file of ``--config`` has variants."""
    given = [name for name, value in (("--resume", resume), ("--seeds", seeds)) if value is not None]
    if given:
        raise KitError("the configuration has variants", found=given[0], remedy="leave it out, or the variants")


def run_file_variants(
    task: Task, data: Path, options: Mapping[str, Any], run: Callable[[TrainConfig, Events], Run], *, submits: bool
) -> None:
    """Run every variant of the file and print the comparison; the last line is the folder of the best run.

    ``submits``: whether ``run`` predicts too.
    """
    from kit.cli.comparison_text import print_comparison
    from kit.experiments import compare_trained, run_variants

    configs = _configs(task, options)
    runs = run_variants(configs, run, run_events(options))
    found = compare_trained(task, runs, data)
    best = _best(runs, [member.score for member in found.members], higher=found.higher_is_better)
    give_result(
        {**found.as_dict(), "best": best.name, "path": best.path},
        lambda: print_comparison(found),
        path=best.path,
        next_steps=[kit_command("leaderboard", task.name) if submits else kit_command("predict", best.name)],
    )


def _configs(task: Task, options: Mapping[str, Any]) -> dict[str, TrainConfig]:
    """The configuration of each variant: its own settings win over the file's others, what is typed over both."""
    found = {}
    for name, settings in variants_of_file().items():
        own = tuple(f"{key}={text}" for key, text in settings.items())
        found[name] = config_from(task, {**options, "assignments": (*own, *options["assignments"])})
    return found


def _best(runs: Sequence[Run], scores: Sequence[float | None], *, higher: bool) -> Run:
    """The run with the best score; of equal ones the first."""
    sign = 1 if higher else -1
    known = [(sign * score, -k) for k, score in enumerate(scores) if score is not None]
    return runs[-max(known)[1]] if known else runs[0]
