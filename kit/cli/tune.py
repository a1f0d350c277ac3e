"""``kit tune``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli.context import run_events
from kit.cli.options import (
    config_from,
    data_option,
    model_option,
    parallel_option,
    require_data,
    task_argument,
    training_options,
)
from kit.cli.result import give_result, kit_command
from kit.console import info, output
from kit.contract.task import Task
from kit.wording import counted, score_text

if TYPE_CHECKING:  # Optuna is loaded by those who search
    from kit.search import Found

UNITS = {"s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic in newer Clicks only
    """A duration such as ``30m``, converted to seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Convert a number with the unit s, m or h."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", str(value))
        if isinstance(value, float) or found is None:
            return value if isinstance(value, float) else self.fail(f"{value} is no duration such as 30m", param, ctx)
        return float(found[1]) * UNITS[found[2]]


@click.command("tune")
@task_argument
@data_option
@parallel_option
@model_option
@click.option("--trials", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="Trials in all.")
@click.option("--time", "seconds", type=Duration(), metavar="30m", help="Begin no trial after this time.")
@click.option(
    "--retrain",
    type=click.IntRange(min=0),
    default=2,
    show_default=True,
    metavar="N",
    help="Retrain the winner and the default on N other seeds.",
)
@click.option("--storage", metavar="URL", help="A database that several machines share (postgresql://...).")
@training_options
def command(
    task: Task,
    data: Path | None,
    trials: int,
    seconds: float | None,
    retrain: int,
    storage: str | None,
    **options: Any,
) -> None:
    """Search for better settings; the winner is retrained on other seeds before it is called better.

    --set NAME=LOW..HIGH searches a range, --set NAME=A,B choices; without any, what the task declares is searched. The
    same command goes on with a search that was stopped, and several processes share it.

    \b
    Example: kit tune digit_recognizer --data digits/ --trials 20 --set learning_rate=1e-4..1e-2
    """
    from kit.experiments import require_optuna, search_settings

    require_optuna()
    from kit.search import Plan, parse_space, searched

    given = dict(text.partition("=")[::2] for text in options["assignments"])
    ranges = {name.strip(): text for name, text in given.items() if searched(name.strip(), text)}
    fixed = tuple(text for text in options["assignments"] if text.partition("=")[0].strip() not in ranges)
    config = config_from(task, {**options, "assignments": fixed})
    space = parse_space(task, ranges or task.search)
    plan = Plan(trials=trials, seconds=seconds, seeds=retrain, storage=storage)
    found, report = search_settings(task, require_data(data, task), config, run_events(options), space, plan)
    give_result(
        {"task": task.name, **found.as_dict(), "report": report},
        lambda: _print(task, found, report),
        next_steps=[kit_command("predict", found.run)] if found.run else [],
    )


def _print(task: Task, found: Found, report: Path) -> None:
    info(f"report: {report}")
    metric = task.metric.name
    output(f"{counted(found.trials, 'trial')}, {found.pruned} stopped early, {found.failed} failed")
    output(f"best in the search (optimistic): {metric} {score_text(found.best)}, run {found.run}")
    output("settings: " + " ".join(f"--set {name}={value}" for name, value in found.params.items()))
    if not found.winner or not found.default:
        output("not retrained: the default is the best, --retrain is 0, or another process still searches")
        return
    means = [sum(scores) / len(scores) for scores in (found.winner, found.default)]
    seeds = counted(len(found.winner), "other seed")
    output(f"on {seeds}: the winner {score_text(means[0])}, the settings it began with {score_text(means[1])}")
    if found.difference is not None and found.difference.interval is not None:
        low, high = found.difference.interval
        better = low > 0 if task.metric.higher_is_better else high < 0
        verdict = "better" if better else "not shown to be better"
        gain = score_text(found.difference.difference)
        output(f"paired difference {gain} (95% interval {low:+.5f} to {high:+.5f}): the winner is {verdict}")
