"""The state of a network in training, kept after each epoch, so that a killed run is resumed to the same bytes.

Randomness is seeded afresh from (seed, fold, epoch, step), so the state is the weights, their average, the optimizer's
moments, the best weights so far and the progress.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit.errors import DataError
from kit.models import checkpoint
from kit.runs.records import EpochRecord
from kit.runs.schema import decode
from kit.training.ema import Ema
from kit.training.optimizer import Optimizers

GROUPS = ("layer", "average", "best", "optimizer")


@dataclass(frozen=True)
class Progress:
    """How far a fold has come: the epochs that are done, and the best of them by its validation score."""

    epoch: int = 0
    history: tuple[EpochRecord, ...] = ()
    best_epoch: int = 0
    best_score: float | None = None
    scaler: Mapping[str, Any] | None = None
    """The state of the loss scaler of mixed precision."""
    updates: int = 0
    """Updates of the averaged weights."""

    def should_stop(self, patience: int) -> bool:
        """Whether the best score is ``patience`` epochs old; never if ``patience`` is 0."""
        return bool(patience) and self.epoch - self.best_epoch >= patience

    def is_best(self, score: float | None, higher_is_better: bool) -> bool:
        """Whether a score is better than every one before."""
        if score is None or self.best_score is None:
            return score is not None
        return score > self.best_score if higher_is_better else score < self.best_score

    def after(self, record: EpochRecord) -> Progress:
        """The progress with one more epoch."""
        return dataclasses.replace(self, epoch=record.epoch, history=(*self.history, record))


class TrainingState:
    """Everything that the next epoch depends on."""

    def __init__(self, layer: Any, optimizers: Optimizers, scaler: Any, ema: Ema) -> None:
        self.layer, self.optimizers, self.scaler, self.ema = layer, optimizers, scaler, ema
        self.best: dict[str, np.ndarray] = {}
        self.progress = Progress()

    def add(self, record: EpochRecord, higher_is_better: bool, *, keep_best: bool) -> None:
        """Add an epoch; with ``keep_best`` keep its weights if its score is the best so far."""
        score = record.valid_score
        best = self.progress.is_best(score, higher_is_better)
        self.progress = self.progress.after(record)
        if best:
            self.progress = dataclasses.replace(self.progress, best_score=score, best_epoch=record.epoch)
            if keep_best:
                with self.ema.applied():
                    self.best = checkpoint.arrays_of(self.layer)

    def choose_weights(self) -> None:
        """Put the weights that predict into the layer: the best epoch's where they were kept, else the last ones."""
        if self.best:
            checkpoint.load(self.layer, self.best, Path("best"))
        else:
            self.ema.apply()

    def save(self, path: Path) -> None:
        """Write the state as one file."""
        groups = {
            "layer": checkpoint.arrays_of(self.layer),
            "average": self.ema.arrays(),
            "best": self.best,
            "optimizer": self.optimizers.arrays(),
        }
        progress = dataclasses.replace(self.progress, scaler=_plain(self.scaler.state_dict()), updates=self.ema.updates)
        arrays = {f"{group}/{name}": array for group, held in groups.items() for name, array in held.items()}
        checkpoint.write(path, arrays, dataclasses.asdict(progress))

    def restore(self, path: Path) -> None:
        """Go back to the state in a file, if there is one. Raises DataError if it is damaged or of another model."""
        if not path.exists():
            return
        arrays, meta = checkpoint.read(path)
        groups: dict[str, dict[str, np.ndarray]] = {group: {} for group in GROUPS}
        for name, array in arrays.items():
            group, _, rest = name.partition("/")
            if group not in groups:
                raise DataError(f"{path.name} is damaged", expected=", ".join(GROUPS), found=name, where=path)
            groups[group][rest] = array
        self.progress = decode(Progress, meta, path)
        checkpoint.load(self.layer, groups["layer"], path)
        self.optimizers.load(groups["optimizer"])
        self.ema.load(groups["average"], self.progress.updates, path)
        self.best = groups["best"]
        if self.progress.scaler:
            self.scaler.load_state_dict(dict(self.progress.scaler))


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """A loss scaler's state as JSON values."""
    return {name: float(v) if hasattr(v, "numpy") or isinstance(v, np.ndarray) else v for name, v in state.items()}
