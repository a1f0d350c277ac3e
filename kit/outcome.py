"""The last steps: predictions of the test part to a submission that is checked, scored, recorded and ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kit.data.contest import ContestData
from kit.prediction.outputs import output_folder
from kit.runs import Run

if TYPE_CHECKING:
    from kit.boards import Standing
    from kit.scoring import Score
    from kit.submission import Check


@dataclass(frozen=True)
class Outcome:
    """The results of a run: its folder, the submission with its check, and its score, standing and report if any."""

    run: Run
    submission: Path
    check: Check
    score: Score | None = None
    standing: Standing | None = None
    report: Path | None = None


def submit(
    contest: ContestData,
    run: Run,
    values: Sequence[np.ndarray],
    tuned: Mapping[str, Any],
    *,
    output: Path | None = None,
    masks: Path | None = None,
    tta: bool = False,
) -> Outcome:
    """Keep the predictions of the test part, write the submission and check it, then score, record and rank it.

    ``tta``: whether the predictions are averages over views; a run's card notes it for its own submission.
    """
    from kit.boards import held_out_as_score, record_run, standing
    from kit.prediction import store
    from kit.prediction.writing import write_masks, write_predictions
    from kit.scoring import score_for
    from kit.submission import expected_ids

    task, samples = contest.task, contest.samples("test")
    home = output_folder(run, contest)
    store.write(home.predictions, "test", store.Predictions([sample.id for sample in samples], values))
    file = output or home.path / task.format.filename
    check = write_predictions(task, samples, values, tuned, expected_ids(task, contest.visible, samples), file)
    home.write_check(check)
    if home.path == run.path and not run.is_blend:
        _note_views(run, tta)
    if masks is not None:
        write_masks(task, samples, values, tuned, masks)
    answered = score_for(task, file, contest.folder)
    scored = answered or held_out_as_score(task, run, file, check.rows)
    if scored is None:
        return Outcome(run, file, check)
    record_run(scored, run, file)
    rank = standing(task, scored)
    if answered:
        home.write_score(answered, rank)
    return Outcome(run, file, check, answered, rank)


def _note_views(run: Run, tta: bool) -> None:
    """Write on the card how the run's own submission was predicted, which a repetition needs."""
    card = run.card
    if card.tta != tta and (tta or card.tta is not None or "--tta" in card.command):
        run.write_card(replace(card, tta=tta))
