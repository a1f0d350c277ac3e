"""A run's folder as training, scoring and the audit leave it, without training anything."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.task import Task
from kit.prediction import store as predictions
from kit.runs import EpochRecord, Run
from tests import toy_task

HOSTILE = ['<script>document.title="owned"</script>', '"><img src=x onerror=alert(1)>', "';alert(2)//", "{{ 7*7 }}"]


def guesses(count: int, classes: int = 2, seed: int = 0) -> np.ndarray:
    """Random class probabilities (count, classes), float32."""
    return np.random.default_rng(seed).dirichlet(np.ones(classes), count).astype("float32")


def finished_run(folder: Path) -> tuple[Task, Run]:
    """A finished run of the toy task with held-out predictions of all its 80 samples, and the data beside it."""
    task, data = toy_task.kit_tasks()[0], folder / "data"
    data.mkdir()
    toy_task.make_sample(data, 80, 0)
    ids = [str(number) for number in range(1, 81)]
    return task, write_run(task, folder / "runs" / "bars" / "20260131-120000-small", data, ids, guesses(80))


def write_run(task: Task, path: Path, data: Path, ids: Sequence[str], values: Sequence[np.ndarray], **card: Any) -> Run:
    """Write a finished two-fold run whose held-out samples have these ids and predictions."""
    path.mkdir(parents=True)
    run = Run(path)
    text = {
        "card.json": _card(task, data) | card,
        "config.json": dataclasses.asdict(task.config) | {"folds": 2, "patience": 3},
        "summary.json": _summary(task),
        "score.json": {
            "task": task.name,
            "metric": task.metric.name,
            "score": 0.9125,
            "higher_is_better": True,
            "interval": [0.8875, 0.9375],
            "rows": 20,
            "details": {"f1": {"macro": 0.75}},
            "rank": 2,
            "of": 7,
        },
        "check.json": {"ok": True, "rows": 20, "faults": [], "total_faults": 0, "warnings": []},
        "audit.json": [
            {
                "level": "warning",
                "kind": "identical content",
                "where": "train.npy",
                "message": "two samples are identical",
                "remedy": "group",
            }
        ],
    }
    for name, value in text.items():
        (path / name).write_text(json.dumps(value))
    run.write_epochs(
        [epoch_record(fold, epoch, valid_score=1 - 0.3 / epoch) for fold in ("0", "1") for epoch in (1, 2, 3)]
    )
    folds = np.arange(len(ids)) % 2
    predictions.write(run.predictions, "valid", predictions.Predictions(list(ids), list(values), folds, {}))
    return run


def epoch_record(fold: str, epoch: int, *, valid_score: float | None) -> EpochRecord:
    """A record whose losses fall with the epoch."""
    return EpochRecord(
        fold=fold,
        epoch=epoch,
        learning_rate=0.05,
        train_loss=1 / epoch,
        valid_loss=1.1 / epoch,
        valid_score=valid_score,
        seconds=2.5,
        samples_per_second=30.0,
    )


def _card(task: Task, data: Path) -> dict[str, Any]:
    return {
        "task": task.name,
        "kit": "0.1.0",
        "created": "2026-01-31T12:00:00+00:00",
        "command": ["kit", "run", task.name, "--data", "my data"],
        "versions": {"python": "3.11.2", "numpy": "2.0.0"},
        "device": "cpu",
        "precision": "float32",
        "seed": 0,
        "threads": "2",
        "data": str(data),
        "inputs": [{"path": "train.npy", "sha256": "ab" * 32, "bytes": 20608}],
        "git": {"commit": "c0ffee", "dirty": True},
        "pretrained": None,
        "skipped": [],
    }


def _summary(task: Task) -> dict[str, Any]:
    folds = [
        {"fold": "0", "score": 0.875, "epoch": 2, "details": {}, "samples": 40},
        {"fold": "1", "score": 0.925, "epoch": 3, "details": {}, "samples": 40},
    ]
    return {
        "metric": task.metric.name,
        "higher_is_better": True,
        "folds": folds,
        "mean": 0.9,
        "spread": 0.025,
        "pooled": 0.9,
        "details": {},
        "tuned": {},
    }
