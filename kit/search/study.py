"""Optuna's study of a search: its trials in a database, each begun once whatever stops or runs beside it.

A trial's suggestion depends on the search's seed, the trial's number and the trials before, so that a search which was
killed and resumed is the same as one which was not.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, Trial, TrialState

from kit.files.writing import HOST
from kit.processes import is_alive
from kit.runs.activity import QUIET
from kit.search.database import turn
from kit.search.space import Space, Span, combinations

DONE = (TrialState.COMPLETE, TrialState.PRUNED)
UNCLAIMED = 60  # seconds after which a trial that no process has claimed was left by one that was killed


def study_name(task: str, facts: Mapping[str, Any]) -> str:
    """A name that the same search has again: a hash of what it searches, on which samples."""
    text = json.dumps(facts, sort_keys=True, default=str)
    return f"{task}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def next_trial(
    study: optuna.Study,
    space: Space,
    trials: int,
    seed: int,
    first: Mapping[str, Any] | None,
    *,
    shared: bool = False,
) -> Any:
    """A trial that a killed process left, else a new one; None if there are ``trials``, or the space is searched.

    ``first`` are the values of the first trial, None for any; ``shared``: whether other machines search too.
    """
    with turn(study.study_name):
        known = study.get_trials(deepcopy=False)
        for trial in known:
            if trial.state == TrialState.RUNNING and not _is_at_work(trial, shared=shared):
                return _claimed(Trial(study, trial._trial_id))
        if sum(_counts(trial) for trial in known) >= trials:
            return None
        if first is not None and not known:
            study.enqueue_trial(dict(first))
        return _new_trial(study, space, seed)


def _new_trial(study: optuna.Study, space: Space, seed: int) -> Trial | None:
    """Ask for settings that have not been tried; instead of a repeated suggestion any others are taken."""
    trials = study.get_trials(deepcopy=False)
    earlier = [trial.params for trial in trials if trial.params]
    rest = [values for values in combinations(space) if values not in earlier]
    if not rest and combinations(space):
        return None
    own_seed = seed + 7919 * len(trials)
    study.sampler = optuna.samplers.TPESampler(seed=own_seed, n_startup_trials=8)
    trial = study.ask(_distributions(space))
    if trial.params in earlier:
        trial.set_user_attr("repeated", True)
        study.tell(trial, state=TrialState.FAIL)
        if not rest:  # a space too large to list: another suggestion
            return _new_trial(study, space, seed)
        study.enqueue_trial(rest[int(np.random.default_rng(own_seed).integers(len(rest)))])
        trial = study.ask(_distributions(space))
    return _claimed(trial)


def is_finished(study: optuna.Study) -> bool:
    """Whether no process is at a trial."""
    return not any(trial.state == TrialState.RUNNING for trial in study.get_trials(deepcopy=False))


def _claimed(trial: Trial) -> Trial:
    trial.set_user_attr("owner", [HOST, os.getpid()])
    mark_alive(trial)
    return trial


def mark_alive(trial: Trial) -> None:
    """Note the time, by which other machines see that the trial is being trained."""
    trial.set_user_attr("alive", time.time())


def _is_at_work(trial: FrozenTrial, *, shared: bool) -> bool:
    """Whether the trial's process still runs; of another machine that is a guess from the time of its last epoch.

    ``shared``: whether other machines may have begun the trial. On one machine a trial is claimed in the turn in which
    it is begun, so that one without an owner was left by a process that was killed in between.
    """
    if "owner" not in trial.user_attrs:
        begun = trial.datetime_start.timestamp() if trial.datetime_start else 0.0
        return shared and time.time() - begun < UNCLAIMED
    host, pid = trial.user_attrs["owner"]
    if host != HOST:
        return bool(time.time() - trial.user_attrs.get("alive", 0.0) < QUIET)
    return pid != os.getpid() and is_alive(pid)


def _counts(trial: FrozenTrial) -> bool:
    """Whether a trial is one of those that were asked for: not a repeated suggestion, nor one that waits."""
    return trial.state in (*DONE, TrialState.RUNNING) or "error" in trial.user_attrs


def _distributions(space: Space) -> dict[str, BaseDistribution]:
    found: dict[str, BaseDistribution] = {}
    for name, values in space.items():
        if not isinstance(values, Span):
            found[name] = CategoricalDistribution(values.values)
        elif values.whole:
            found[name] = IntDistribution(int(values.low), int(values.high), log=values.logarithmic)
        else:
            found[name] = FloatDistribution(values.low, values.high, log=values.logarithmic)
    return found


@dataclass(frozen=True)
class Attempt:
    """A trial for a page: settings, score, run or error; its state is Optuna's in lower case, such as ``pruned``."""

    number: int
    state: str
    params: Mapping[str, Any]
    score: float | None
    run: str | None
    error: str | None


def attempts(study: optuna.Study) -> list[Attempt]:
    """The trials of a study, without suggestions that repeated earlier ones; numbered from 0."""
    found = [trial for trial in study.get_trials(deepcopy=False) if "repeated" not in trial.user_attrs]
    return [
        Attempt(
            number,
            trial.state.name.lower(),
            trial.params,
            trial.value if trial.state == TrialState.COMPLETE else None,
            trial.user_attrs.get("run"),
            trial.user_attrs.get("error"),
        )
        for number, trial in enumerate(found)
    ]


def importance(study: optuna.Study) -> dict[str, float]:
    """The fraction of the scores' variance that each setting explains; empty for too few or equal scores."""
    scores = {trial.value for trial in study.get_trials(deepcopy=False) if trial.state == TrialState.COMPLETE}
    if len(scores) < 3:
        return {}
    try:
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
        return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))
    except (ValueError, RuntimeError):  # a setting with one value in all trials
        return {}
