"""Findings about the answers beside the data: scoring would otherwise fail on them after the training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit.auditing.reasons import reason_of
from kit.auditing.statistics import PartStatistics
from kit.contract.report import Finding
from kit.contract.task import Task
from kit.errors import KitError
from kit.wording import counted, listed


def answer_findings(task: Task, folder: Path, test: PartStatistics | None) -> Iterator[Finding]:
    """Answers that cannot be read, that lack ids of the test part, or that have other ids.

    Tables that the task reads itself are left to the task's own audit.
    """
    path = (folder if folder.is_dir() else folder.parent) / task.answers
    if task.read_answers is not None or not path.exists():
        return
    from kit.scoring.answers import read_answers
    from kit.submission import expected_ids

    remedy = f"repair or remove {path}; without answers the held-out score ranks the submission"
    try:
        answered = read_answers(task, path).ids
        expected = expected_ids(task, folder, test.samples if test else ())
    except KitError as error:
        yield Finding("error", "unreadable answers", task.answers, reason_of(error), remedy)
        return
    if test is None:
        return
    missing = sorted(set(expected) - set(answered)) if task.format.one_row_per_id else []
    if missing:
        message = f"{counted(len(missing), 'id')} of the test part without an answer: {listed(missing)}"
        yield Finding("error", "missing answers", task.answers, message, remedy)
    unknown = sorted(set(answered) - set(expected))
    if unknown:
        message = f"{counted(len(unknown), 'answer')} for ids that the test part does not have: {listed(unknown)}"
        yield Finding("error", "unknown answers", task.answers, message, remedy)
