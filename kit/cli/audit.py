"""``kit audit``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from kit.cli.options import any_path, data_option, parallel_option, require_data, task_argument
from kit.cli.result import give_result, kit_command
from kit.console import info, output
from kit.contract.report import Finding
from kit.contract.task import Task
from kit.wording import counted


@click.command("audit")
@task_argument
@parallel_option
@data_option
@click.option(
    "--html",
    type=any_path,
    metavar="[FILE]",
    is_flag=False,
    flag_value="audit.html",
    help="Write a page with pictures too; default: audit.html.",
)
@click.pass_context
def command(ctx: click.Context, task: Task, data: Path | None, html: Path | None) -> None:
    """Check whether data are fit to train on.

    Looks at files, ids, shapes, labels, class counts and unreadable samples, at identical content within and across
    train and test, and at labels that leak through names, sizes or order. Exit code 1 if there is an error.

    --html writes a page that looks at the data: class counts, samples of each class as pictures, image sizes, identical
    and nearly identical pictures side by side, and adversarial validation: whether train and test can be told apart.

    \b
    Example: kit audit digit_recognizer --data digits/
    Example: kit audit digit_recognizer --data digits/ --html
    """
    from kit.auditing import LEVELS, audit_parts
    from kit.data.contest import ContestData
    from kit.prediction.outputs import refuse_data_as_output

    data = require_data(data, task)
    if html is not None:
        refuse_data_as_output(task, data, html)
    with ContestData(task, data, task.config) as contest:
        findings, parts = audit_parts(contest)
        if html is not None:
            from kit.report.audit_page import audit_page

            audit_page(task, data, findings, parts, html)
            info(f"wrote {html}")
    counts = {level: sum(finding.level == level for finding in findings) for level in LEVELS}
    fields = {
        "task": task.name,
        "data": data,
        "ok": not counts["error"],
        "errors": counts["error"],
        "warnings": counts["warning"],
        "notes": counts["note"],
        "findings": findings,
        "html": html,
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
