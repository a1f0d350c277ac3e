"""The learning rate as a function of the epoch, the configuration and the epochs before: no state need be kept."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.errors import KitError
from kit.runs import EpochRecord

START = 1 / 25  # of the peak: where a one-cycle schedule begins (Smith & Topin, arXiv 1708.07120)
END = 1e-4  # of the peak: where annealing ends


def learning_rate(epoch: float, task: Task, config: TrainConfig, history: Sequence[EpochRecord]) -> float:
    """The learning rate after ``epoch`` epochs (a fraction within one); ``history`` holds the whole ones."""
    if config.schedule == "task":
        return _own(epoch, task, config)
    if config.schedule == "plateau":
        return plateau(config, history, higher_is_better=task.metric.higher_is_better)
    done = min(max(epoch / config.epochs, 0.0), 1.0)
    if config.schedule == "constant":
        return config.learning_rate
    if config.schedule == "cosine":
        return config.learning_rate * _cosine(1.0, END, done)
    if done < config.warmup:
        return config.learning_rate * _cosine(START, 1.0, done / config.warmup)
    return config.learning_rate * _cosine(1.0, END, (done - config.warmup) / max(1 - config.warmup, 1e-9))


def plateau(config: TrainConfig, history: Sequence[EpochRecord], *, higher_is_better: bool) -> float:
    """The rate, lowered whenever the held-out score has not been better for ``plateau_patience`` validated epochs.

    Where nothing is held out, the training loss stands for the score.
    """
    sign = 1 if higher_is_better else -1
    values = [sign * record.valid_score for record in history if record.valid_score is not None]
    if not values and not any(record.valid_loss is not None for record in history):
        values = [-record.train_loss for record in history]
    rate, best, waited = config.learning_rate, -math.inf, 0
    for value in values:
        best, waited = (value, 0) if value > best else (best, waited + 1)
        if waited >= config.plateau_patience:
            rate, waited = max(rate * config.plateau_factor, min(config.plateau_floor, rate)), 0
    return rate


def _own(epoch: float, task: Task, config: TrainConfig) -> float:
    if task.schedule is None:
        raise KitError(f"task {task.name!r} has no schedule of its own", remedy="--set schedule=one_cycle")
    rate = float(task.schedule(epoch, config))
    if not (math.isfinite(rate) and rate >= 0):
        raise KitError(f"the schedule of task {task.name!r} gave no learning rate", found=rate)
    return rate


def _cosine(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2
