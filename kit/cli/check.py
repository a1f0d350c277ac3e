"""``kit check``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from kit.cli.state import existing_file, existing_path, print_json, task
from kit.contract.format import Fault
from kit.submission import Check, describe, expected_ids
from kit.submission import check as check_file


@click.command()
@click.argument("name", metavar="TASK")
@click.argument("file", type=existing_file)
@click.option(
    "--data", type=existing_path, metavar="DIR", help="The contest's files: judge ids, their number and order too."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--limit", type=click.IntRange(min=0), default=1000, show_default=True, metavar="N", help="List so many faults."
)
@click.pass_context
def check(context: click.Context, name: str, file: Path, data: Path | None, as_json: bool, limit: int) -> None:
    """List every fault of a submission: line, id, what was expected, what was found, what to do.

    Ends with 0 if there is none (warnings may be), with 1 if there are faults. Without --data only the format is
    judged, not which ids are there.

    \b
    Example: kit check digit_recognizer submission.csv --data digits/
    """
    chosen = task(name)
    ids = None if data is None else expected_ids(chosen, data)
    judge = None if data is None or chosen.faults is None else partial(chosen.faults, data)
    found = check_file(file, chosen.format, ids, limit, judge=judge)
    if as_json:
        print_json(found.as_dict())
    else:
        _print(found, file)
    if not found.judged_ids:
        click.echo(_note(data), err=as_json)
    context.exit(0 if found.ok else 1)


def _note(data: Path | None) -> str:
    if data is None:
        return "note: ids were not judged, only the format; name the contest's files to judge them: --data DIR"
    return "note: ids were not judged: the file holds none that can be read"


def _print(found: Check, file: Path) -> None:
    for fault in found.faults:
        click.echo(_printable(fault))
    for warning in found.warnings:
        click.echo(f"warning: {_printable(warning)}")
    if found.total_faults > len(found.faults):
        click.echo(f"... and {found.total_faults - len(found.faults):,} more (--limit N lists more)")
    if found.ok:
        click.echo(f"{file}: {_count(found.rows, 'row')}, no fault")
        return
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(found.counts.items(), key=lambda item: -item[1]))
    click.echo(f"{file}: {_count(found.rows, 'row')}, {_count(found.total_faults, 'fault')} ({kinds})")


def _printable(fault: Fault) -> str:
    """A fault as one line that cannot disturb a terminal, whatever the file holds."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in describe(fault))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
