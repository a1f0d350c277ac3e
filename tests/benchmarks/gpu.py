"""Three tasks trained on a GPU: scores, images a second, the device's share of the step, memory, PyTorch beside.

``python -m tests.benchmarks.gpu [--device gpu] [--tasks NAME...] [--size N] [--epochs N]`` is to take less than ten
minutes on a recent card. A row is printed when its task is done. The exit code is 1 if a score is below what is
expected, a task fails, or the same seed gives other bytes. ``--device cpu --size 60 --epochs 1 --steps 2`` tries the
script itself; then no score is expected.

The device's share is the time of a step on a batch in memory, with the device waited for, divided by the time of a step
in the real training: what is missing to 1 is waiting for batches. "Same bytes" compares the weights of two short runs.

Every measurement has a process of its own: readers are forked before a process has a context on the device, the most
memory is that of one task, and the libraries that Paddle and PyTorch bring for a GPU do not meet.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.benchmarks.rows import builder, named

ROUNDS = 30  # steps that are timed
WARM = 10  # steps before: cuDNN looks for algorithms, memory is reserved
SHORT = 200  # training samples of the two runs whose bytes are compared


@dataclass(frozen=True)
class Case:
    """A task: the options of its run, the score that its submission must reach, and its row for PyTorch.

    ``short`` are further options of runs whose score is not looked at.
    """

    task: str
    settings: Mapping[str, Any]
    size: int
    expected: float
    torch: str = ""
    short: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""


CASES = (
    Case("digit_recognizer", {"epochs": 20}, 4000, 0.98, "digits"),
    Case(
        "digit_recognizer", {"epochs": 20, "augment_on": "device"}, 4000, 0.98, title="digits augmented on the device"
    ),
    Case("lung_nodules", {}, 3000, 0.8, "lung"),
    Case("arithmetic_captcha", {"epochs": 3}, 4000, 0.95, short={"images": 1000}),
)
"""Convolutions in 2D, in 3D, and recurrent layers, each on the task's own sample."""


@dataclass(frozen=True)
class Result:
    """What was measured.

    ``alone``, ``channels_last`` and ``torch`` are images a second of steps on one batch in memory.
    """

    task: str
    device: str
    precision: str
    score: float | None
    expected: float | None
    images: float
    alone: float
    channels_last: float | None
    torch: float | None
    megabytes: float | None
    precisions: Mapping[str, str]
    same_bytes: bool | None
    seconds: float
    run: str = ""

    @property
    def share(self) -> float:
        """The share of the step in which the device works, at most 1."""
        return min(1.0, self.images / self.alone)

    @property
    def ok(self) -> bool:
        """Whether the score is at least the expected one, where one is expected, and the bytes are the same."""
        reached = self.expected is None or (self.score is not None and self.score >= self.expected)
        return reached and self.same_bytes is not False


@dataclass(frozen=True)
class Options:
    """Where and how much: ``size`` and ``epochs`` are those of the case if they are None."""

    device: str = "gpu"
    size: int | None = None
    epochs: int | None = None
    steps: int = ROUNDS


def measure(case: Case, options: Options) -> Result:
    """Measure a task, each part in a process of its own."""
    start = time.perf_counter()
    found: Result = isolated(train, case, options)
    first, second = (isolated(weights_of_a_short_run, case, options) for _ in range(2))
    half = found.precision != "float32"
    tuned = attempted(time_channels_last, found.run, options.steps) if half else None
    torch = attempted(time_torch, case.torch, options, found.precision) if case.torch else None
    seconds = time.perf_counter() - start
    return dataclasses.replace(found, channels_last=tuned, torch=torch, same_bytes=first == second, seconds=seconds)


def isolated(work: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of a module in a new process, which may start others."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def attempted(work: Callable[..., Any], *arguments: Any) -> Any:
    """As :func:`isolated`; a failure of what is only measured beside the kit is printed and gives None."""
    try:
        return isolated(work, *arguments)
    except Exception as error:
        print(f"{work.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
        return None


def train(case: Case, options: Options) -> Result:
    """Train a task's sample as a user does, then time its step alone."""
    import kit

    settings = {**case.settings, "device": options.device}
    if options.size or options.epochs:
        settings |= {**case.short, "epochs": options.epochs or settings.get("epochs", 1)}
    found = kit.run(case.task, size=options.size or case.size, **settings)
    run = found.run
    alone, memory = time_step(found.task, run, options.steps)
    return Result(
        task=case.title or case.task,
        device=run.card.device or options.device,
        precision=run.card.precision or "float32",
        score=found.score,
        expected=None if options.size or options.epochs else case.expected,
        images=max(record.samples_per_second for record in run.epochs()),
        alone=alone,
        channels_last=None,
        torch=None,
        megabytes=memory,
        precisions=run.card.layer_precisions or {},
        same_bytes=None,
        seconds=0.0,
        run=str(run.path),
    )


def weights_of_a_short_run(case: Case, options: Options) -> str:
    """The SHA-256 of the weights after an epoch on a few samples."""
    import kit
    from kit.files import sha256

    size = min(SHORT, options.size or SHORT)
    run = kit.run(case.task, size=size, **{**case.settings, **case.short, "device": options.device, "epochs": 1}).run
    return " ".join(sha256(path) for path in sorted(run.path.glob("folds/*/weights.safetensors")))


def time_channels_last(run: str, steps: int) -> float:
    """Images a second of a run's step with convolutions in channels-last order."""
    from kit.discovery import discover
    from kit.runs import Run

    found = Run(Path(run))
    return time_step(discover().task(found.task_name), found, steps, channels_last=True)[0]


def time_step(task: Any, run: Any, steps: int, *, channels_last: bool = False) -> tuple[float, float | None]:
    """Images a second of training steps on one batch of the run's data, and the most memory of a GPU in MB."""
    from kit.data import ContestData
    from kit.device import choose, paddle
    from kit.models.build import build_model
    from kit.models.inputs import as_tensors, call
    from kit.models.objective import objective_of
    from kit.runs import load_config
    from kit.training.batches import augmented, tensors
    from kit.training.ema import Ema
    from kit.training.optimizer import make_optimizers

    config = dataclasses.replace(load_config(run, task), workers=0)
    with ContestData(task, Path(run.card.data), config) as contest:
        loader = contest.loader("train")
        items = loader.epoch_items(_positions(len(loader.samples)), 0)
        batch = next(iter(loader.batches(items, min(config.batch_size, len(items)))))
    deterministic = config.deterministic
    device = choose(config.device, config.precision, deterministic=deterministic, channels_last=channels_last)
    layer = build_model(task, config)
    optimizers = make_optimizers(layer, task.model(config.model)[1], config, ())
    scaler, ema = paddle.amp.GradScaler(enable=device.precision == "float16"), Ema(layer, config.ema)

    def step() -> None:
        inputs, labels = augmented(as_tensors(batch.x), tensors(batch.y), task, config, 0)
        with device.autocast():
            loss = objective_of(task).loss(call(layer, inputs), labels, config)
        scaler.scale(loss).backward()
        optimizers.step(scaler)
        ema.update()

    wait = paddle.device.synchronize if device.on_gpu else _nothing
    seconds = timed(step, wait, steps)
    memory = paddle.device.cuda.max_memory_allocated() / 1e6 if device.on_gpu else None
    return len(batch.positions) / seconds, memory


def time_torch(name: str, options: Options, precision: str) -> float | None:
    """Images a second of the same network in PyTorch, on the same device in the same precision; None without it."""
    if find_spec("torch") is None:
        return None
    import torch

    where = "cuda" if options.device.startswith("gpu") else "cpu"
    if where == "cuda" and not torch.cuda.is_available():
        return None
    shape = named(name).shape
    network = builder(named(name).torch or "")().to(where)
    adam = torch.optim.AdamW(network.parameters(), 1e-4)
    x = torch.randn(shape, device=where)

    def step() -> None:
        with torch.autocast(where, getattr(torch, precision), enabled=precision != "float32"):
            loss = network(x).float().square().mean()
        loss.backward()
        adam.step()
        adam.zero_grad(set_to_none=True)

    return shape[0] / timed(step, torch.cuda.synchronize if where == "cuda" else _nothing, options.steps)


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


HEAD = (
    *(
        "task",
        "device",
        "score",
        "expected",
        "images/s",
        "step alone",
        "channels last",
        "device's share",
        "PyTorch",
        "MB",
    ),
    *("same bytes", "s"),
)


def heading() -> str:
    """The first two lines of a Markdown table."""
    return "| " + " | ".join(HEAD) + " |\n|" + " --- |" * len(HEAD)


def row(result: Result) -> str:
    """A line of the table."""
    missed = "" if result.score is not None and result.score >= (result.expected or 0) else " MISSED"
    cells = (
        result.task,
        f"{result.device} {result.precision}",
        "-" if result.score is None else f"{result.score:.4f}",
        "-" if result.expected is None else f"{result.expected:.2f}{missed}",
        f"{result.images:,.0f}",
        f"{result.alone:,.0f}",
        "-" if result.channels_last is None else f"{result.channels_last:,.0f}",
        f"{result.share:.2f}",
        "-" if result.torch is None else f"{result.torch:,.0f}",
        "-" if result.megabytes is None else f"{result.megabytes:,.0f}",
        {None: "-", True: "yes", False: "NO"}[result.same_bytes],
        f"{result.seconds:.0f}",
    )
    return "| " + " | ".join(cells) + " |"


def precisions(result: Result) -> str:
    """In which precision each kind of layer computed, in a line."""
    return f"{result.task}: {', '.join(f'{kind} {kept}' for kind, kept in result.precisions.items())}"


def measured(cases: Iterable[Case], options: Options) -> Iterator[Result | str]:
    """The result of each case, or a line that says why there is none."""
    for case in cases:
        try:
            yield measure(case, options)
        except Exception as error:  # a task that fails must not cost the figures of the others
            yield f"{case.task} FAILED: {type(error).__name__}: {error}"


def main() -> None:
    """Parse the arguments, measure, print; exit with 1 if something is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.gpu", description=__doc__)
    parser.add_argument("--device", default="gpu")
    parser.add_argument("--tasks", nargs="*", default=sorted({case.task for case in CASES}))
    parser.add_argument("--size", type=int, help="training samples; no score is then expected")
    parser.add_argument("--epochs", type=int, help="no score is then expected")
    parser.add_argument("--steps", type=int, default=ROUNDS, help="steps that are timed")
    given = parser.parse_args()
    options = Options(given.device, given.size, given.epochs, given.steps)
    ok, notes = True, []
    print(heading(), flush=True)
    with tempfile.TemporaryDirectory(prefix="kit-gpu-") as folder:
        os.environ["KIT_SUBMISSIONS"] = str(Path(folder, "submissions"))
        for found in measured([case for case in CASES if case.task in given.tasks], options):
            ok = ok and isinstance(found, Result) and found.ok
            notes.append(found if isinstance(found, str) else precisions(found))
            print(found if isinstance(found, str) else row(found), flush=True)
    print("\n".join(notes))
    sys.exit(0 if ok else 1)


def _positions(count: int) -> Any:
    import numpy as np

    return np.arange(count)


def _nothing() -> None:
    """A CPU has computed when a call returns."""


if __name__ == "__main__":
    main()
