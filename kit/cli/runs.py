"""``kit runs``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from kit.cli.options import json_option
from kit.console import info, output, output_json, printable
from kit.wording import age_text, score_text

if TYPE_CHECKING:
    from kit.runs.listing import RunLine


@click.command("runs")
@click.argument("task", metavar="[TASK]", required=False)
@json_option
def command(task: str | None, as_json: bool) -> None:
    """List the runs, the newest first: name, task, state, model, held-out score, age.

    The state is training, stopped (kit run --resume goes on), trained, submitted, scored or damaged. Wherever a RUN is
    wanted, its folder, its name, the start of its name if no other run has it, and "latest" will do.

    --json prints {"runs": [{"name", "task", "state", "model", "metric", "score", "spread", "created", "seconds"}]}.

    \b
    Example: kit runs digit_recognizer
    """
    from kit.runs.listing import list_runs

    found = list_runs(task)
    if as_json:
        output_json({"runs": [dataclasses.asdict(line) for line in found]})
    elif found:
        _print(found)
    else:
        info("there is no run yet: kit run TASK --sample")


def _print(found: Sequence[RunLine]) -> None:
    rows = [("Run", "Task", "State", "Model", "Held-out score", "Age"), *map(_cells, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        output("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cells(line: RunLine) -> tuple[str, ...]:
    score = "-" if line.score is None else f"{line.metric} {score_text(line.score)}"
    score += "" if line.spread is None else f" ± {score_text(line.spread)}"
    cells = (line.name, line.task, line.state, line.model or "-", score, age_text(line.seconds))
    return tuple(printable(cell, one_line=True) for cell in cells)
