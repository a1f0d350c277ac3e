"""A network in training: forward, loss, backward, step, log; killed at any moment and resumed exactly.

Randomness is seeded afresh from (seed, fold, epoch, step), so the state to keep is weights, moments and the epoch.
"""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kit.console import progress
from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.folds import Fold
from kit.data.loader import Item, Loader, epoch_items, plain_items
from kit.device import Device, paddle
from kit.errors import KitError
from kit.models import checkpoint
from kit.models.objective import objective
from kit.prediction import engines as predict
from kit.runs.run import Run
from kit.scoring import held_out_score
from kit.training.ema import Swapped, floats, put
from kit.training.optimizer import learning_rate, make_optimizer

Hear = Callable[[int, int, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Job:
    """What every fold of a run shares. ``hear(fold, epoch, record)`` is told of each epoch's end."""

    task: Task
    samples: Sequence[Sample]
    config: TrainConfig
    device: Device
    run: Run
    loader: Loader
    hear: Hear


@dataclass
class Progress:
    """Where a fold stands: epochs done, their records, the best epoch so far, mixed precision's loss scaler."""

    epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    best_epoch: int = 0
    best_score: float | None = None
    scaler: dict[str, Any] | None = None


class Trainer:
    """A network in training: its optimiser, its averaged weights and where it stands."""

    def __init__(self, job: Job, index: int, layer: Any) -> None:
        self.job, self.index, self.layer = job, index, layer
        self.objective = objective(job.task)
        self.optimizer = make_optimizer(layer, job.config)
        self.scaler = paddle.amp.GradScaler(enable=job.device.precision == "float16")
        self.average = {n: t.clone() for n, t in floats(layer).items()} if job.config.ema else {}
        self.best: dict[str, np.ndarray] = {}
        self.progress = Progress()
        self.updates = 0

    def run_epoch(self, fold: Fold, epoch: int) -> tuple[float, int]:
        """Show the epoch's items once; return the mean loss and how many items were shown."""
        job, config = self.job, self.job.config
        items = epoch_items(job.task, job.samples, fold.train, config, epoch)
        size = min(config.batch_size, len(items))
        steps = len(items) // size  # a last, smaller batch would count more than the others and unsettle batch norm
        mine = share_of(items[: steps * size], size, job.device)
        losses = []
        self.layer.train()
        label = f"fold {fold.name} epoch {epoch + 1}/{config.epochs}"
        with progress(label, steps * size, "samples", shown=job.device.writes) as advance:
            for step, batch in enumerate(job.loader.batches(mine, size // job.device.world)):
                self.optimizer.set_lr(learning_rate(epoch + step / steps, config))
                seed_everything(config.seed, self.index, epoch, step, job.device.rank)
                losses.append(self.step(batch.x, batch.y))
                advance(size)
        mean = float(np.mean([loss.item() for loss in losses]))
        if not math.isfinite(mean):
            raise KitError(
                f"the training loss is {mean} in epoch {epoch + 1}",
                where=job.run.path,
                remedy=f"a lower learning rate: --set learning_rate={config.learning_rate / 3:.1g}",
            )
        return mean, steps * size

    def step(self, x: np.ndarray, y: Any) -> Any:
        """Learn from one batch; return its loss as a tensor."""
        with self.job.device.autocast():
            outputs = self.layer(paddle.to_tensor(x))
            loss = self.objective.loss(outputs, tensors(y), self.job.config)
        self.scaler.scale(loss).backward()
        self.job.device.average_gradients(self.layer.parameters())
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.clear_grad()
        self._follow()
        return loss.detach()

    def _follow(self) -> None:
        """Move the averaged weights towards the present ones, faster at first."""
        if not self.average:
            return
        self.updates += 1
        decay = min(self.job.config.ema, (1 + self.updates) / (10 + self.updates))
        with paddle.no_grad():
            for name, tensor in floats(self.layer).items():
                held = self.average[name]
                held.scale_(decay)
                held.add_(tensor * (1 - decay))

    def validate(self, fold: Fold, epoch: int) -> dict[str, Any]:
        """Score the held-out samples with the weights that would predict; rank 0 alone."""
        job, config = self.job, self.job.config
        due = (epoch + 1) % config.valid_every == 0 or epoch + 1 == config.epochs
        if not due or not job.device.writes:
            return {"valid_loss": None, "valid_score": None}
        with self.predicting_weights():
            values, loss = self._predict_held_out(fold)
        score, _ = held_out_score(job.task, [job.samples[i] for i in fold.valid], values, {})
        return {"valid_loss": loss, "valid_score": score if math.isfinite(score) else None}

    def _predict_held_out(self, fold: Fold) -> tuple[list[np.ndarray], float | None]:
        """Predictions of the held-out samples, and their loss where each is one example."""
        job = self.job
        if job.task.infer is not None:
            forward = predict.eager_forward(job.task, self.layer, job.device)
            values = predict.predict(job.task, job.loader, job.samples, fold.valid, forward, job.config, "validate")
            return values, None
        values, total = [], 0.0
        self.layer.eval()
        with paddle.no_grad(), job.device.autocast():
            for batch in job.loader.batches(plain_items(fold.valid), job.config.batch_size):
                outputs = self.layer(paddle.to_tensor(batch.x))
                total += self.objective.loss(outputs, tensors(batch.y), job.config).item() * len(batch.x)
                values.extend(self.objective.activation(outputs).astype("float32").numpy())
        return values, total / len(values) if math.isfinite(total) else None

    def note(self, record: dict[str, Any]) -> None:
        """Add an epoch's record and remember whether it is the best."""
        made = self.progress
        made.epoch = record["epoch"]
        made.history.append(record)
        score = self._agreed(record["valid_score"])
        if score is None:
            return
        higher = self.job.task.metric.higher_is_better
        if made.best_score is None or (score > made.best_score if higher else score < made.best_score):
            made.best_score, made.best_epoch = score, made.epoch
            if self.job.config.patience:
                with self.predicting_weights():
                    self.best = checkpoint.arrays_of(self.layer)

    def _agreed(self, score: float | None) -> float | None:
        """Rank 0's score in every process, so that all stop together."""
        if self.job.device.world == 1:
            return score
        tensor = paddle.to_tensor([math.nan if score is None else score], dtype="float32")
        self.job.device.share([tensor])
        agreed = float(tensor.item())
        return None if math.isnan(agreed) else agreed

    def stops(self) -> bool:
        """Whether the best score is ``patience`` epochs old."""
        patience = self.job.config.patience
        return bool(patience) and self.progress.epoch - self.progress.best_epoch >= patience

    def predicting_weights(self) -> Swapped:
        """The averaged weights for the length of a block."""
        return Swapped(self.layer, self.average)

    def take_chosen_weights(self) -> None:
        """Put the weights that predict into the layer: the best epoch's with patience, else the last ones."""
        if self.best:
            checkpoint.load(self.layer, self.best, self.job.run.path)
        elif self.average:
            put(self.layer, self.average)

    def save(self, path: Path) -> None:
        """Keep everything that the next epoch depends on, in one file."""
        groups = {
            "layer": checkpoint.arrays_of(self.layer),
            "average": {name: tensor.numpy() for name, tensor in self.average.items()},
            "best": self.best,
            "optimizer": checkpoint.optimizer_arrays(self.optimizer),
        }
        self.progress.scaler = plain(self.scaler.state_dict())
        meta = dataclasses.asdict(self.progress) | {"updates": self.updates}
        arrays = {f"{group}/{name}": array for group, held in groups.items() for name, array in held.items()}
        checkpoint.write(path, arrays, meta)

    def restore(self, path: Path) -> None:
        """Go back to what :meth:`save` kept, if there is such a file."""
        if not path.exists():
            return
        arrays, meta = checkpoint.read(path)
        groups: dict[str, dict[str, np.ndarray]] = {"layer": {}, "average": {}, "best": {}, "optimizer": {}}
        for name, array in arrays.items():
            group, _, rest = name.partition("/")
            groups[group][rest] = array
        checkpoint.load(self.layer, groups["layer"], path)
        checkpoint.load_optimizer(self.optimizer, groups["optimizer"])
        self.average = {name: paddle.to_tensor(array) for name, array in groups["average"].items()}
        self.best = groups["best"]
        self.updates = meta.pop("updates")
        self.progress = Progress(**meta)
        if self.progress.scaler:
            self.scaler.load_state_dict(self.progress.scaler)


def tensors(labels: Any) -> Any:
    """Labels as tensors; a tuple stays a tuple."""
    return tuple(map(tensors, labels)) if isinstance(labels, tuple) else paddle.to_tensor(labels)


def share_of(items: Sequence[Item], size: int, device: Device) -> list[Item]:
    """This process's part of every batch of ``size``: equal parts, so that the mean of gradients is the batch's."""
    if size % device.world:
        raise KitError(
            "a batch does not divide among the processes",
            expected=f"a multiple of {device.world}",
            found=size,
            remedy=f"--set batch_size={size // device.world * device.world or device.world}",
        )
    part = size // device.world
    starts = range(device.rank * part, len(items), size)
    return [item for start in starts for item in items[start : start + part]]


def seed_everything(*key: int) -> None:
    """Seed Paddle's, NumPy's and Python's global generators from a key."""
    number = int(np.random.SeedSequence(key).generate_state(1)[0])
    paddle.seed(number)
    np.random.seed(number)  # for libraries that draw from the global generator
    random.seed(number)


def plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """A loss scaler's state as JSON values."""
    return {name: float(v) if hasattr(v, "numpy") or isinstance(v, np.ndarray) else v for name, v in state.items()}
