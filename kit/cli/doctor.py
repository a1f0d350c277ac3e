"""``kit doctor``."""

from __future__ import annotations

import dataclasses
from itertools import groupby

import click

from kit.cli.state import catalogue, print_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Show versions, device and threads; what is missing and how to get it.

    Exit code 1 if something that is needed is missing.

    Example: kit doctor
    """
    from kit.doctor import examine

    rows = examine(catalogue())
    missing = [row for row in rows if row.state == "missing"]
    if as_json:
        print_json({"ok": not missing, "missing": len(missing), "rows": [dataclasses.asdict(row) for row in rows]})
        ctx.exit(1 if missing else 0)
    for section, inside in groupby(rows, key=lambda row: row.section):
        click.echo(section)
        for row in inside:
            mark = {"ok": "  ", "warning": "! ", "missing": "X "}[row.state]
            click.echo(f"  {mark}{row.name}: {row.value}")
            if row.remedy:
                click.echo(f"      to do: {row.remedy}")
    warnings = sum(row.state == "warning" for row in rows)
    click.echo(f"\n{len(missing)} missing, {warnings} warnings" if missing or warnings else "\nnothing is missing")
    ctx.exit(1 if missing else 0)
