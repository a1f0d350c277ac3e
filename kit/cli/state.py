"""What several verbs share: the catalogue of tasks, runs by name, and where messages go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from kit.contract.task import Task
from kit.discovery.plugins import Catalogue, discover


def catalogue() -> Catalogue:
    """Every plugin that can be found, once a process."""
    meta = click.get_current_context().find_root().meta
    if "kit.catalogue" not in meta:
        meta["kit.catalogue"] = discover(meta.get("kit.plugins", []))
    found: Catalogue = meta["kit.catalogue"]
    return found


def task(name: str) -> Task:
    """The task of this name, or a KitError."""
    return catalogue().task(name)


def say(message: str) -> None:
    """A message for the user, on standard error: standard output is for results."""
    click.echo(message, err=True)


def print_json(value: Any) -> None:
    """A result as JSON on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


existing_folder = click.Path(exists=True, file_okay=False, path_type=Path)
existing_path = click.Path(exists=True, path_type=Path)
existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)
any_path = click.Path(path_type=Path)


def show_outcome(outcome: Any) -> None:
    """Say what a submission came to: score with interval, rank, report."""
    judged = outcome.judged
    if judged.score is not None:
        score = judged.score
        interval = (
            "" if score.interval is None else f" (95% interval {score.interval[0]:.5f} to {score.interval[1]:.5f})"
        )
        say(f"score: {score.metric} {score.score:.5f}{interval}")
    if judged.standing is not None:
        say(f"{judged.standing}; kit leaderboard {outcome.run.task_name}")
    if outcome.report is not None:
        say(f"report: {outcome.report}")
