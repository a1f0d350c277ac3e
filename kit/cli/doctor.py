"""``kit doctor``."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click

from kit.cli.context import catalogue
from kit.cli.options import json_option
from kit.console import output, output_json
from kit.wording import counted

if TYPE_CHECKING:
    from kit.doctor import Row

MARKS = {"ok": "  ", "warning": "! ", "missing": "X "}


@click.command("doctor")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show versions, device and threads; what is missing and how to get it.

    Exit code 1 if something that is needed is missing.

    --json prints {"ok", "missing", "rows": [{"section", "name", "value", "state", "remedy"}]}; "state" is "ok",
    "warning" or "missing".

    \b
    Example: kit doctor
    """
    from kit.doctor import examine

    rows = examine(catalogue())
    missing = sum(row.state == "missing" for row in rows)
    if as_json:
        output_json({"ok": not missing, "missing": missing, "rows": [dataclasses.asdict(row) for row in rows]})
    else:
        _print(rows, missing)
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
