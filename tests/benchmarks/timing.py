"""Time engines side by side: one process each, a few steps in turn in each round, medians over the rounds."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks import engines
from tests.benchmarks.rows import Row, named

CLEAN = ("OMP_", "MKL_", "KMP_", "MALLOC_", "KIT_", "GLIBC_TUNABLES", "FLAGS_")


class Runner:
    """A process with one engine and one network that runs steps on request."""

    def __init__(self, stage: str, engine: str, row: Row) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(CLEAN)}
        extra = getattr(engines, stage)[engine][1]
        command = [sys.executable, "-m", "tests.benchmarks.timing", stage, engine, row.name]
        self.process = subprocess.Popen(
            command,
            env=environment | extra,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def seconds(self, least: float) -> float:
        """Return seconds per step, measured over at least ``least`` seconds."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{least}\n")
        self.process.stdin.flush()
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                return float(json.loads(line)["seconds"])
        raise RuntimeError(self.process.communicate()[1][-2000:])

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


def compare(stage: str, names: list[str], row: Row, rounds: int, least: float) -> dict[str, float | str]:
    """Return images per second of each engine, the median of ``rounds`` interleaved rounds, or why an engine failed."""
    found: dict[str, float | str] = {}
    runners = {name: Runner(stage, name, row) for name in names}
    times: dict[str, list[float]] = {name: [] for name in names}
    try:
        for turn in range(rounds + 1):
            for name in [name for name in names if name not in found]:
                try:
                    spent = runners[name].seconds(least if turn else 0.0)  # the first round warms up
                    times[name] += [spent] if turn else []
                except (RuntimeError, BrokenPipeError) as error:
                    found[name] = (str(error).strip().splitlines() or ["failed"])[-1]
    finally:
        for runner in runners.values():
            runner.close()
    return found | {name: row.shape[0] / statistics.median(spent) for name, spent in times.items() if spent}


def product_ceiling() -> float:
    """Return the GFLOP/s of a float32 matrix product of 2048 x 2048 in NumPy, the best of five."""
    import numpy as np

    a = np.random.default_rng(0).standard_normal((2048, 2048), dtype=np.float32)
    return max(2 * 2048**3 / _timed(lambda: a @ a, 0.0) for _ in range(5)) / 1e9


def _timed(step: Callable[[], Any], least: float) -> float:
    start = time.perf_counter()
    count = 0
    while count == 0 or time.perf_counter() - start < least:
        step()
        count += 1
    return (time.perf_counter() - start) / count


def serve(stage: str, engine: str, row: str) -> None:
    """Build the engine's step and time it for each line read, which contains the minimum number of seconds."""
    step = getattr(engines, stage)[engine][0](named(row))
    for _ in range(2):
        step()
    for line in sys.stdin:
        print(json.dumps({"seconds": _timed(step, float(line))}), flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
