"""Speed of drawing captchas, of training on them, and of both together: ``python -m tests.benchmarks.captcha_rates``.

The generators of the captcha library and of the plugin are timed in processor seconds on one core. Training is timed
first on a batch in memory, then on batches from the loader's processes. Both together can reach at most
1 / (1/generation + 1/step) on the same cores. The same ratio of processor seconds (main process and readers) leaves out
what other work on the machine takes, and waiting.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from kit_plugins.arithmetic_captcha import ARITHMETIC
from kit_plugins.arithmetic_captcha.config import CaptchaConfig
from kit_plugins.arithmetic_captcha.round1.grammar import EXPRESSIONS
from kit_plugins.arithmetic_captcha.synthetic.drawing import ROUND_1, draw

from kit.contract.sample import Sample
from kit.cpu import environment
from kit.data.loader import Loader
from kit.data.reading import Item

BATCH = 64
CAPTCHA = Sample("0", None, "1+2+3")
Step = Callable[[np.ndarray, np.ndarray], None]


def main() -> None:
    """Parse the arguments, measure, print images per second."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.captcha_rates", description=__doc__)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    environment.prepare()
    config = dataclasses.replace(ARITHMETIC.config, generated=1.0)
    print(f"the captcha library, one core  {_rate(_library(), 200):8.0f}")
    print(f"the plugin, one core           {_rate(_drawing(), 1000):8.0f}")
    items = [Item(0, (0, 0, 0, number)) for number in range(BATCH * options.steps)]
    reading = dataclasses.replace(config, workers=2)
    made = _used(lambda: _read(reading, items, None))
    step = _training_step(config)
    with Loader(ARITHMETIC, [CAPTCHA], dataclasses.replace(config, workers=0)) as loader:
        fixed = next(iter(loader.batches(items[:BATCH], BATCH)))
    step(fixed.x, fixed.y)
    learnt = _used(lambda: [step(fixed.x, fixed.y) for _ in range(options.steps)])
    both = _used(lambda: _read(reading, items, step))
    for name, used in (
        ("examples made, two processes", made),
        ("training steps alone", learnt),
        ("both at once", both),
    ):
        print(f"{name:30} {len(items) / used.seconds:8.0f}   {1000 * used.cpu / len(items):.2f} ms of CPU each")
    print(f"both reach {(made.seconds + learnt.seconds) / both.seconds:.2f} of what the two allow,", end=" ")
    print(f"{(made.cpu + learnt.cpu) / both.cpu:.2f} in processor seconds")


@dataclass(frozen=True)
class Used:
    """Clock seconds, and processor seconds of this process and of the readers that ended."""

    seconds: float
    cpu: float


def _used(work: Callable[[], object]) -> Used:
    before, start = os.times(), time.perf_counter()
    work()
    after = os.times()
    return Used(time.perf_counter() - start, sum(after[:4]) - sum(before[:4]))


def _read(config: CaptchaConfig, items: list[Item], step: Step | None) -> None:
    """Read the items by two processes; with ``step``, train on them. The start of the processes counts too."""
    with Loader(ARITHMETIC, [CAPTCHA], config) as loader:
        for batch in loader.batches(items, BATCH):
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
