"""Train a run: fold after fold, then the held-out predictions of all together and what they score.

Every step leaves files that are whole, and what is there is not done again: a killed run goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.console import info
from kit.contract.sample import Sample
from kit.data.folds import Fold
from kit.data.loader import plain_items
from kit.device import paddle
from kit.errors import KitError
from kit.files import read_json, write_json
from kit.models import checkpoint
from kit.models.estimators import save_estimator
from kit.prediction import engines as predict
from kit.prediction import store as predictions
from kit.prediction.store import Predictions
from kit.scoring import held_out_score
from kit.training.loop import Job, Progress, Trainer, seed_everything
from kit.training.optimizer import learning_rate

EXPLAINED = 24  # maps kept for the report, over all folds


def train(job: Job, folds: Sequence[Fold]) -> None:
    """Train every fold and leave ``predictions.h5`` (held-out part) and ``summary.json`` in the run's folder."""
    for index, fold in enumerate(folds):
        if not (job.run.fold(fold.name) / "fold.json").exists():
            _train_fold(job, index, fold, len(folds))
    if job.device.writes and not (job.run.path / "summary.json").exists():
        _summarise(job, folds)


def _train_fold(job: Job, index: int, fold: Fold, count: int) -> None:
    """Leave a fold's weights, held-out predictions and, last of all, ``fold.json`` in its folder."""
    folder = job.run.fold(fold.name)
    folder.mkdir(parents=True, exist_ok=True)
    # Names of parameters count from zero in every fold, so that optimiser state fits whatever the process did before.
    with paddle.utils.unique_name.guard():
        seed_everything(job.config.seed, index)
        model = predict.build(job.task, job.config)
        if isinstance(model, paddle.nn.Layer):
            progress = _train_network(job, index, fold, model)
            trained = predict.Trained(predict.fast_forward(job.task, model, job.device, len(fold.valid)), model)
        else:
            progress = Progress()
            trained = _fit_estimator(job, fold, model)
    if not job.device.writes:
        return
    values = predict.predict(
        job.task, job.loader, job.samples, fold.valid, trained.forward, job.config, "held-out part"
    )
    held_out = [job.samples[i] for i in fold.valid]
    maps = _explain(job, fold, trained, values, EXPLAINED // count)
    ids = [sample.id for sample in held_out]
    predictions.write(folder / "valid.h5", "valid", Predictions(ids, values, maps=maps))
    score, details = held_out_score(job.task, held_out, values, {})
    epoch = progress.best_epoch if job.config.patience else progress.epoch
    record = {
        "fold": fold.name,
        "score": _finite(score),
        "epoch": epoch,
        "details": details,
        "history": progress.history,
    }
    write_json(folder / "fold.json", record)
    (folder / "state.safetensors").unlink(missing_ok=True)


def _train_network(job: Job, index: int, fold: Fold, layer: Any) -> Progress:
    config, device, folder = job.config, job.device, job.run.fold(fold.name)
    if config.pretrained:
        fitted = checkpoint.load_pretrained(layer, Path(config.pretrained))
        info(f"pretrained weights: {fitted} of {len(layer.state_dict())} arrays fit the model")
    if not (folder / "state.safetensors").exists():
        _initialize(job, fold, layer)
    trainer = Trainer(job, index, layer)
    trainer.restore(folder / "state.safetensors")
    device.share(list(layer.state_dict().values()))
    for epoch in range(trainer.progress.epoch, config.epochs):
        if trainer.stops():
            break
        started = time.perf_counter()
        loss, shown = trainer.run_epoch(fold, epoch)
        seconds = time.perf_counter() - started
        trainer.note(
            {
                "fold": fold.name,
                "epoch": epoch + 1,
                "learning_rate": learning_rate(epoch + 1, config),
                "train_loss": loss,
                **trainer.validate(fold, epoch),
                "seconds": round(seconds, 3),
                "samples_per_second": round(shown / seconds, 1),
            }
        )
        device.share(list(layer.state_dict().values()))
        if device.writes:
            trainer.save(folder / "state.safetensors")
            _tell(job, index, trainer.progress.history)
    trainer.take_chosen_weights()
    if device.writes:
        checkpoint.write(folder / "weights.safetensors", checkpoint.arrays_of(layer))
    return trainer.progress


def _initialize(job: Job, fold: Fold, layer: Any) -> None:
    """Let the model fit its first weights on the training part, where it does."""
    _, model = job.task.model(job.config.model)
    if model.initialize is not None:
        batches = job.loader.batches(plain_items(fold.train), job.config.batch_size)
        model.initialize(layer, batches, [job.samples[i].group for i in fold.train], job.config)


def _fit_estimator(job: Job, fold: Fold, model: Any) -> predict.Trained:
    batch = next(job.loader.batches(plain_items(fold.train), len(fold.train)))
    model.fit(batch.x, batch.y)
    save_estimator(model, predict.build(job.task, job.config), job.run.fold(fold.name) / "model.skops")
    return predict.Trained(predict.estimator_forward(model))


def _tell(job: Job, index: int, history: Sequence[Mapping[str, Any]]) -> None:
    """Tell of an epoch's end: the file of all epochs, a line for the user, the plugins that listen."""
    finished = [read_json(path)["history"] for path in sorted(job.run.path.glob("folds/*/fold.json"))]
    job.run.write_metrics([record for records in [*finished, history] for record in records])
    last = history[-1]
    score = "" if last["valid_score"] is None else f"  held-out {job.task.metric.name} {last['valid_score']:.5f}"
    info(
        f"fold {last['fold']} epoch {last['epoch']:>3}/{job.config.epochs}  loss {last['train_loss']:.4f}{score}"
        f"  {last['samples_per_second']:,.0f} samples/s"
    )
    job.hear(index, last["epoch"], last)


def _explain(
    job: Job, fold: Fold, trained: predict.Trained, values: Sequence[np.ndarray], limit: int
) -> dict[str, np.ndarray]:
    """Maps of the samples that the model was surest of: the wrong ones first, then the right ones, half each."""
    samples = [job.samples[i] for i in fold.valid]
    if job.task.explain is None or trained.layer is None:
        return {}
    order = _surest(samples, values)
    chosen = [*order[0][: limit // 2], *order[1][: limit // 2]]
    if not chosen:
        return {}
    trained.layer.eval()
    batch = next(job.loader.batches(plain_items([int(fold.valid[i]) for i in chosen]), len(chosen)))
    with paddle.no_grad():
        maps = job.task.explain(trained.layer, batch.x)
    return {samples[i].id: np.asarray(m) for i, m in zip(chosen, maps, strict=True)}


def _surest(samples: Sequence[Sample], values: Sequence[np.ndarray]) -> tuple[list[int], list[int]]:
    """Positions of wrong and of right classifications, the most confident first."""
    ranked: tuple[list[tuple[float, int]], list[tuple[float, int]]] = ([], [])
    for position, (sample, value) in enumerate(zip(samples, values, strict=True)):
        if not isinstance(sample.y, int | np.integer) or value.ndim != 1:
            return [], []
        chances = value if len(value) > 1 else np.array([1 - value[0], value[0]])
        choice = int(chances.argmax())
        ranked[choice == sample.y].append((-float(chances[choice]), position))
    return [i for _, i in sorted(ranked[0])], [i for _, i in sorted(ranked[1])]


def _summarise(job: Job, folds: Sequence[Fold]) -> None:
    """Put the folds' held-out predictions together, fit what the task tunes on them, and score."""
    parts: list[tuple[Fold, Predictions]] = []
    for fold in folds:
        held = predictions.read(job.run.fold(fold.name) / "valid.h5", "valid")
        if held is None or list(held.ids) != [job.samples[i].id for i in fold.valid]:
            raise KitError("the held-out predictions of a fold do not fit the data", where=job.run.fold(fold.name))
        parts.append((fold, held))
    positions = np.concatenate([fold.valid for fold, _ in parts])
    values = [value for _, held in parts for value in held.values]
    owners = np.concatenate([np.full(len(fold.valid), k) for k, (fold, _) in enumerate(parts)])
    order = np.argsort(positions, kind="stable")
    samples = [job.samples[positions[i]] for i in order]
    values = [values[i] for i in order]
    maps = {name: value for _, held in parts for name, value in held.maps.items()}
    everything = Predictions([s.id for s in samples], values, owners[order], maps)
    predictions.write(job.run.predictions, "valid", everything)
    tuned = dict(job.task.tune(samples, values, job.config)) if job.task.tune else {}
    write_json(job.run.path / "summary.json", _summary(job, parts, samples, values, tuned))


def _summary(
    job: Job,
    parts: Sequence[tuple[Fold, Predictions]],
    samples: Sequence[Sample],
    values: Sequence[np.ndarray],
    tuned: Mapping[str, Any],
) -> dict[str, Any]:
    """Each fold's score, their mean and spread (standard deviation), and the score of all held-out samples together."""
    rows = []
    for fold, held in parts:
        record = read_json(job.run.fold(fold.name) / "fold.json")
        if tuned:
            own = [job.samples[i] for i in fold.valid]
            score, record["details"] = held_out_score(job.task, own, held.values, tuned)
            record["score"] = _finite(score)
        rows.append({key: record[key] for key in ("fold", "score", "epoch", "details")} | {"samples": len(fold.valid)})
    pooled, details = held_out_score(job.task, samples, values, tuned)
    scores = [row["score"] for row in rows if row["score"] is not None]
    return {
        "metric": job.task.metric.name,
        "higher_is_better": job.task.metric.higher_is_better,
        "folds": rows,
        "mean": float(np.mean(scores)) if scores else None,
        "spread": float(np.std(scores, ddof=1)) if len(scores) > 1 else None,
        "pooled": _finite(pooled),
        "details": details,
        "tuned": tuned,
    }


def _finite(score: float) -> float | None:
    """A score for JSON: None where the metric has no value, as an AUC of one class."""
    return score if np.isfinite(score) else None
