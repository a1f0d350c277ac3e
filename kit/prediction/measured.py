"""Which engine is fastest for a network, measured on its own inputs and remembered.

The first process on a machine that predicts with a network measures, and the result lies in the cache. The same
network, batch, libraries and number of threads get the same engine from then on, so that they get the same bytes too.

What is measured is processor time, not the clock: with other work on the machine, the clock's ratio of two engines
varied by a factor of three, that of their processor times by a tenth.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import paddle

from kit.cpu import environment
from kit.errors import DataError
from kit.files import cache_dir
from kit.runs.card import current_versions
from kit.runs.records import PredictionEngine
from kit.runs.schema import read_record, write_record

EAGER = "eager mode"
ONNX = "onnxruntime"
PADDLE = "paddle.inference"

SLACK = 1.25
"""An engine that takes at most so many times as long as the fastest is preferred if it comes earlier."""

TURNS = 5
ENOUGH = 1.5  # seconds of the clock, after which no turn begins and only engines that may still win are timed again
METHOD = "processor time, others asleep"  # part of the key: what was measured otherwise is measured again
OPENMP_WAIT = 0.25
"""Seconds after which OpenMP's idle threads sleep: by default those of libiomp5 spin for 0.2."""

_remembered: dict[str, PredictionEngine] = {}


def order(layer: paddle.nn.Layer) -> list[str]:
    """The exported engines, the one first that is expected to be faster: paddle.inference for volumes."""
    volumes = any(isinstance(part, paddle.nn.Conv3D) for part in layer.sublayers(include_self=True))
    return [PADDLE, ONNX] if volumes else [ONNX, PADDLE]


def fastest(runs: Mapping[str, Callable[[], Any]], size: int) -> PredictionEngine:
    """Time one batch of ``size`` samples in every engine, in turns; the first within the slack of the fastest wins.

    In each turn an engine runs twice, the first time to wake its threads. onnxruntime's turn begins when the threads of
    the others are asleep.
    """
    best: dict[str, float] = {}
    end = time.perf_counter() + ENOUGH
    for turn in range(TURNS):
        if turn and time.perf_counter() > end:
            break
        for name, run in runs.items():
            if name == ONNX:
                time.sleep(OPENMP_WAIT)
            for _ in range(2):
                known = best.get(name, 0.0)
                if known <= SLACK**2 * min(best.values(), default=0.0) or time.perf_counter() < end:
                    best[name] = min(known or float("inf"), _seconds(run))
    limit = SLACK * min(best.values())
    name = next(name for name, seconds in best.items() if seconds <= limit)
    times = {each: round(1000 * seconds, 3) for each, seconds in best.items()}
    return PredictionEngine(name=name, reason=f"measured on a batch of {size}", milliseconds=times)


def key_of(layer: paddle.nn.Layer, inputs: Sequence[np.ndarray]) -> str:
    """A name for what decides the speed: the layers, the inputs, the versions, the threads and the machine."""
    facts = (
        METHOD,
        str(layer),
        [(name, list(value.shape)) for name, value in layer.state_dict().items()],
        [(array.shape, str(array.dtype)) for array in inputs],
        current_versions(),
        environment.threads(),
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
    with suppress(OSError, DataError):
        write_record(_path(key), engine)


def forget(key: str) -> None:
    """Drop a measurement, since its engine does not run any more; a cache that cannot be written to is no error."""
    _remembered.pop(key, None)
    with suppress(OSError):
        _path(key).unlink(missing_ok=True)


def _path(key: str) -> Path:
    return cache_dir() / "engines" / f"{key}.json"


def _seconds(run: Callable[[], Any]) -> float:
    """What the clock would show on an idle machine: processor seconds of this thread, or of all divided by their
    number, whichever is more."""
    if sys.platform == "win32":  # counts processor time in steps of 16 ms
        start = time.perf_counter()
        run()
        return time.perf_counter() - start
    threads = environment.threads()
    mine, all_of_it = time.thread_time(), time.process_time()
    run()
    return max(time.thread_time() - mine, (time.process_time() - all_of_it) / threads)
