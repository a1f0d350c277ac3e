"""``kit check``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from kit.cli.options import data_of_environment, existing_file, existing_path, json_option, task_argument
from kit.console import info, output, output_json, printable
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
@json_option
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=1000,
    show_default=True,
    metavar="N",
    help="List at most N faults.",
)
@click.pass_context
def command(ctx: click.Context, task: Task, file: Path, data: Path | None, as_json: bool, limit: int) -> None:
    """List every fault of a submission: line, id, what was expected, what was found, what to do.

    Exit code 0 if there is no fault (warnings are allowed), 1 if there are faults. Without --data, or
    KIT_DATA_<TASK>, only the format is checked, not which ids are there.

    --json prints {"ok", "rows", "faults", "total_faults", "warnings"}; each fault and warning is {"kind", "line", "id",
    "expected", "found", "remedy"}.

    \b
    Example: kit check digit_recognizer submission.csv --data digits/
    """
    data = data or data_of_environment(task)
    more = None if data is None or task.faults is None else partial(task.faults, data)
    with explained(task):
        ids = None if data is None else answered_ids(task, data)
        found = check(file, task.format, ids, limit, find_faults=more)
    if as_json:
        output_json(found.as_dict())
    else:
        _print(found, file)
    if not found.checked_ids:
        (info if as_json else output)(_unchecked_ids(data))
    ctx.exit(0 if found.ok else 1)


def _unchecked_ids(data: Path | None) -> str:
    if data is None:
        return "note: ids were not checked, only the format; add --data DIR (the contest's files) to check them"
    return "note: ids were not checked: the file holds none that can be read"


def _print(found: Check, file: Path) -> None:
    for fault in found.faults:
        output(printable(describe(fault), one_line=True))
    for warning in found.warnings:
        output(f"warning: {printable(describe(warning), one_line=True)}")
    if found.total_faults > len(found.faults):
        output(f"... and {found.total_faults - len(found.faults):,} more (--limit N lists more)")
    rows = counted(found.rows, "row")
    if found.ok:
        output(f"{file}: {rows}, no fault")
        return
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(found.counts.items(), key=lambda item: -item[1]))
    output(f"{file}: {rows}, {counted(found.total_faults, 'fault')} ({kinds})")
