"""``kit certify``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli.options import data_of_environment, data_option, task_argument
from kit.cli.result import give_result, kit_command, wants_json
from kit.console import info, output
from kit.contract.task import Task

if TYPE_CHECKING:
    from kit.certify import Verdict


@click.command("certify")
@task_argument
@click.option("--quick", is_flag=True, help="Omit the laws that train.")
@click.option(
    "--size",
    type=click.IntRange(min=8),
    metavar="N",
    default=40,
    show_default=True,
    help="Training samples of the sample.",
)
@data_option
@click.pass_context
def command(ctx: click.Context, task: Task, quick: bool, size: int, data: Path | None) -> None:
    """Test a task against the laws of the contract.

    Each law is tested on a small sample that the task makes itself, or on the contest's files in --data. Exit code 1 if
    the task breaks one.

    \b
    Example: kit certify digit_recognizer --quick
    """
    from kit.certify import LAWS, QUICK, certify

    if task.sample is None:
        data = data or data_of_environment(task)
    verdicts: list[Verdict] = []
    folders = [Path(folder).resolve() for folder in ctx.find_root().meta.get("kit.plugins", [])]
    with tempfile.TemporaryDirectory(prefix="kit-certify-") as work:
        for verdict in certify(task, QUICK if quick else LAWS, Path(work), size, folders, data):
            verdicts.append(verdict)
            if not wants_json():
                _print(verdict)
    broken = sum(not verdict.ok for verdict in verdicts)
    applying = sum(verdict.applies for verdict in verdicts)
    rest = f", {len(verdicts) - applying} not applicable" if applying < len(verdicts) else ""
    give_result(
        {"task": task.name, "ok": not broken, "broken": broken, "laws": verdicts},
        lambda: info(f"{task.name}: {applying - broken} of {applying} laws kept{rest}"),
        next_steps=[] if broken else [kit_command("run", task.name, *(["--data", data] if data else ["--sample"]))],
    )
    ctx.exit(1 if broken else 0)


def _print(verdict: Verdict) -> None:
    if not verdict.applies:
        output(f"n/a   {verdict.law}: not applicable, {verdict.reason}")
        return
    output(f"{'pass' if verdict.ok else 'FAIL'}  {verdict.law} ({verdict.seconds:.1f} s)")
    for line in verdict.reason.splitlines():
        output(f"      {line}")
