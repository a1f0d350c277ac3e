"""Which engine is fastest for a network, measured on its own inputs and remembered.

The first process on a machine that predicts with a network measures, and the result lies in the cache. The same
network, batch, libraries and number of threads get the same engine from then on, so that they get the same bytes too.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import paddle

from kit.errors import DataError
from kit.files import cache_dir
from kit.runs.card import current_versions
from kit.runs.records import PredictionEngine
from kit.runs.schema import read_record, write_record

EAGER = "eager mode"
ONNX = "onnxruntime"
PADDLE = "paddle.inference"

SLACK = 1.1
"""An engine that takes at most so many times as long as the fastest is preferred if it comes earlier."""

ROUNDS = 3
LONG = 0.5  # seconds: a batch that takes longer is timed once

_remembered: dict[str, PredictionEngine] = {}


def order(layer: paddle.nn.Layer) -> list[str]:
    """The exported engines, the one first that is expected to be faster: paddle.inference for volumes."""
    volumes = any(isinstance(part, paddle.nn.Conv3D) for part in layer.sublayers(include_self=True))
    return [PADDLE, ONNX] if volumes else [ONNX, PADDLE]


def fastest(runs: Mapping[str, Callable[[], Any]], size: int) -> PredictionEngine:
    """Time one batch of ``size`` samples in every engine, in turns; the first within the slack of the fastest wins."""
    best = {name: _seconds(run) for name, run in runs.items()}
    for _ in range(ROUNDS - 1):
        for name, run in runs.items():
            if best[name] < LONG:
                best[name] = min(best[name], _seconds(run))
    limit = SLACK * min(best.values())
    name = next(name for name, seconds in best.items() if seconds <= limit)
    times = {each: round(1000 * seconds, 3) for each, seconds in best.items()}
    return PredictionEngine(name=name, reason=f"measured on a batch of {size}", milliseconds=times)


def key_of(layer: paddle.nn.Layer, inputs: Sequence[np.ndarray]) -> str:
    """A name for what decides the speed: the layers, the inputs, the versions, the threads and the machine."""
    facts = (
        str(layer),
        [(name, list(value.shape)) for name, value in layer.state_dict().items()],
        [(array.shape, str(array.dtype)) for array in inputs],
        current_versions(),
        os.environ.get("OMP_NUM_THREADS"),
        platform.node(),
    )
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def recall(key: str) -> PredictionEngine | None:
    """What was measured before, in this process or on this machine."""
    if key not in _remembered:
        try:
            _remembered[key] = read_record(_path(key), PredictionEngine)
        except DataError:
            return None
    return _remembered[key]


def remember(key: str, engine: PredictionEngine) -> None:
    """Keep what was measured; a cache that cannot be written to is no error."""
    _remembered[key] = engine
    try:
        write_record(_path(key), engine)
    except OSError:
        return


def forget(key: str) -> None:
    """Drop a measurement, since its engine does not run any more."""
    _remembered.pop(key, None)
    _path(key).unlink(missing_ok=True)


def _path(key: str) -> Path:
    return cache_dir() / "engines" / f"{key}.json"


def _seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
