"""``kit runs``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from kit.cli.result import give_result, kit_command
from kit.console import info, output, printable
from kit.wording import age_text, score_text

if TYPE_CHECKING:
    from kit.runs.listing import RunLine


@click.command("runs")
@click.argument("task", metavar="[TASK]", required=False)
def command(task: str | None) -> None:
    """List the runs, the newest first: name, task, state, model, held-out score, age.

    The state is training, stopped (kit run --resume goes on), trained, submitted, scored or damaged. Wherever a RUN is
    wanted, its folder, its name, the start of its name if no other run has it, and "latest" will do.

    \b
    Example: kit runs digit_recognizer
    """
    from kit.runs.listing import list_runs

    found = list_runs(task)
    give_result({"runs": found}, lambda: _print(found), next_steps=_next_steps(found))


def _next_steps(found: Sequence[RunLine]) -> list[str]:
    """How to go on with the newest run."""
    words = {
        "stopped": ("run", "--resume"),
        "trained": ("predict",),
        "submitted": ("report",),
        "scored": ("report",),
    }
    return [kit_command(*words[found[0].state], found[0].run)] if found and found[0].state in words else []


def _print(found: Sequence[RunLine]) -> None:
    if not found:
        info("there is no run yet: kit run TASK --sample")
        return
    rows = [("Run", "Task", "State", "Model", "Held-out score", "Age"), *map(_cells, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        output("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cells(line: RunLine) -> tuple[str, ...]:
    score = "-" if line.score is None else f"{line.metric} {score_text(line.score)}"
    score += "" if line.spread is None else f" ± {score_text(line.spread)}"
    cells = (line.run, line.task, line.state, line.model or "-", score, age_text(line.age_seconds))
    return tuple(printable(cell, one_line=True) for cell in cells)
