"""``kit audit``."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from kit import audit as station
from kit.cli.state import existing_path, print_json, task


@click.command()
@click.argument("task_name", metavar="TASK")
@click.option("--data", type=existing_path, required=True, help="The contest's files.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def audit(ctx: click.Context, task_name: str, data: Path, as_json: bool) -> None:
    """Say whether data are fit to train on.

    Looks at files, ids, shapes, labels, class counts and unreadable samples, at identical content within and across
    train and test, and at labels that leak through names, sizes or order. Exit code 1 if there is an error.

    Example: kit audit digit_recognizer --data digits/
    """
    findings = station.audit(task(task_name), data)
    counts = {level: sum(finding.level == level for finding in findings) for level in station.LEVELS}
    if as_json:
        rows = [dataclasses.asdict(finding) for finding in findings]
        totals = {"errors": counts["error"], "warnings": counts["warning"], "notes": counts["note"]}
        print_json({"task": task_name, "data": str(data), "ok": not counts["error"], **totals, "findings": rows})
    else:
        for finding in findings:
            click.echo(f"{finding.level:<7}  {finding.kind} ({finding.where}): {finding.message}")
            if finding.remedy and finding.level != "note":
                click.echo(f"{'':<7}  to do: {finding.remedy}")
        verdict = "unfit to train on" if counts["error"] else "fit to train on"
        click.echo(f"\n{verdict}: {counts['error']} errors, {counts['warning']} warnings")
    ctx.exit(1 if counts["error"] else 0)
