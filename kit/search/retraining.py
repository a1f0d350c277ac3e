"""The winner of a search, trained again: the best of many scores is better than the settings are."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optuna
from optuna.trial import TrialState

from kit.comparison import Difference, compare_runs, uses_of_held_out
from kit.console import info
from kit.contract.config import TrainConfig
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.files import submissions_dir
from kit.runs import Run
from kit.training.events import Events

WINNER, DEFAULT = "winner", "default"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Found:
    """What a search found. ``best`` is the score of the best trial, which is optimistic.

    ``winner`` and ``default`` are the scores of its settings and of those that the search began with, each on the same
    other seeds; ``difference`` compares the two sample by sample on the first of these.
    """

    study: str
    trials: int
    pruned: int
    failed: int
    params: Mapping[str, Any]
    best: float
    run: str | None
    winner: tuple[float, ...] = ()
    default: tuple[float, ...] = ()
    difference: Difference | None = None
    uses: int = 0
    """How many runs have been scored on the same training samples."""

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        return dataclasses.asdict(self)


def retrain(
    contest: ContestData,
    study: optuna.Study,
    seeds: int,
    train: Callable[[TrainConfig, Events, Run | None], Run],
) -> Found:
    """Train the best trial's settings and the default ones on ``seeds`` other seeds, which a search does once."""
    trials = study.get_trials(deepcopy=False)
    if not any(trial.state == TrialState.COMPLETE for trial in trials):
        reasons = [trial.user_attrs["error"] for trial in trials if "error" in trial.user_attrs]
        raise KitError("no trial of the search has a score", found=reasons[0] if reasons else None)
    best, base = study.best_trial, contest.config
    found = Found(
        study=study.study_name,
        trials=sum(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in trials),
        pruned=sum(trial.state == TrialState.PRUNED for trial in trials),
        failed=sum("error" in trial.user_attrs for trial in trials),
        params=best.params,
        best=study.best_value,
        run=best.user_attrs.get("run"),
    )
    winner = dataclasses.replace(base, **best.params)
    runs: dict[str, list[Run]] = {}
    for name, config in ((WINNER, winner), (DEFAULT, base)):
        runs[name] = [] if winner == base else [_again(study, name, config, k, train) for k in range(1, seeds + 1)]
    known = _run(contest.task.name, found.run)
    return dataclasses.replace(
        found,
        winner=_scores(runs[WINNER]),
        default=_scores(runs[DEFAULT]),
        difference=_difference(contest, runs),
        uses=uses_of_held_out(known) if known is not None else 0,
    )


def _again(
    study: optuna.Study,
    name: str,
    config: TrainConfig,
    step: int,
    train: Callable[[TrainConfig, Events, Run | None], Run],
) -> Run:
    """The run of these settings on another seed and other folds; one that is there is resumed or taken as it is."""
    own = dataclasses.replace(config, seed=config.seed + step, split_seed=-1)
    text = ",".join(f"{key}={value}" for key, value in sorted(dataclasses.asdict(own).items()))
    key = f"{name} {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    earlier = _run(study.study_name.rpartition("-")[0], study.user_attrs.get(key))
    if earlier is not None and earlier.find_summary() is not None:
        return earlier
    info(f"the {name}'s settings on seed {own.seed}")
    return train(own, Events(started=lambda run: study.set_user_attr(key, run.name)), earlier)


def _run(task: str, name: Any) -> Run | None:
    run = Run(submissions_dir() / task / name) if isinstance(name, str) else None
    return run if run is not None and (run.path / "card.json").exists() else None


def _scores(runs: Sequence[Run]) -> tuple[float, ...]:
    return tuple(run.summary.mean for run in runs if run.summary.mean is not None)


def _difference(contest: ContestData, runs: Mapping[str, Sequence[Run]]) -> Difference | None:
    if not runs[WINNER]:
        return None
    pair = [runs[DEFAULT][0], runs[WINNER][0]]
    return compare_runs(contest.task, pair, contest.samples("train")).differences[0]
