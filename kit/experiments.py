"""Questions that take several runs: which model, which settings, and how much of a score is the seed's."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.console import info
from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.interruption import Interrupted
from kit.outcome import Outcome
from kit.pipeline import (
    average_runs,
    predict_and_submit,
    require_something_to_predict,
    submit_held_out,
    train_with,
)
from kit.prediction.ensemble import require_views
from kit.runs import Run, distinct
from kit.training.events import Events

if TYPE_CHECKING:
    from kit.comparison import Comparison
    from kit.search import Found, Plan, Space


@dataclass(frozen=True)
class Compared:
    """A model of ``kit compare``: its held-out scores, its size and what its training took."""

    model: str
    score: float | None
    spread: float | None
    details: Mapping[str, Any]
    folds: int
    epochs: int
    parameters: int | None
    seconds: float
    run: str

    @staticmethod
    def of(run: Run, model: str, seconds: float) -> Compared:
        """The row of a trained run."""
        from kit.models.size import parameter_count

        summary = run.summary
        epochs = max(fold.epoch for fold in summary.folds)
        parameters = parameter_count(run.fold(summary.folds[0].fold))
        scores = summary.mean, summary.spread, summary.details, len(summary.folds)
        return Compared(model, *scores, epochs, parameters, round(seconds, 1), run.name)


def run_seeds(task: Task, data: Path, config: TrainConfig, events: Events, seeds: int, *, tta: bool = False) -> Outcome:
    """Do everything with the average of ``seeds`` runs, which train on the same folds from different seeds."""
    from kit.auditing import audit_contest, require_fit
    from kit.report import gather, report

    if tta:
        require_views(task)
    with ContestData(task, data, config) as contest:
        findings = audit_contest(contest)
        require_fit(findings, remedy=f"kit audit {task.name} --data {data}")
        require_something_to_predict(contest)
        runs = _train_seeds(contest, events, seeds)
        if len(contest.read("test")):
            outcome = predict_and_submit(contest, runs, tta=tta)
        else:
            outcome = submit_held_out(contest, average_runs(contest, runs, tta=False))
        outcome.run.write_findings(findings)
        samples = contest.samples("train")
        evidence, missing = gather(task, outcome.run, samples)
        return replace(outcome, report=report(task, outcome.run.path, evidence, missing=missing, samples=samples))


def train_seeds(task: Task, data: Path, config: TrainConfig, events: Events, seeds: int) -> tuple[Run, list[Run]]:
    """Train ``seeds`` runs on the same folds from different seeds; return their average and the runs."""
    with ContestData(task, data, config) as contest:
        runs = _train_seeds(contest, events, seeds)
        return average_runs(contest, runs, tta=False), runs


def _train_seeds(contest: ContestData, events: Events, seeds: int) -> list[Run]:
    from kit.data.folds import folds, split_seed
    from kit.training.duration import announce
    from kit.training.time_left import further_runs

    config = contest.config
    count = len(folds(contest.samples("train"), config, contest.task.strata, contest.task.split))
    told, kept = announce(contest, count, seeds, events), split_seed(config)
    every = [replace(config, seed=seed, split_seed=kept) for seed in range(config.seed, config.seed + seeds)]
    runs = []
    for position, each in enumerate(every, start=1):
        with further_runs(seeds - position):
            runs.append(train_with(contest, each, told))
    return runs


def require_optuna() -> None:
    """Raise KitError where the library that searches is not installed."""
    if importlib.util.find_spec("optuna") is None:
        raise KitError("Optuna is not installed", remedy="pip install 'contest-kit[tune]'")


def search_settings(
    task: Task, data: Path, config: TrainConfig, events: Events, space: Space, plan: Plan
) -> tuple[Found, Path]:
    """Search for better settings; return what was found and the page that shows it."""
    from kit.report.search_page import write_search_page
    from kit.search import search

    if config.folds == 0:
        raise KitError("settings cannot be searched without held-out samples", remedy="--folds 1")
    with ContestData(task, data, config) as contest:
        found = search(contest, space, plan, partial(train_with, contest), events)
    return found, write_search_page(task, found, plan.storage)


def compare_trained(task: Task, runs: Sequence[Run], data: Path | None = None) -> Comparison:
    """Compare runs that exist sample by sample; without ``data``, on those of the first."""
    from kit.comparison import compare_runs
    from kit.comparison.paired import refuse_other_samples

    found = distinct(runs)
    if len(found) < 2:
        named = ", ".join(run.name for run in found)
        raise KitError("there is nothing to compare", expected="two runs or more, or a task and models", found=named)
    with ContestData(task, data or Path(found[0].card.data), task.config) as contest:
        samples = contest.samples("train")
        refuse_other_samples(found, samples, contest.folder)
        return compare_runs(task, found, samples)


def run_variants(
    configs: Mapping[str, TrainConfig], run: Callable[[TrainConfig, Events], Run], events: Events
) -> list[Run]:
    """Run each named configuration on the folds of the first; a run's card holds the name.

    ``run`` does what is wanted with a configuration. Raises KitError for configurations that hold nothing out. After an
    interruption the finished runs can be compared.
    """
    from kit.data.folds import split_seed

    first = next(iter(configs.values()))
    if first.folds == 0:
        raise KitError("variants cannot be compared without held-out samples", remedy="--folds 1")
    finished: list[Run] = []
    for name, config in configs.items():
        info(f"variant {name} ({len(finished) + 1} of {len(configs)})")
        named = replace(events, started=partial(_name_variant, name, events))
        try:
            finished.append(run(replace(config, split_seed=split_seed(first)), named))
        except Interrupted as stop:
            done = " ".join(each.name for each in finished)
            stop.message += f"; in variant {name}" + (f"; finished: kit compare {done}" if done else "")
            raise
    return finished


def _name_variant(name: str, events: Events, run: Run) -> None:
    run.write_card(replace(run.card, variant=name))
    events.started(run)


def model_configs(task: Task, names: Sequence[str], configure: Callable[[str], TrainConfig]) -> list[TrainConfig]:
    """The configuration of each model, named once. Raises KitError for an unknown model and for none."""
    if not names:
        raise KitError("no model is named", expected="A,B,... or all", remedy=f"kit show {task.name}")
    return [configure(task.model(name)[0]) for name in dict.fromkeys(names)]


def compare_models(task: Task, data: Path, configs: Sequence[TrainConfig], events: Events) -> list[Compared]:
    """Train each configuration on the same samples; the best held-out score comes first."""
    if configs[0].folds == 0:
        raise KitError("models cannot be compared without held-out samples", remedy="--folds 5")
    rows = []
    with ContestData(task, data, configs[0]) as contest:
        for config in configs:
            started = time.perf_counter()
            run = train_with(contest, config, events)
            rows.append(Compared.of(run, config.model, time.perf_counter() - started))
    sign = -1 if task.metric.higher_is_better else 1
    return sorted(rows, key=lambda row: (row.score is None, sign * (row.score or 0)))
