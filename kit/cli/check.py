"""``kit check``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from kit.cli.options import data_of_environment, existing_file, existing_path, task_argument
from kit.cli.result import give_result, kit_command
from kit.console import output, printable
from kit.contract.requirements import explained
from kit.contract.task import Task
from kit.submission import Check, answered_ids, check, describe
from kit.wording import counted


@click.command("check")
@task_argument
@click.argument("file", type=existing_file)
@click.option(
    "--data", type=existing_path, metavar="DIR", help="The contest's files: check ids, their number and order too."
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    metavar="N",
    help="List at most N faults.",
)
@click.pass_context
def command(ctx: click.Context, task: Task, file: Path, data: Path | None, limit: int) -> None:
    """List every fault of a submission: line, id, what was expected, what was found, what to do.

    Exit code 0 if there is no fault (warnings are allowed), 1 if there are faults. Without --data, or
    KIT_DATA_<TASK>, only the format is checked, not which ids are there.

    \b
    Example: kit check digit_recognizer submission.csv --data digits/
    """
    data = data or data_of_environment(task)
    more = None if data is None or task.faults is None else partial(task.faults, data)
    with explained(task):
        ids = None if data is None else answered_ids(task, data)
        found = check(file, task.format, ids, limit, find_faults=more)
    note = None if found.checked_ids else _unchecked_ids(data)
    fields = {"task": task.name, "file": file, **found.as_dict(), "note": note}
    give_result(fields, lambda: _print(found, file, note), next_steps=_next_steps(task, file, data, ok=found.ok))
    ctx.exit(0 if found.ok else 1)


def _unchecked_ids(data: Path | None) -> str:
    if data is None:
        return "note: ids were not checked, only the format; add --data DIR (the contest's files) to check them"
    return "note: ids were not checked: the file holds none that can be read"


def _next_steps(task: Task, file: Path, data: Path | None, *, ok: bool) -> list[str]:
    """The task's format after faults, the score where the answers are beside the data, else the check of the ids."""
    if not ok:
        return [kit_command("show", task.name)]
    if data is None:
        return []
    if (data / task.answers).exists():
        return [kit_command("score", task.name, file, "--answers", data / task.answers, "--record")]
    return [kit_command("leaderboard", task.name)]


def _print(found: Check, file: Path, note: str | None) -> None:
    for fault in found.faults:
        output(printable(describe(fault), one_line=True))
    for warning in found.warnings:
        output(f"warning: {printable(describe(warning), one_line=True)}")
    if found.total_faults > len(found.faults):
        output(f"... and {found.total_faults - len(found.faults):,} more (--limit N lists more)")
    rows = counted(found.rows, "row")
    if found.ok:
        output(f"{file}: {rows}, no faults")
    else:
        kinds = ", ".join(
            f"{count:,} {kind}" for kind, count in sorted(found.counts.items(), key=lambda item: -item[1])
        )
        output(f"{file}: {rows}, {counted(found.total_faults, 'fault')} ({kinds})")
    if note is not None:
        output(note)
