"""``kit replay``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli.context import find_task, run_events
from kit.cli.names import RunName
from kit.cli.options import data_option, tracked_options
from kit.cli.result import give_result, kit_command
from kit.console import info, output, printable
from kit.wording import counted

if TYPE_CHECKING:  # the pipeline is loaded by those who run it
    from kit.repetition import Replayed


@click.command("replay")
@click.argument("name", type=RunName(), metavar="RUN")
@data_option
@click.option("--resume", type=RunName(), metavar="RUN", help="Continue a repetition that was stopped.")
@tracked_options
@click.pass_context
def command(ctx: click.Context, /, name: str, data: Path | None, resume: str | None, **options: Any) -> None:
    """Repeat a run from its card: the same data, settings, seed and folds; the last line is the new run's folder.

    Says of the learning curves, weights, held-out predictions and the submission whether they hold the same bytes, and
    where they first differ. Without --data, the data of the run are used; the files must be those of then. Other
    versions are a warning. The repetition is not recorded. Exit code 1 if any bytes differ.

    \b
    Example: kit replay latest
    """
    from kit.repetition import replay
    from kit.runs import find

    first = find(name)
    folder = data or Path(first.card.data)
    events, stopped = run_events(options), find(resume) if resume else None
    task = find_task(first.task_name)
    found = replay(task, first, folder, events, resume=stopped)
    steps = [] if found.agrees else [kit_command("diff", found.first.name, found.run.name)]
    give_result({"task": task.name, **found.as_dict()}, lambda: _print(found), path=found.run.path, next_steps=steps)
    if not found.agrees:
        ctx.exit(1)


def _print(found: Replayed) -> None:
    width = max(len(each.file) for each in found.files)
    for each in found.files:
        verdict = "same bytes" if each.same else f"differs: {each.where}"
        output(printable(f"{each.file:<{width}}  {verdict}", one_line=True))
    different = sum(not each.same for each in found.files)
    if different:
        info(f"{counted(different, 'file')} of {len(found.files)} differ from {found.first.name}")
    else:
        info(f"every byte agrees with {found.first.name}")
    if different and found.changes:
        info(f"what has changed since: {', '.join(found.changes)}")
