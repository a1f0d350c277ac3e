"""``kit doctor``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click

from kit.cli.context import catalogue
from kit.cli.result import give_result, kit_command
from kit.console import output
from kit.wording import counted

if TYPE_CHECKING:
    from kit.doctor import Row

MARKS = {"ok": "  ", "warning": "! ", "missing": "X "}


@click.command("doctor")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show versions, device and threads; what is missing and how to get it.

    Exit code 1 if something that is needed is missing.

    \b
    Example: kit doctor
    """
    from kit.doctor import examine

    rows = examine(catalogue())
    missing = sum(row.state == "missing" for row in rows)
    fields = {"ok": not missing, "missing": missing, "rows": rows}
    give_result(fields, lambda: _print(rows, missing), next_steps=[] if missing else [kit_command("tasks")])
    ctx.exit(1 if missing else 0)


def _print(rows: Sequence[Row], missing: int) -> None:
    for section, inside in groupby(rows, key=lambda row: row.section):
        output(section)
        for row in inside:
            output(f"  {MARKS[row.state]}{row.name}: {row.value}")
            if row.remedy:
                output(f"      to do: {row.remedy}")
    warnings = sum(row.state == "warning" for row in rows)
    summary = f"{missing} missing, {counted(warnings, 'warning')}" if missing or warnings else "nothing is missing"
    output(f"\n{summary}")
