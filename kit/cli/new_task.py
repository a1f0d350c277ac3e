"""``kit new-task``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from kit.cli.context import catalogue
from kit.cli.options import any_path, existing_path
from kit.cli.result import give_result
from kit.console import output, table_text, warn
from kit.errors import KitError

GIVEN = ("target", "metric", "group", "time", "id", "kind", "positive", "shape")


class Shape(click.ParamType):  # type: ignore[type-arg]  # generic in newer Clicks only
    """The sides of an image or a volume, such as 28,28."""

    name = "shape"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Convert whole numbers above 0, divided by commas."""
        parts = str(value).split(",")
        if not all(part.strip().isdigit() and int(part) for part in parts):
            self.fail(f"{value} is not made of whole numbers such as 28,28", param, ctx)
        return tuple(map(int, parts))


@click.command("new-task")
@click.argument("name")
@click.argument("folder", metavar="[DIR]", type=any_path, default=Path())
@click.option("--title", metavar="TEXT", default="", help="The contest's title; default: made from NAME.")
@click.option("--from", "data", type=existing_path, metavar="DATA", help="A contest's files: look at them first.")
@click.option("--target", multiple=True, metavar="COLUMN", help="With --from: the target; may be repeated.")
@click.option("--metric", metavar="NAME", help="With --from: the metric, such as AUC, RMSE or log loss.")
@click.option("--group", metavar="COLUMN", help="With --from: rows of one value stay together in folds.")
@click.option("--time", metavar="COLUMN", help="With --from: the latest rows are held out.")
@click.option("--id", metavar="COLUMN", help="With --from: the column of ids.")
@click.option(
    "--kind",
    type=click.Choice(["binary", "classes", "regression", "multi-label", "masks"]),
    help="With --from: the kind of target.",
)
@click.option("--positive", metavar="CLASS", help="With --from: which of two classes is the positive one.")
@click.option("--shape", type=Shape(), metavar="H,W", help="With --from: the sides of flat inputs.")
@click.option("--ci", is_flag=True, help="Write a workflow for GitHub Actions that certifies the plugin.")
@click.option("--dry-run", is_flag=True, help="With --from: show what was found and write nothing.")
def command(name: str, folder: Path, title: str, data: Path | None, ci: bool, dry_run: bool, **given: Any) -> None:
    """Write a new plugin that already runs.

    It is the folder DIR/NAME (DIR: the current folder by default), ready to be changed, tested and installed. With
    --from it is made for a contest's files: new-task shows what it found in them and how sure that is.

    \b
    Example: kit new-task plant_leaves contests/
    Example: kit new-task plant_leaves contests/ --ci
    Example: kit new-task house_prices contests/ --from house-prices/ --metric rmsle
    """
    from kit.discovery import scaffold

    found = catalogue()
    if name in found.tasks:
        raise KitError(
            f"there is a task {name!r} already, from plugin {found.sources[name]!r}", remedy="choose another name"
        )
    if data is not None and ci:
        raise KitError(
            "a workflow cannot certify a plugin on files that only you have",
            expected="--ci without --from",
            remedy="give the task a sample maker, Task(sample=...), and take the workflow of another new task",
        )
    if data is not None:
        _from_files(name, folder, title, data, given, dry_run=dry_run)
        return
    if dry_run or any(given.values()):
        raise KitError("these options describe a contest's files", expected="--from DATA with them")
    written = scaffold.new_task(name, folder, title, workflow=ci)
    steps = [*_next_steps(name, folder, "--sample"), shlex.join(["pip", "install", "-e", str(written)])]
    give_result({"task": name, "path": written, "inspection": None}, path=written, next_steps=steps)


def _next_steps(name: str, folder: Path, *data: object) -> list[str]:
    """Run the task and certify it."""
    kit = ["kit", "--plugins", str(folder)]
    certify = [] if data == ("--sample",) else data
    return [shlex.join([*kit, "run", name, *map(str, data)]), shlex.join([*kit, "certify", name, *map(str, certify)])]


def _from_files(name: str, folder: Path, title: str, data: Path, given: dict[str, Any], *, dry_run: bool) -> None:
    """Inspect the files, show the findings, and write the plugin unless ``dry_run``."""
    from kit.discovery import scaffold
    from kit.inspection import Options, inspect_folder
    from kit.inspection.presentation import facts_table

    scaffold.free_folder(name, folder)
    inspection = inspect_folder(data, Options(**{key: given[key] for key in GIVEN if given[key]}))
    for warning in inspection.warnings:
        warn(warning)
    written = None if dry_run else scaffold.new_task(name, folder, title, inspection)
    give_result(
        {"task": name, "path": written, "inspection": inspection.as_dict()},
        lambda: output(table_text(facts_table(inspection))),
        path=written,
        next_steps=[] if dry_run else _next_steps(name, folder, "--data", data),
    )
