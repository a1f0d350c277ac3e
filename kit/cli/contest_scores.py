"""``kit leaderboard add`` and ``kit leaderboard fetch``: scores that the contest itself gave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kit.cli.names import RunName, TaskName
from kit.cli.result import give_result, kit_command
from kit.console import info
from kit.contract.task import Task
from kit.errors import KitError
from kit.wording import counted, score_text

if TYPE_CHECKING:
    from kit.boards.kaggle_client import Submission
    from kit.ledger.contest_scores import ContestScore


@click.command("add")
@click.argument("name", type=RunName(), metavar="RUN|FILE")
@click.option("--public", type=float, required=True, metavar="X", help="The public score.")
@click.option("--private", type=float, metavar="Y", help="The private score, once it is known.")
@click.option("--date", metavar="YYYY-MM-DD", help="The day of the submission; default: now.")
@click.option("--task", type=TaskName(), metavar="TASK", help="The task of a FILE that has not been recorded.")
@click.option("--note", metavar="TEXT", help="A note.")
def add(name: str, public: float, private: float | None, date: str | None, task: Task | None, note: str | None) -> None:
    """Write down a score that the contest gave to the submission of a run, or to a file.

    Adding it again replaces its scores. The file is kept, and its run and CV are found by its SHA-256.

    \b
    Example: kit leaderboard add latest --public 0.98257
    """
    from kit.files import sha256
    from kit.ledger.contest_scores import ContestScore, record_contest_score, reference_of
    from kit.ledger.recording import time_now

    file, run, cv, owner = _submission(name, task)
    digest = sha256(file)
    score = ContestScore(
        task=owner,
        reference=reference_of(owner, digest),
        time=date or time_now(),
        file=file.name,
        file_sha256=digest,
        run=run,
        cv_mean=cv,
        public_score=public,
        private_score=private,
        note=note,
    )
    record_contest_score(score, submission=file)
    give_result(
        {"added": score},
        lambda: info(f"added: {run or file.name}, public {score_text(public)}"),
        next_steps=[kit_command("leaderboard", owner)],
    )


def _submission(name: str, task: Task | None) -> tuple[Path, str | None, float | None, str]:
    """The file, run, CV and task of a RUN or FILE. Raises KitError for a file of which the task is not known."""
    from kit.cli.context import find_task
    from kit.files import sha256
    from kit.ledger.contest_scores import find_submission
    from kit.runs import find

    path = Path(name)
    if not path.is_file():
        run = find(name)
        file = run.path / find_task(run.task_name).format.filename
        if not file.exists():
            raise KitError("the run has no submission yet", where=run.path, remedy=f"kit predict {run.name}")
        summary = run.find_summary()
        return file, run.name, summary.mean if summary else None, run.task_name
    known = find_submission(task.name if task else "", sha256(path))
    if known is None and task is None:
        raise KitError("the file has not been recorded, so its task is not known", found=path, remedy="add --task TASK")
    return path, None, None, task.name if task else known.task if known else ""


@click.command("fetch")
@click.argument("task", metavar="TASK", type=TaskName())
def fetch(task: Task) -> None:
    """Read your submissions and their scores from Kaggle into the ledger.

    This needs Kaggle's official client (pip install 'contest-kit[kaggle]') and an account (kaggle auth login).

    \b
    Example: kit leaderboard fetch digit_recognizer
    """
    from kit.boards.kaggle_client import Kaggle
    from kit.ledger.contest_scores import contest_scores, record_contest_score

    if not task.kaggle:
        raise KitError(f"task {task.name!r} names no contest on Kaggle", expected="kit.Task(..., kaggle='NAME')")
    known = {score.reference: score for score in contest_scores(task.name)}
    found = [_contest_score(task, each) for each in Kaggle().submissions(task.kaggle)]
    new = [score for score in found if _is_news(score, known.get(score.reference))]
    for score in new:
        record_contest_score(score)
    give_result(
        {"task": task.name, "submissions": found, "new": len(new)},
        lambda: info(f"{counted(len(found), 'submission')} on Kaggle, {len(new)} of them new or with a new score"),
        next_steps=[kit_command("leaderboard", task.name)],
    )


def _contest_score(task: Task, submission: Submission) -> ContestScore:
    from kit.ledger.contest_scores import MARK, ContestScore, sha256_in

    return ContestScore(
        task=task.name,
        reference=submission.reference,
        time=submission.time,
        file=submission.file or None,
        file_sha256=sha256_in(submission.note),
        public_score=submission.public,
        private_score=submission.private,
        note=MARK.sub("", submission.note).strip() or None,
    )


def _is_news(score: ContestScore, known: ContestScore | None) -> bool:
    """Whether Kaggle says something that the ledger does not have."""
    scores = ("public_score", "private_score")
    return known is None or any(getattr(score, name) not in (None, getattr(known, name)) for name in scores)
