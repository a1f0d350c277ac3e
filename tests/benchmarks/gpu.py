"""Three tasks trained on a GPU: scores, images a second, the device's share of the step, memory, PyTorch beside.

``python -m tests.benchmarks.gpu [--device gpu] [--tasks NAME...] [--size N] [--epochs N]`` is to take less than ten
minutes on a recent card. The exit code is 1 if a score is below what is expected. ``--device cpu --size 60 --epochs 1``
tries the script itself; then no score is expected.

The device's share is the time of a step on a batch in memory, with the device waited for, divided by the time of a step
in the real training: what is missing to 1 is waiting for batches.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.benchmarks.rows import builder, named

ROUNDS = 30  # steps that are timed
WARM = 10  # steps before: cuDNN looks for algorithms, memory is reserved


@dataclass(frozen=True)
class Case:
    """A task: the options of its run, the score that its submission must reach, and its row for PyTorch."""

    task: str
    settings: Mapping[str, Any]
    size: int
    expected: float
    torch: str = ""


CASES = (
    Case("digit_recognizer", {"epochs": 20}, 4000, 0.98, "digits"),
    Case("lung_nodules", {}, 3000, 0.8, "lung"),
    Case("arithmetic_captcha", {"epochs": 3}, 4000, 0.95),
)
"""Convolutions in 2D, in 3D, and recurrent layers, each on the task's own sample."""


@dataclass(frozen=True)
class Result:
    """What was measured. ``alone`` and ``torch`` are images a second of steps on one batch in memory."""

    task: str
    device: str
    score: float | None
    expected: float | None
    images: float
    alone: float
    torch: float | None
    megabytes: float | None
    precisions: Mapping[str, str]
    seconds: float

    @property
    def share(self) -> float:
        """The share of the step in which the device works, at most 1."""
        return min(1.0, self.images / self.alone)

    @property
    def ok(self) -> bool:
        """Whether the score is at least the expected one, where one is expected."""
        return self.expected is None or (self.score is not None and self.score >= self.expected)


def measure(case: Case, device: str, size: int | None = None, epochs: int | None = None, steps: int = ROUNDS) -> Result:
    """Train a task's sample as a user does, then time its step alone and PyTorch's."""
    import kit

    start = time.perf_counter()
    settings = {**case.settings, "device": device} | ({} if epochs is None else {"epochs": epochs})
    found = kit.run(case.task, size=size or case.size, **settings)
    run = found.run
    best = max(record.samples_per_second for record in run.epochs())
    alone, memory = time_step(found.task, found.run, steps)
    return Result(
        task=case.task,
        device=run.card.device or device,
        score=found.score,
        expected=None if size or epochs else case.expected,
        images=best,
        alone=alone,
        torch=time_torch(case.torch, device, run.card.precision or "float32", steps) if case.torch else None,
        megabytes=memory,
        precisions=run.card.layer_precisions or {},
        seconds=time.perf_counter() - start,
    )


def time_step(task: Any, run: Any, steps: int) -> tuple[float, float | None]:
    """Images a second of training steps on one batch of the run's data, and the most memory of a GPU in MB."""
    from kit.data import ContestData
    from kit.device import choose, paddle
    from kit.models.build import build_model
    from kit.models.inputs import as_tensors, call
    from kit.models.objective import objective_of
    from kit.runs import load_config
    from kit.training.batches import tensors
    from kit.training.optimizer import make_optimizers

    config = dataclasses.replace(load_config(run, task), workers=0)
    with ContestData(task, Path(run.card.data), config) as contest:
        loader = contest.loader("train")
        items = loader.epoch_items(_positions(len(loader.samples)), 0)
        batch = next(iter(loader.batches(items, min(config.batch_size, len(items)))))
    device = choose(config.device, config.precision, deterministic=config.deterministic)
    layer = build_model(task, config)
    optimizers = make_optimizers(layer, task.model(config.model)[1], config, ())
    scaler = paddle.amp.GradScaler(enable=device.precision == "float16")
    x, y = as_tensors(batch.x), tensors(batch.y)

    def step() -> None:
        with device.autocast():
            loss = objective_of(task).loss(call(layer, x), y, config)
        scaler.scale(loss).backward()
        optimizers.step(scaler)

    wait = paddle.device.synchronize if device.on_gpu else _nothing
    seconds = timed(step, wait, steps)
    memory = paddle.device.cuda.max_memory_allocated() / 1e6 if device.on_gpu else None
    return len(batch.positions) / seconds, memory


def time_torch(row: str, device: str, precision: str, steps: int) -> float | None:
    """Images a second of the same network in PyTorch, on the same device in the same precision; None without it."""
    if find_spec("torch") is None:
        return None
    import torch

    where = "cuda" if device.startswith("gpu") else "cpu"
    if where == "cuda" and not torch.cuda.is_available():
        return None
    shape = named(row).shape
    network = builder(named(row).torch or "")().to(where)
    adam = torch.optim.AdamW(network.parameters(), 1e-4)
    x = torch.randn(shape, device=where)
    half = torch.autocast(where, getattr(torch, precision), enabled=precision != "float32")

    def step() -> None:
        with half:
            loss = network(x).float().square().mean()
        loss.backward()
        adam.step()
        adam.zero_grad(set_to_none=True)

    return shape[0] / timed(step, torch.cuda.synchronize if where == "cuda" else _nothing, steps)


def timed(step: Callable[[], None], wait: Callable[[], object], steps: int) -> float:
    """Seconds of a step, the device waited for before and after ``steps`` of them; some more come first."""
    for _ in range(min(WARM, steps)):
        step()
    wait()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    wait()
    return (time.perf_counter() - start) / steps


def lines(results: list[Result]) -> list[str]:
    """A Markdown table."""
    head = ("task", "device", "score", "expected", "images/s", "step alone", "device's share", "PyTorch", "MB", "s")
    rows = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for each in results:
        cells = (
            each.task,
            each.device,
            "-" if each.score is None else f"{each.score:.4f}",
            "-" if each.expected is None else f"{each.expected:.2f}{'' if each.ok else ' MISSED'}",
            f"{each.images:,.0f}",
            f"{each.alone:,.0f}",
            f"{each.share:.2f}",
            "-" if each.torch is None else f"{each.torch:,.0f}",
            "-" if each.megabytes is None else f"{each.megabytes:,.0f}",
            f"{each.seconds:.0f}",
        )
        rows.append("| " + " | ".join(cells) + " |")
    rows += [
        f"{each.task}: {', '.join(f'{kind} {kept}' for kind, kept in each.precisions.items())}" for each in results
    ]
    return rows


def main() -> None:
    """Parse the arguments, measure, print; exit with 1 if a score is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.gpu", description=__doc__)
    parser.add_argument("--device", default="gpu")
    parser.add_argument("--tasks", nargs="*", default=[case.task for case in CASES])
    parser.add_argument("--size", type=int, help="training samples; no score is then expected")
    parser.add_argument("--epochs", type=int, help="no score is then expected")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(prefix="kit-gpu-") as folder:
        os.environ["KIT_SUBMISSIONS"] = str(Path(folder, "submissions"))
        for case in CASES:
            if case.task in options.tasks:
                results.append(measure(case, options.device, options.size, options.epochs))
    print("\n".join(lines(results)))
    sys.exit(0 if all(result.ok for result in results) else 1)


def _positions(count: int) -> Any:
    import numpy as np

    return np.arange(count)


def _nothing() -> None:
    """A CPU has computed when a call returns."""


if __name__ == "__main__":
    main()
