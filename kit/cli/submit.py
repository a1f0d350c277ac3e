"""``kit submit``."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli.context import find_task
from kit.cli.names import RunName
from kit.cli.result import give_result, kit_command
from kit.console import info, output, warn
from kit.contract.task import Task
from kit.errors import KitError
from kit.runs import Run
from kit.wording import counted, score_text

if TYPE_CHECKING:
    from kit.boards.kaggle_client import Submission
    from kit.ledger.contest_scores import ContestScore


@click.command("submit")
@click.argument("name", type=RunName(), metavar="RUN")
@click.option("-m", "--note", required=True, metavar="NOTE", help="What is new in it; Kaggle shows it too.")
@click.option(
    "--wait", type=click.IntRange(min=0), default=600, show_default=True, metavar="SECONDS", help="Wait for the score."
)
@click.option("--again", is_flag=True, help="Submit a file that has been submitted before.")
def command(name: str, note: str, wait: int, again: bool) -> None:
    """Submit a run to Kaggle: check, show what is left of today's quota, upload, wait, write the score to the ledger.

    A file with faults, or one that has been submitted before, is not uploaded. This needs Kaggle's official client (pip
    install 'contest-kit[kaggle]') and an account (kaggle auth login).

    \b
    Example: kit submit latest -m "more augmentation"
    """
    from kit.boards.kaggle_client import Kaggle, wait_for_score
    from kit.files import sha256
    from kit.ledger.contest_scores import ContestScore, contest_scores, marked, record_contest_score
    from kit.runs import find

    run = find(name)
    task = find_task(run.task_name)
    file = _checked(task, run)
    digest = sha256(file)
    if not again and any(score.file_sha256 == digest for score in contest_scores(task.name)):
        raise KitError("this file has been submitted before", where=file, remedy=f"kit submit {run.name} --again ...")
    kaggle = Kaggle()
    left = kaggle.quota(task.kaggle)
    info(f"{counted(left, 'submission')} left today")
    if not left:
        raise KitError("nothing is left of today's quota", where=f"https://www.kaggle.com/c/{task.kaggle}")
    reference = kaggle.submit(task.kaggle, file, marked(note, digest))
    summary = run.find_summary()
    known = ContestScore(
        task=task.name,
        reference=reference,
        time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        file=file.name,
        file_sha256=digest,
        run=run.name,
        cv_mean=summary.mean if summary else None,
        note=note,
    )
    record_contest_score(known)
    info(f"submitted as {reference}; {counted(left - 1, 'submission')} left today")
    _give_score(task, wait_for_score(kaggle, task.kaggle, reference, wait, sleep=time.sleep), known, left - 1)


def _checked(task: Task, run: Run) -> Path:
    """The run's submission. Raises KitError if it has faults, or the task is not on Kaggle."""
    from kit.submission import answered_ids, check
    from kit.submission.parser import refusal

    if not task.kaggle:
        raise KitError(f"task {task.name!r} names no contest on Kaggle", expected="kit.Task(..., kaggle='NAME')")
    file, data = run.path / task.format.filename, Path(run.card.data)
    if not file.exists():
        raise KitError("the run has no submission yet", where=run.path, remedy=f"kit predict {run.name}")
    if not data.exists():
        warn(f"the contest's files are not at {data}: only the format is checked, not the ids")
    ids = answered_ids(task, data) if data.exists() else None
    more = partial(task.faults, data) if task.faults and data.exists() else None
    found = check(file, task.format, ids, find_faults=more)
    if not found.ok:
        raise refusal(file, found)
    return file


def _give_score(task: Task, found: Submission, known: ContestScore, left: int) -> None:
    """Write the score to the ledger and print it, or say how to get it later."""
    from kit.ledger.contest_scores import record_contest_score

    if found.status == "error":
        raise KitError("Kaggle could not score the submission", found=found.error, where=found.reference)
    scored = replace(known, public_score=found.public, private_score=found.private)
    if pending := found.status == "pending":
        next_step = kit_command("leaderboard", "fetch", task.name)
    else:
        record_contest_score(scored)
        next_step = kit_command("leaderboard", task.name)
    text = "Kaggle has not scored it yet" if pending else f"public score {score_text(found.public)}"
    give_result(
        {"submitted": scored, "status": found.status, "left_today": left},
        lambda: (info if pending else output)(text),
        next_steps=[next_step],
    )
