"""``kit certify``."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import click

from kit.cli.state import print_json, say
from kit.cli.state import task as find_task


@click.command()
@click.argument("task")
@click.option("--quick", is_flag=True, help="Leave out the laws that train.")
@click.option(
    "--size", type=click.IntRange(min=8), default=40, show_default=True, help="Training samples of the sample."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def certify(ctx: click.Context, task: str, quick: bool, size: int, as_json: bool) -> None:
    """Hold a task to the laws of the contract.

    Each law is tried on a small sample that the task makes itself. Exit code 1 if one is broken.

    Example: kit certify digit_recognizer --quick
    """
    found = find_task(task)
    from kit.certify import LAWS, QUICK, Verdict
    from kit.certify import certify as hold_to_laws

    verdicts: list[Verdict] = []
    folders = [Path(folder).resolve() for folder in ctx.find_root().meta.get("kit.plugins", [])]
    with tempfile.TemporaryDirectory(prefix="kit-certify-") as work:
        for verdict in hold_to_laws(found, QUICK if quick else LAWS, Path(work), size, folders):
            verdicts.append(verdict)
            if not as_json:
                click.echo(f"{'pass' if verdict.ok else 'FAIL'}  {verdict.law} ({verdict.seconds:.1f} s)")
                for line in verdict.reason.splitlines():
                    click.echo(f"      {line}")
    broken = [verdict for verdict in verdicts if not verdict.ok]
    if as_json:
        rows = [dataclasses.asdict(verdict) for verdict in verdicts]
        print_json({"task": found.name, "ok": not broken, "broken": len(broken), "laws": rows})
    else:
        say(f"{found.name}: {len(verdicts) - len(broken)} of {len(verdicts)} laws hold")
    ctx.exit(1 if broken else 0)
