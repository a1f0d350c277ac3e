"""The blend of several runs: chosen on held-out predictions, scored on samples that the choice has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.blending import choosing
from kit.blending.combinations import Combination, Values, as_array, take
from kit.blending.members import require_finite
from kit.comparison.comparing import significance
from kit.comparison.paired import Paired, paired
from kit.comparison.uses import uses_of_held_out
from kit.contract.sample import Sample, groups_of
from kit.contract.task import Task
from kit.errors import KitError
from kit.files import json_safe
from kit.runs import Run
from kit.scoring import HeldOutScorer, fit_tuned
from kit.wording import counted

METHODS = {
    "greedy": choosing.greedy,
    "mean": choosing.mean,
    "rank": choosing.rank,
    "weights": choosing.weights,
    "stack": choosing.stack,
}
WITHOUT_LABELS = ("mean", "rank")
"""Methods that choose nothing by the labels, so that every sample may be combined at once."""
ROUNDING = 1e-6
"""The part of a score below which a gain is that of rounded numbers."""
PARTS = 5
"""Parts of the held-out samples; the combination of each is chosen on the others."""


@dataclass(frozen=True)
class Blended:
    """A blend with its honest score.

    ``nested`` is the score of the combinations that were chosen without the samples that they combine; ``gain`` is
    ``nested`` less the score of the best member, positive if better, with its 95% ``interval``.
    """

    method: str
    members: tuple[str, ...]
    scores: tuple[float, ...]
    best: int
    mean: float
    chosen: float
    nested: float
    gain: float
    interval: tuple[float, float] | None
    p: float | None
    test: str
    combination: Combination
    values: Sequence[np.ndarray]
    """The held-out predictions of the nested combinations, in the order of ``samples``."""
    samples: Sequence[Sample]
    correlation: np.ndarray
    """Of the members' errors (M, M)."""
    uses: int
    """How many runs have been scored on the same training samples (:func:`kit.comparison.uses_of_held_out`)."""

    @property
    def helps(self) -> bool:
        """Whether the blend is better than its best member, by more than the rounding of its predictions."""
        return self.gain > ROUNDING * abs(self.scores[self.best])

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        weights = self.combination.weights()
        return {
            "method": self.method,
            "members": [
                {"run": name, "score": score, "weight": None if weights is None else weights[k]}
                for k, (name, score) in enumerate(zip(self.members, self.scores, strict=True))
            ],
            "best": self.members[self.best],
            "mean": self.mean,
            "chosen": self.chosen,
            "nested": self.nested,
            "gain": self.gain,
            "interval": list(self.interval) if self.interval else None,
            "p": self.p,
            "test": self.test,
            "samples": len(self.samples),
            "uses": self.uses,
            "correlation": json_safe(np.round(self.correlation, 4)),
        }


def choose_blend(task: Task, runs: Sequence[Run], samples: Sequence[Sample], method: str = "greedy") -> Blended:
    """Choose the combination of runs on the samples that all of them held out, and score it honestly.

    Raises KitError for fewer than two runs, runs of other data, methods that do not fit the predictions, and where the
    metric has no value on these samples.
    """
    if len(runs) < 2:
        raise KitError("a blend needs at least two runs", found=", ".join(run.name for run in runs))
    joined = paired(task, runs, samples)
    for run, member in zip(runs, joined.values, strict=True):
        require_finite(task, run, [sample.id for sample in joined.samples], member)
    values, held = as_array(task, joined.values), joined.samples
    sign = 1 if task.metric.higher_is_better else -1
    score = HeldOutScorer(task, held).tuned_score
    scores = [score(each) for each in values]
    if not np.isfinite(scores).all():
        raise KitError(
            f"the metric {task.metric.name} has no value on the samples that all runs held out",
            found=counted(len(held), "sample"),
            remedy=f"kit train {task.name} --folds 5",
        )
    best = int(np.argmax([sign * score for score in scores]))
    combination = METHODS[method](task, values, held)
    nested = combination.apply(values) if method in WITHOUT_LABELS else _nested(task, values, held, method)
    compared = [list(values[best]), list(nested)]
    pair = Paired(task, held, compared, [fit_tuned(task, held, each, task.config) for each in compared])
    interval, p, test = significance(pair, 1)
    if interval is not None and sign < 0:
        interval = 0.0 - interval[1], 0.0 - interval[0]
    found = score(nested)
    return Blended(
        method=method,
        members=tuple(run.name for run in runs),
        scores=tuple(scores),
        best=best,
        mean=score(choosing.mean(task, values, held).apply(values)),
        chosen=score(combination.apply(values)),
        nested=found,
        gain=sign * (found - scores[best]) + 0.0,  # never -0.0
        interval=interval,
        p=p,
        test=test,
        combination=combination,
        values=list(nested),
        samples=held,
        correlation=_correlation(joined),
        uses=uses_of_held_out(runs[0]),
    )


def _nested(task: Task, values: Values, samples: Sequence[Sample], method: str) -> list[np.ndarray]:
    """The held-out predictions, each by the combination that was chosen on the samples of the other parts."""
    found = [np.zeros(0)] * len(samples)
    for rows in _parts(samples):
        others = np.setdiff1d(np.arange(len(samples)), rows)
        combination = METHODS[method](task, take(values, others), [samples[i] for i in others])
        for row, value in zip(rows, combination.apply(take(values, rows)), strict=True):
            found[row] = value
    return found


def _parts(samples: Sequence[Sample]) -> list[np.ndarray]:
    """Positions of each part; no group is divided."""
    from sklearn.model_selection import GroupKFold

    groups = groups_of(samples)
    count = min(PARTS, len(set(groups)))
    if count < 2:
        raise KitError(
            "a blend needs held-out samples of at least two groups", found=count, remedy="kit train --folds 5"
        )
    splitter = GroupKFold(count, shuffle=True, random_state=0)
    return [valid for _, valid in splitter.split(groups, groups=groups)]


def _correlation(joined: Paired) -> np.ndarray:
    """Of the members' errors: how far each prediction is from the label, where that is a class or numbers."""
    errors = []
    for member in joined.values:
        row = []
        for sample, prediction in zip(joined.samples, member, strict=True):
            label, vector = np.asarray(sample.y), np.ravel(prediction)
            if label.ndim == 0 and label.dtype.kind in "iub" and len(vector) > int(label):
                row.append(1 - float(vector[int(label)]) if len(vector) > 1 else abs(float(label) - float(vector[0])))
            elif label.shape == vector.shape or (label.ndim == 0 and len(vector) == 1):
                row.append(float(np.abs(vector - label).mean()))
            else:
                return np.full((len(joined.values),) * 2, np.nan)
        errors.append(row)
    with np.errstate(invalid="ignore"):
        return np.atleast_2d(np.corrcoef(errors))
