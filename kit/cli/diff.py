"""``kit diff``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kit.cli.context import find_task
from kit.cli.names import RunName
from kit.cli.result import give_result, kit_command
from kit.console import output, printable
from kit.contract.task import Task
from kit.errors import KitError
from kit.runs import Run
from kit.wording import counted, score_text

if TYPE_CHECKING:
    from kit.submission.difference import Difference

MISSING = "-"


@click.command("diff")
@click.argument("first", type=RunName(), metavar="RUN")
@click.argument("second", type=RunName(), metavar="RUN")
@click.option(
    "--limit", type=click.IntRange(min=0), default=10, show_default=True, metavar="N", help="List at most N rows."
)
def command(first: str, second: str, limit: int) -> None:
    """Show in what two runs differ: settings, versions, data, scores, and rows of their submissions.

    \b
    Example: kit diff 20260131-120000-small latest
    """
    from kit.runs import find

    runs = find(first), find(second)
    names = {run.task_name for run in runs}
    if len(names) > 1:
        raise KitError("runs of different tasks cannot be compared", found=", ".join(sorted(names)))
    task = find_task(names.pop())
    settings, rows = _settings(*map(_facts, runs)), _rows(task, runs, limit)
    both = [run.name for run in runs]
    give_result(
        {"task": task.name, "runs": both, "settings": settings, "rows": rows},
        lambda: _print(settings, rows),
        next_steps=[kit_command("compare", *both)] if all(run.find_summary() for run in runs) else [],
    )


def _facts(run: Run) -> Mapping[str, Any]:
    """Everything about a run that two runs can differ in, by name."""
    card, summary, score = run.card, run.find_summary(), run.score
    return {
        **({} if run.is_blend else run.config),
        **{f"version of {name}": version for name, version in card.versions.items()},
        "version of kit": card.kit,
        "averaged runs": list(card.blend or ()) or None,
        "data": card.samples,
        "git commit": card.git.commit if card.git else None,
        "held-out score": summary.mean if summary else None,
        "score": score.score if score else None,
    }


def _settings(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, list[Any]]:
    names = dict.fromkeys([*first, *second])
    return {name: [first.get(name), second.get(name)] for name in names if first.get(name) != second.get(name)}


def _rows(task: Task, runs: Sequence[Run], limit: int) -> Difference | None:
    from kit.submission import parse
    from kit.submission.difference import difference

    files: list[Path] = [run.path / task.format.filename for run in runs]
    if not all(file.exists() for file in files):
        return None
    first, second = (parse(file, task.format, None) for file in files)
    return difference(task.format, first, second, limit)


def _print(settings: Mapping[str, Sequence[Any]], rows: Difference | None) -> None:
    width = max(map(len, settings), default=0)
    for name, values in settings.items():
        output(printable(f"{name:<{width}}  {' -> '.join(map(_value, values))}", one_line=True))
    if not settings:
        output("settings, versions, data and scores are the same")
    if rows is None:
        output("rows are not compared: a run has no submission yet")
        return
    fraction = rows.changed / rows.ids if rows.ids else 0.0
    output(f"rows: {counted(rows.changed, 'id')} of {rows.ids:,} differ ({fraction:.1%})")
    for each in rows.shown:
        output(printable(f"  {each.id}: {_cells(each.first)} -> {_cells(each.second)}", one_line=True))
    if rows.changed > len(rows.shown):
        output(f"  ... and {rows.changed - len(rows.shown):,} more (--limit N lists more)")


def _value(value: Any) -> str:
    if value is None:
        return MISSING
    return score_text(value) if isinstance(value, float) else str(value)


def _cells(rows: Sequence[Sequence[Any]]) -> str:
    return "; ".join(",".join(map(str, row)) for row in rows) or MISSING
