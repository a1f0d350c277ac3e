"""Answers beside the data are checked before the training that their score is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.auditing import audit
from kit.contract.report import Finding
from kit.contract.task import Task


def errors(task: Task, folder: Path) -> list[Finding]:
    return [finding for finding in audit(task, folder) if finding.level == "error"]


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (lambda lines: lines[:-3], "missing answers", "3 ids of the test part without an answer: 18, 19, 20"),
        (lambda lines: [*lines, "21,0"], "unknown answers", "1 answer for ids that the test part does not have: 21"),
        (lambda lines: [*lines[:-1], "20,7"], "unreadable answers", "not a perfect submission"),
        (lambda lines: lines[:1], "unreadable answers", "empty"),
    ],
)
def test_answers_that_do_not_fit_the_test_part_are_an_error(
    toy: Task, toy_folder: Path, change: object, kind: str, words: str
) -> None:
    path = toy_folder / "answers.csv"
    assert callable(change)
    path.write_text("\n".join(change(path.read_text().split())) + "\n")
    (finding,) = errors(toy, toy_folder)
    assert (finding.kind, finding.where) == (kind, "answers.csv")
    assert words in finding.message
    assert str(path) in finding.remedy


def test_sound_answers_and_missing_ones_are_not_reported(toy: Task, toy_folder: Path) -> None:
    assert errors(toy, toy_folder) == []
    (toy_folder / "answers.csv").unlink()
    assert errors(toy, toy_folder) == []
