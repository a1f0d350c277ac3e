"""``kit blend``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli.context import find_task
from kit.cli.names import RunName
from kit.cli.options import data_option
from kit.cli.output import print_outcome
from kit.cli.result import give_result, kit_command
from kit.console import output, printable, table_text, warn
from kit.wording import counted, score_text

if TYPE_CHECKING:
    from kit.blending import Blended
    from kit.outcome import Outcome

METHODS = ("greedy", "mean", "rank", "weights", "stack")


@click.command("blend")
@click.argument("names", type=RunName(), metavar="RUN RUN...", nargs=-1, required=True)
@data_option
@click.option("--method", type=click.Choice(METHODS), default="greedy", show_default=True, help="How to combine.")
@click.option("--force", is_flag=True, help="Write the blend although it does not beat its best member.")
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], data: Path | None, method: str, force: bool) -> None:
    """Combine what runs have predicted, without their models; the last line is the folder of the blend.

    The combination is chosen on held-out predictions by the task's metric: greedy selection with replacement, the mean,
    the mean of ranks, weights that sum to 1, or a stacked linear model. Its score is nested: each sample is combined as
    chosen without it. A blend that does not beat its best member by that score is not written. The runs must have
    predicted the test part. Exit code 1 if the blend is not written.

    \b
    Example: kit blend 20260131-120000-default 20260131-130000-article
    """
    from kit.blending import write_blend
    from kit.runs import common_task, distinct, find

    runs = distinct([find(name) for name in names])
    task = find_task(common_task(runs))
    blended, outcome = write_blend(task, runs, data or Path(runs[0].card.data), method, force=force)
    run, path = (outcome.run.name, outcome.run.path) if outcome is not None else (None, None)
    steps = [kit_command("compare", *(each.name for each in runs))]
    give_result(
        {"task": task.name, **blended.as_dict(), "run": run, "path": path},
        lambda: _print(blended, outcome, task.metric.name),
        path=path,
        next_steps=steps if outcome is None else [kit_command("leaderboard", task.name)],
    )
    if outcome is None:
        warn("not written: the blend does not beat its best member on samples that its choice has not seen (--force)")
        ctx.exit(1)


def _print(blended: Blended, outcome: Outcome | None, metric: str) -> None:
    import numpy as np
    from rich.table import Table
    from rich.text import Text

    from kit.comparison.uses import uses_in_words

    output(f"{counted(len(blended.samples), 'sample')} that every run held out")
    weights = blended.combination.weights()
    table = Table("member", metric, "weight", "correlation of errors with the best")
    for k, (name, score) in enumerate(zip(blended.members, blended.scores, strict=True)):
        weight, alike = "-" if weights is None else f"{weights[k]:.3f}", blended.correlation[blended.best, k]
        table.add_row(
            Text(printable(name, one_line=True)), score_text(score), weight, "-" if np.isnan(alike) else f"{alike:.3f}"
        )
    output(table_text(table))
    interval = "" if blended.interval is None else " (95% interval {} to {})".format(*map(score_text, blended.interval))
    output(f"mean of all members   {score_text(blended.mean)}")
    nested, chosen = score_text(blended.nested), score_text(blended.chosen)
    output(f"{blended.method}, nested   {nested}; on the samples it was chosen on {chosen}")
    output(f"gain over the best member   {blended.gain:+.5f}{interval}, {blended.test}")
    output(uses_in_words(blended.uses))
    if outcome is not None:
        print_outcome(outcome)
