"""``kit audit``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kit.cli.options import existing_path, json_option, parallel_option, task_argument
from kit.console import output, output_json
from kit.contract.report import Finding
from kit.contract.task import Task
from kit.wording import counted


@click.command("audit")
@task_argument
@parallel_option
@click.option("--data", type=existing_path, metavar="DIR", required=True, help="The contest's files.")
@json_option
@click.pass_context
def command(ctx: click.Context, task: Task, data: Path, as_json: bool) -> None:
    """Check whether data are fit to train on.

    Looks at files, ids, shapes, labels, class counts and unreadable samples, at identical content within and across
    train and test, and at labels that leak through names, sizes or order. Exit code 1 if there is an error.

    --json prints {"task", "data", "ok", "errors", "warnings", "notes", "findings": [{"level", "kind", "where",
    "message", "remedy"}]}.

    \b
    Example: kit audit digit_recognizer --data digits/
    """
    from kit.auditing import LEVELS, audit

    findings = audit(task, data)
    counts = {level: sum(finding.level == level for finding in findings) for level in LEVELS}
    if as_json:
        output_json(_as_dict(task, data, findings, counts))
    else:
        _print(findings, counts)
    ctx.exit(1 if counts["error"] else 0)


def _as_dict(task: Task, data: Path, findings: Sequence[Finding], counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "task": task.name,
        "data": str(data),
        "ok": not counts["error"],
        "errors": counts["error"],
        "warnings": counts["warning"],
        "notes": counts["note"],
        "findings": [dataclasses.asdict(finding) for finding in findings],
    }


def _print(findings: Sequence[Finding], counts: Mapping[str, int]) -> None:
    for finding in findings:
        output(f"{finding.level:<7}  {finding.kind} ({finding.where}): {finding.message}")
        if finding.remedy and finding.level != "note":
            output(f"{'':<7}  to do: {finding.remedy}")
    fit = "unfit to train on" if counts["error"] else "fit to train on"
    output(f"\n{fit}: {counted(counts['error'], 'error')}, {counted(counts['warning'], 'warning')}")
