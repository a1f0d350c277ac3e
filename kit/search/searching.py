"""The search: trial after trial, each a run of its own; hopeless ones are stopped early."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import optuna
from optuna.trial import Trial, TrialState

from kit.console import info
from kit.contract.config import TrainConfig
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.files import submissions_dir
from kit.interruption import Interrupted
from kit.runs import EpochRecord, Run
from kit.runs.inputs import samples_digest
from kit.search.database import database_errors, is_shared, open_study
from kit.search.retraining import Found, retrain
from kit.search.space import Space, default_values
from kit.search.study import is_finished, mark_alive, next_trial, study_name
from kit.training.events import Events
from kit.wording import listed, score_text

Train = Callable[[TrainConfig, Events, Run | None], Run]
"""Trains a new run, or the one that is resumed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is searched: ``trials`` in all, for at most ``seconds`` in this process, and other seeds to retrain on.

    ``storage`` is the URL of a database to share; None: an SQLite file beside the runs.
    """

    trials: int
    seconds: float | None = None
    seeds: int = 2
    storage: str | None = None


class _Pruned(BaseException):
    """A trial is not worth its remaining epochs."""


def search(contest: ContestData, space: Space, plan: Plan, train: Train, events: Events) -> Found:
    """Search for settings with a better held-out score, and retrain the winner and the default on other seeds.

    The same search, begun again, goes on where it was: trials that were killed are resumed, no settings are tried
    twice. Raises KitError if no trial has a score.
    """
    config, task = contest.config, contest.task
    study = open_study(
        study_name(task.name, _facts(contest, space)),
        plan.storage,
        higher_is_better=task.metric.higher_is_better,
        warmup=max(1, config.epochs // 3),
    )
    info(f"search {study.study_name}: {', '.join(space)}; the same command goes on with it")
    try:
        with database_errors(study.study_name, plan.storage):
            return _searched(contest, study, space, plan, train, events)
    except Interrupted as stop:
        stop.message = "stopped; the same command goes on with the search"
        raise


def _searched(
    contest: ContestData, study: optuna.Study, space: Space, plan: Plan, train: Train, events: Events
) -> Found:
    """Train one trial after the other, then the winner again."""
    config, started = contest.config, time.monotonic()
    first = default_values(space, config)
    while plan.seconds is None or time.monotonic() - started < plan.seconds:
        trial = next_trial(study, space, plan.trials, config.seed, first, shared=is_shared(plan.storage))
        if trial is None:
            break
        _evaluate(contest, study, trial, train, events)
    return retrain(contest, study, plan.seeds if is_finished(study) else 0, train)


def _facts(contest: ContestData, space: Space) -> dict[str, Any]:
    """What makes two searches the same one."""
    ignored = {*space, "device", "workers", "precision", "deterministic", "channels_last"}
    fixed = {name: value for name, value in dataclasses.asdict(contest.config).items() if name not in ignored}
    return {"space": {**space}, "settings": fixed, "samples": samples_digest(contest.samples("train"))}


def _evaluate(contest: ContestData, study: optuna.Study, trial: Trial, train: Train, events: Events) -> None:
    """Train one trial and record its score, that it was stopped early, or why it failed."""
    values = listed([f"{name}={value}" for name, value in trial.params.items()], 20)
    info(f"trial {trial.number}: {values}")
    stopped = _run_of(contest.task.name, trial)
    known = study.get_trials(deepcopy=False)[trial.number].intermediate_values
    watch = _Watch(trial, contest.config.epochs, events, known)
    try:
        if stopped is not None:
            watch.replay(stopped.epochs())
        config = dataclasses.replace(contest.config, **trial.params)
        score = train(config, watch.events, stopped).summary.mean
        if score is None:
            raise KitError("the metric has no value on the held-out samples")
    except _Pruned:
        study.tell(trial, state=TrialState.PRUNED)
        info(f"trial {trial.number}: stopped early, worse than most at this epoch")
    except KitError as error:
        trial.set_user_attr("error", str(error))
        study.tell(trial, state=TrialState.FAIL)
        info(f"trial {trial.number}: failed: {error.message}")
    else:
        study.tell(trial, score)
        info(f"trial {trial.number}: {score_text(score)}; best so far {score_text(study.best_value)}")


def _run_of(task: str, trial: Trial) -> Run | None:
    """The run that a killed process began for this trial."""
    name = trial.user_attrs.get("run")
    run = Run(submissions_dir() / task / name) if isinstance(name, str) else None
    return run if run is not None and (run.path / "card.json").exists() else None


class _Watch:
    """Reports a trial's held-out score after each epoch: the mean over the folds, the present one included.

    ``known`` are the steps that were reported before the trial was killed.
    """

    def __init__(self, trial: Trial, epochs: int, events: Events, known: Iterable[int] = ()) -> None:
        self._trial, self._epochs, self._outer = trial, epochs, events
        self._scores: dict[str, float] = {}
        self._known = set(known)
        self.events = dataclasses.replace(events, started=self._started, epoch_ended=self._epoch_ended)

    def replay(self, records: list[EpochRecord]) -> None:
        """Take note of the epochs before the trial was killed."""
        for record in records:
            self._report(record.fold, record.epoch, record.valid_score)

    def _started(self, run: Run) -> None:
        self._trial.set_user_attr("run", run.name)
        self._outer.started(run)

    def _epoch_ended(self, run: Run, fold: int, epoch: int, metrics: Mapping[str, Any]) -> None:
        self._outer.epoch_ended(run, fold, epoch, metrics)
        mark_alive(self._trial)
        self._report(metrics["fold"], epoch, metrics.get("valid_score"))

    def _report(self, fold: str, epoch: int, score: float | None) -> None:
        if score is None:
            return
        self._scores[fold] = score
        step = (len(self._scores) - 1) * self._epochs + epoch
        if step not in self._known:
            self._trial.report(float(np.mean(list(self._scores.values()))), step)
        if self._trial.should_prune():
            raise _Pruned
