"""A run's submission in the ledger: recorded with its settings, and ranked by held-out samples without answers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from kit.contract.task import Task
from kit.files import sha256
from kit.ledger import HELD_OUT, record

if TYPE_CHECKING:  # ranking must not load what scoring needs
    from kit.runs import Run
    from kit.scoring import Score


def held_out_as_score(task: Task, run: Run, file: Path, rows: int) -> Score | None:
    """The mean of the folds as a submission's score; None for an average of runs, which has none.

    Such scores are comparable among runs on the same files: their hash stands where that of the answers does.
    """
    from kit.scoring import Score

    summary = run.find_summary()
    if summary is None or summary.mean is None:
        return None
    return Score(
        task=task.name,
        metric=task.metric.name,
        score=summary.mean,
        higher_is_better=task.metric.higher_is_better,
        interval=None,
        rows=rows,
        details={},
        file=file.name,
        file_sha256=sha256(file),
        answers_sha256=held_out_key(run),
        public=summary.mean,
    )


def held_out_key(run: Run) -> str:
    """The key that replaces the answers' hash for a score on the training part: the hash of the run's files."""
    inputs = [{"path": file.path, "bytes": file.bytes, "sha256": file.sha256} for file in run.card.inputs]
    return HELD_OUT + hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def record_run(score: Score, run: Run, file: Path) -> None:
    """Add the submission of a run to the ledger, with the run's settings and held-out scores."""
    summary = run.find_summary()
    record(
        score,
        run=run.name,
        config=None if run.is_blend else run.config,
        cv_mean=summary.mean if summary else None,
        cv_spread=summary.spread if summary else None,
        submission=file,
        parents=run.card.blend,
        command=run.card.command,
    )
