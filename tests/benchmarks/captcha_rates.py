"""Speed of drawing captchas, of training on them, and of both together: ``python -m tests.benchmarks.captcha_rates``.

The generators of the captcha library and of the plugin are timed in processor seconds on one core. Training is timed
first on a batch in memory, then on batches from the loader's processes. Both together can reach at most
1 / (1/generation + 1/step) on the same cores. The same ratio of processor seconds (main process and readers) leaves out
what other work on the machine takes, and waiting.

``--nice``, ``--readers``, ``--ahead``, ``--blocktime`` and ``--in-turns`` take several values: how much the readers
give way, how many they are, how many batches each prepares, for how many milliseconds an idle thread of OpenMP spins,
and whether readers and training take turns (1) or work at the same time (0). Every combination is measured one after
another, ``--rounds`` times, and the medians are printed.
"""

from __future__ import annotations

import argparse
import ctypes
import dataclasses
import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from kit_plugins.arithmetic_captcha import ARITHMETIC
from kit_plugins.arithmetic_captcha.round1.grammar import EXPRESSIONS
from kit_plugins.arithmetic_captcha.synthetic.drawing import ROUND_1, draw

from kit.contract.sample import Sample
from kit.cpu import environment
from kit.data import loader
from kit.data.loader import Loader
from kit.data.reading import Item

BATCH = 64
CAPTCHA = Sample("0", None, "1+2+3")
Step = Callable[[np.ndarray, np.ndarray], None]


def main() -> None:
    """Parse the arguments, measure, print images per second."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.captcha_rates", description=__doc__)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--nice", type=int, nargs="+", default=[loader.NICE])
    parser.add_argument("--readers", type=int, nargs="+", default=[2])
    parser.add_argument("--ahead", type=int, nargs="+", default=[loader.AHEAD])
    parser.add_argument("--blocktime", type=int, nargs="+", default=[-1], help="-1: as it is")
    parser.add_argument("--in-turns", type=int, nargs="+", default=[1], choices=[0, 1])
    options = parser.parse_args()
    environment.prepare()
    config = dataclasses.replace(ARITHMETIC.config, generated=1.0)
    print(f"the captcha library, one core  {_rate(_library(), 200):8.0f}")
    print(f"the plugin, one core           {_rate(_drawing(), 1000):8.0f}")
    items = [Item(0, (0, 0, 0, number)) for number in range(BATCH * options.steps)]
    step = _training_step(config)
    with Loader(ARITHMETIC, [CAPTCHA], dataclasses.replace(config, workers=0)) as reading:
        fixed = next(iter(reading.batches(items[:BATCH], BATCH)))
    step(fixed.x, fixed.y)
    values = options.nice, options.readers, options.ahead, options.blocktime, options.in_turns
    settings = list(itertools.product(*values))
    rounds: dict[tuple[int, ...], list[tuple[Used, Used, Used]]] = {each: [] for each in settings}
    for _ in range(options.rounds):
        for each in settings:
            loader.NICE, workers, loader.AHEAD, blocktime, turns = each
            _set_blocktime(blocktime)
            with Loader(ARITHMETIC, [CAPTCHA], dataclasses.replace(config, workers=workers)) as reading:
                reading.in_turns = bool(turns)
                for _ in range(5):  # memory that the forked readers still share is copied when it is written to
                    step(fixed.x, fixed.y)
                made = _used(lambda reading=reading: _read(reading, items, None))  # type: ignore[misc]
                learnt = _used(lambda: [step(fixed.x, fixed.y) for _ in range(options.steps)])
                both = _used(lambda reading=reading: _read(reading, items, step))  # type: ignore[misc]
            rounds[each].append((made, learnt, both))
    for each in settings:
        _print(each, [_median(list(used)) for used in zip(*rounds[each], strict=True)], len(items))


def _print(setting: tuple[int, ...], used: list[Used], count: int) -> None:
    made, learnt, both = used
    nice, readers, ahead, blocktime, turns = setting
    how = "in turns with training" if turns else "beside training"
    print(
        f"{readers} readers {how}, niced {nice}, {ahead} batches ahead", f"spinning {blocktime} ms" * (blocktime >= 0)
    )
    for name, each in (("examples made", made), ("training steps alone", learnt), ("both at once", both)):
        print(f"  {name:28} {count / each.seconds:8.0f}   {1000 * each.cpu / count:.2f} ms of CPU each")
    print(f"  both reach {(made.seconds + learnt.seconds) / both.seconds:.2f} of what the two allow,", end=" ")
    print(f"{(made.cpu + learnt.cpu) / both.cpu:.2f} in processor seconds")


def _set_blocktime(milliseconds: int) -> None:
    """Let idle threads of OpenMP spin for so long; a negative number changes nothing."""
    if milliseconds >= 0:
        import paddle

        ctypes.CDLL(str(Path(paddle.__file__).parent / "libs" / "libiomp5.so")).kmp_set_blocktime(milliseconds)


@dataclass(frozen=True)
class Used:
    """Clock seconds, and processor seconds of this process and of the readers."""

    seconds: float
    cpu: float


def _median(used: list[Used]) -> Used:
    return Used(statistics.median(each.seconds for each in used), statistics.median(each.cpu for each in used))


def _used(work: Callable[[], object]) -> Used:
    before, start = _processor_seconds(), time.perf_counter()
    work()
    return Used(time.perf_counter() - start, _processor_seconds() - before)


def _processor_seconds() -> float:
    """Those of this process and of the readers so far."""
    processes = [psutil.Process(), *psutil.Process().children()]
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def _read(reading: Loader, items: list[Item], step: Step | None) -> None:
    """Read the items by the loader's processes; with ``step``, train on them."""
    for batch in reading.batches(items, BATCH):
        if step:
            step(batch.x, batch.y)


def _library() -> Callable[[str], object]:
    from captcha.image import ImageCaptcha

    return ImageCaptcha(ROUND_1.width, ROUND_1.height).generate_image


def _drawing() -> Callable[[str], object]:
    rng = np.random.default_rng(0)
    return lambda text: draw(text, ROUND_1, rng)


def _rate(work: Callable[[str], object], count: int) -> float:
    """Return texts per processor second, after a warm-up."""
    rng = np.random.default_rng(0)
    texts = [EXPRESSIONS.random_text(rng) for _ in range(count)]
    for text in texts[:100]:
        work(text)
    start = time.process_time()
    for text in texts:
        work(text)
    return count / (time.process_time() - start)


def _training_step(config: object) -> Step:
    import kit.cpu
    from kit.device import paddle

    kit.cpu.install()
    layer = ARITHMETIC.model()[1].build(config)
    optimizer = paddle.optimizer.AdamW(1e-3, parameters=layer.parameters())

    def step(x: np.ndarray, y: np.ndarray) -> None:
        loss = ARITHMETIC.objective.loss(layer(paddle.to_tensor(x)), paddle.to_tensor(y), config)
        loss.backward()
        optimizer.step()
        optimizer.clear_grad()

    blank = np.zeros((BATCH, 1, 32, 96), np.float32)
    step(blank, np.zeros((BATCH, EXPRESSIONS.length), np.int64))
    return step


if __name__ == "__main__":
    main()
