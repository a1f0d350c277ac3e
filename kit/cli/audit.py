"""``kit audit``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from kit.cli.options import existing_path, parallel_option, task_argument
from kit.cli.result import give_result, kit_command
from kit.console import output
from kit.contract.report import Finding
from kit.contract.task import Task
from kit.wording import counted


@click.command("audit")
@task_argument
@parallel_option
@click.option("--data", type=existing_path, metavar="DIR", required=True, help="The contest's files.")
@click.pass_context
def command(ctx: click.Context, task: Task, data: Path) -> None:
    """Check whether data are fit to train on.

    Looks at files, ids, shapes, labels, class counts and unreadable samples, at identical content within and across
    train and test, and at labels that leak through names, sizes or order. Exit code 1 if there is an error.

    \b
    Example: kit audit digit_recognizer --data digits/
    """
    from kit.auditing import LEVELS, audit

    findings = audit(task, data)
    counts = {level: sum(finding.level == level for finding in findings) for level in LEVELS}
    fields = {
        "task": task.name,
        "data": data,
        "ok": not counts["error"],
        "errors": counts["error"],
        "warnings": counts["warning"],
        "notes": counts["note"],
        "findings": findings,
    }
    steps = [] if counts["error"] else [kit_command("run", task.name, "--data", data)]
    give_result(fields, lambda: _print(findings, counts), next_steps=steps)
    ctx.exit(1 if counts["error"] else 0)


def _print(findings: Sequence[Finding], counts: Mapping[str, int]) -> None:
    for finding in findings:
        output(f"{finding.level:<7}  {finding.kind} ({finding.where}): {finding.message}")
        if finding.remedy and finding.level != "note":
            output(f"{'':<7}  to do: {finding.remedy}")
    fit = "unfit to train on" if counts["error"] else "fit to train on"
    output(f"\n{fit}: {counted(counts['error'], 'error')}, {counted(counts['warning'], 'warning')}")
