"""Optuna's study of a search: its trials in a database, each begun once whatever stops or runs beside it.

A trial's suggestion depends on the search's seed, the trial's number and the trials before, so that a search which was
killed and resumed is the same as one which was not.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages.journal import JournalFileOpenLock
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from kit.errors import KitError
from kit.files import submissions_dir
from kit.files.writing import HOST
from kit.processes import is_alive
from kit.search.space import Space, Span, combinations

DONE = (TrialState.COMPLETE, TrialState.PRUNED)


def open_study(name: str, storage: str | None, *, higher_is_better: bool, warmup: int) -> optuna.Study:
    """Open the study of this name or begin it; by default in an SQLite file beside the runs."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with _turn(name):  # two processes that begin at once make the tables once
        return optuna.create_study(
            storage=_database(name, storage),
            study_name=name,
            direction="maximize" if higher_is_better else "minimize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=warmup),
        )


def load_study(name: str, storage: str | None) -> optuna.Study:
    """The study of this name, which is there."""
    return optuna.load_study(study_name=name, storage=_database(name, storage))


def _database(name: str, storage: str | None) -> optuna.storages.RDBStorage:
    url = storage or f"sqlite:///{study_file(name, '.db')}"
    options = {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else {"pool_pre_ping": True}
    try:
        return optuna.storages.RDBStorage(url, engine_kwargs=options)
    except (SQLAlchemyError, ImportError) as error:
        raise KitError(
            "the database of the search cannot be used", found=error, where=url.partition("://")[0]
        ) from None


def study_file(name: str, suffix: str) -> Path:
    """A file of the search in the folder of runs."""
    folder = submissions_dir() / "searches"
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / f"{name}{suffix}").resolve()


def study_name(task: str, facts: Mapping[str, Any]) -> str:
    """A name that the same search has again: a hash of what it searches, on which samples."""
    text = json.dumps(facts, sort_keys=True, default=str)
    return f"{task}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def next_trial(study: optuna.Study, space: Space, trials: int, seed: int, first: Mapping[str, Any] | None) -> Any:
    """A trial that a killed process left, else a new one; None if there are ``trials``, or the space is searched.

    ``first`` are the values of the first trial, None for any.
    """
    with _turn(study.study_name):
        known = study.get_trials(deepcopy=False)
        for trial in known:
            if trial.state == TrialState.RUNNING and not _is_at_work(trial):
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
    return trial


def _is_at_work(trial: FrozenTrial) -> bool:
    """Whether the trial's process still runs; of another machine that cannot be known, and it counts as running."""
    host, pid = trial.user_attrs.get("owner", (HOST, 0))
    return host != HOST or (pid != os.getpid() and is_alive(pid))


def _counts(trial: FrozenTrial) -> bool:
    """Whether a trial is one of those that were asked for: not a repeated suggestion, nor one that waits."""
    return trial.state in (*DONE, TrialState.RUNNING) or "error" in trial.user_attrs


@contextmanager
def _turn(name: str) -> Iterator[None]:
    """One process of this machine at a time asks for a trial."""
    lock = JournalFileOpenLock(str(study_file(name, "")))
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


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
