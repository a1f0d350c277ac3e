"""The training loop: epoch, batch, forward, loss, backward, step, average, validate, save, stop."""

from __future__ import annotations

import time
from typing import Any

from kit import interruption
from kit.console import progress
from kit.data import Fold
from kit.device import paddle
from kit.models.inputs import outputs_of
from kit.runs import EpochRecord
from kit.training.batches import seed_everything, shard, tensors
from kit.training.ema import Ema
from kit.training.epochs import mean_loss, report_epoch
from kit.training.job import Job
from kit.training.optimizer import learning_rate, make_optimizer
from kit.training.state import Progress, TrainingState
from kit.training.validation import validate


def train_network(job: Job, index: int, fold: Fold, layer: Any) -> Progress:
    """Train a network on a fold and leave the weights that predict in the layer.

    ``index`` is the fold's number. The state is saved after each epoch; where it has been saved before, training goes
    on from it and ends with the same bytes as if it had not been stopped.
    """
    config, device, loader = job.config, job.device, job.loader
    objective = job.objective
    patience = config.patience if len(fold.valid) else 0
    optimizer = make_optimizer(layer, config)
    scaler = paddle.amp.GradScaler(enable=device.precision == "float16")
    ema = Ema(layer, config.ema)
    state, path = TrainingState(layer, optimizer, scaler, ema), job.run.fold(fold.name) / "state.safetensors"
    state.restore(path)
    device.broadcast(list(layer.state_dict().values()))

    for epoch in range(state.progress.epoch, config.epochs):
        if state.progress.should_stop(patience):
            break
        items = loader.epoch_items(fold.train, epoch)
        size = min(config.batch_size, len(items))
        steps = len(items) // size  # a last, smaller batch would weigh more than the others and unsettle batch norm
        batches = loader.batches(shard(items[: steps * size], size, device), size // device.world)
        label = f"fold {fold.name} epoch {epoch + 1}/{config.epochs}"
        started, losses = time.perf_counter(), []
        layer.train()

        with progress(label, steps * size, "samples", shown=device.writes) as advance:
            for step, batch in enumerate(batches):
                optimizer.set_lr(learning_rate(epoch + step / steps, config))
                seed_everything(config.seed, index, epoch, step, device.rank)
                with interruption.deferred():
                    with device.autocast():
                        outputs = outputs_of(layer, batch.x)
                        loss = objective.loss(outputs, tensors(batch.y), config)
                    scaler.scale(loss).backward()
                    device.average_gradients(layer.parameters())
                    scaler.step(optimizer)
                    scaler.update()
                    optimizer.clear_grad()
                    ema.update()
                losses.append(loss.detach())
                advance(size)

        train_loss = mean_loss(losses, epoch, job)
        seconds = time.perf_counter() - started
        with ema.applied():
            valid_loss, valid_score = validate(job, fold, layer, epoch)
        record = EpochRecord(
            fold=fold.name,
            epoch=epoch + 1,
            learning_rate=learning_rate(epoch + 1, config),
            train_loss=train_loss,
            valid_loss=valid_loss,
            valid_score=valid_score,
            seconds=round(seconds, 3),
            samples_per_second=round(steps * size / seconds, 1),
        )
        score = device.broadcast_number(valid_score)  # every process stops at the same epoch
        state.add(record, score, job.task.metric.higher_is_better, keep_best=patience > 0)
        device.broadcast(list(layer.state_dict().values()))
        if device.writes:
            state.save(path)
            report_epoch(job, index, state.progress.history)

    state.choose_weights()
    return state.progress
