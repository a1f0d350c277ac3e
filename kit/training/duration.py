"""How long a training will take, from an earlier run of the same model on the same samples or from its first epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kit.console import info
from kit.contract.config import TrainConfig
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.runs import Run, every_run
from kit.runs.inputs import samples_digest
from kit.training.events import Events


def announce(contest: ContestData, folds: int, seeds: int, events: Events) -> Events:
    """Print how long the training of all folds and seeds will take; without an earlier run, after the first epoch.

    Returns the events to train with.
    """
    config = contest.config
    epochs = folds * seeds * config.epochs
    planned = f"{folds} x {seeds} x {config.epochs} epochs (folds, seeds, epochs)"
    earlier = _seconds_per_epoch(contest)
    if earlier is not None:
        seconds, run = earlier
        info(f"{planned}: about {in_words(epochs * seconds)} of training, as {run.name} took {seconds:.1f} s an epoch")
        return events
    info(f"{planned}: no earlier run of this model on these samples tells how long; the first epoch will")
    told: list[float] = []

    def epoch_ended(run: Run, fold: int, epoch: int, metrics: Mapping[str, Any]) -> None:
        if not told:
            told.append(float(metrics["seconds"]))
            info(f"about {in_words((epochs - 1) * told[0])} of training are left")
        events.epoch_ended(run, fold, epoch, metrics)

    return replace(events, epoch_ended=epoch_ended)


def in_words(seconds: float) -> str:
    """Seconds in the unit that suits them.

    >>> in_words(4.2), in_words(150), in_words(9000)
    ('4 s', '2.5 min', '2.5 h')
    """
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


def _seconds_per_epoch(contest: ContestData) -> tuple[float, Run] | None:
    """The seconds of an epoch of this configuration by the newest run that knows them, and that run."""
    config, digest = contest.config, samples_digest(contest.samples("train"))
    for run in reversed(every_run(contest.task.name)):
        try:
            if run.is_blend or run.card.samples != digest or run.config.get("model") != config.model:
                continue
            epochs = run.epochs()
            before = replace(config, **{name: run.config[name] for name in ("folds", "valid_fraction")})
        except (KitError, KeyError):
            continue  # a damaged run knows nothing
        if epochs:
            seconds = sum(record.seconds for record in epochs) / len(epochs)
            return seconds * _trained_fraction(config) / _trained_fraction(before), run
    return None


def _trained_fraction(config: TrainConfig) -> float:
    """The fraction of the samples that a fold trains on; all of them for named folds, whose sizes are not known."""
    if not isinstance(config.folds, int) or config.folds == 0:
        return 1.0
    return 1 - (config.valid_fraction if config.folds == 1 else 1 / config.folds)
