"""The training loop: epoch, batch, forward, loss, backward, step, average, validate, save, stop."""

from __future__ import annotations

import time
from typing import Any

from kit import interruption
from kit.console import progress
from kit.data import Batch, Fold
from kit.device import paddle
from kit.models.inputs import as_tensors, call
from kit.runs import EpochRecord
from kit.training.batches import augmented, seed_everything, shard, tensors
from kit.training.ema import Ema
from kit.training.epochs import mean_loss, report_epoch
from kit.training.freezing import Frozen
from kit.training.job import Job
from kit.training.layer_precisions import LayerPrecisions, record_precisions
from kit.training.optimizer import make_optimizers
from kit.training.running_accuracy import RunningAccuracy
from kit.training.schedule import learning_rate
from kit.training.state import Progress, TrainingState
from kit.training.validation import validate


def train_network(job: Job, index: int, fold: Fold, layer: Any) -> Progress:
    """Train a network on a fold and leave the weights that predict in the layer.

    ``index`` is the fold's number. The state is saved after each epoch; where it has been saved before, training goes
    on from it and ends with the same bytes as if it had not been stopped.
    """
    config, device = job.config, job.device
    patience = config.patience if len(fold.valid) else 0
    _, model = job.task.model(config.model)
    frozen = Frozen(layer, model, config)
    optimizers = make_optimizers(layer, model, config, frozen.parameters)
    scaler = paddle.amp.GradScaler(enable=device.precision == "float16")
    ema = Ema(layer, config.ema)
    state, path = TrainingState(layer, optimizers, scaler, ema), job.run.fold(fold.name) / "state.safetensors"
    state.restore(path)
    device.broadcast(list(layer.state_dict().values()))
    precisions = LayerPrecisions(layer, device.precision)

    for epoch in range(state.progress.epoch, config.epochs):
        if state.progress.should_stop(patience):
            break
        frozen.apply(layer, epoch)
        record = _train_epoch(job, index, fold, state, epoch)
        record_precisions(job, precisions.stop())
        device.broadcast(list(layer.state_dict().values()))
        state.add(record, job.task.metric.higher_is_better, keep_best=patience > 0)
        if device.writes:
            state.save(path)
            report_epoch(job, index, state.progress.history)

    precisions.stop()
    state.choose_weights()
    return state.progress


def _train_epoch(job: Job, index: int, fold: Fold, state: TrainingState, epoch: int) -> EpochRecord:
    """Train one epoch and validate."""
    config, device = job.config, job.device
    items = job.loader.epoch_items(fold.train, epoch)
    size = min(config.batch_size, len(items))
    steps = len(items) // size  # a last, smaller batch would weigh more than the others and unsettle batch norm
    batches = job.loader.batches(shard(items[: steps * size], size, device), size // device.world)
    started, losses, accuracy = time.perf_counter(), [], RunningAccuracy(job.task)

    left = str(job.left)
    label = f"fold {fold.name} epoch {epoch + 1}/{config.epochs}{f', {left}' if left else ''}"
    with progress(label, steps * size, "samples", shown=device.writes) as advance:
        for step, batch in enumerate(batches):
            state.optimizers.set_rate(learning_rate(epoch + step / steps, job.task, config, state.progress.history))
            key = (config.seed, index, epoch, step, device.rank)
            seed_everything(*key)
            first = step - step % config.accumulate
            together = min(config.accumulate, steps - first)
            with interruption.deferred():
                losses.append(_add_gradients(job, state, batch, together, accuracy, key))
                if step + 1 == first + together:
                    _update(job, state)
            advance(size)

    seconds = time.perf_counter() - started
    train_loss = mean_loss(losses, epoch, job)
    with state.ema.applied():
        valid_loss, valid_score, valid_details = validate(job, fold, state.layer, epoch)
    return EpochRecord(
        fold=fold.name,
        epoch=epoch + 1,
        learning_rate=learning_rate(epoch + 1, job.task, config, state.progress.history),
        train_loss=device.broadcast_number(train_loss) or 0.0,
        train_accuracy=accuracy.value(),
        valid_loss=device.broadcast_number(valid_loss),
        valid_score=device.broadcast_number(valid_score),  # every process stops at the same epoch
        valid_details=valid_details or None,
        seconds=round(seconds, 3),
        samples_per_second=round(steps * size / seconds, 1),
    )


def _add_gradients(
    job: Job, state: TrainingState, batch: Batch, together: int, accuracy: RunningAccuracy, key: tuple[int, ...]
) -> Any:
    """Add the gradients of a batch, one of several that are updated ``together``, and return its loss.

    ``key`` seeds its augmentation on the device.
    """
    inputs, labels = augmented(as_tensors(batch.x), tensors(batch.y), job.task, job.config, *key)
    with job.device.autocast():
        outputs = call(state.layer, inputs)
        loss = job.objective.loss(outputs, labels, job.config)
    state.scaler.scale(loss if together == 1 else loss / together).backward()
    accuracy.add(outputs, labels)
    return loss.detach()


def _update(job: Job, state: TrainingState) -> None:
    """Update the weights and their average with the gradients."""
    job.device.average_gradients(state.layer.parameters())
    state.optimizers.step(state.scaler)
    state.ema.update()
