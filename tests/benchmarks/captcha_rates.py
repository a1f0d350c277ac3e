"""Speed of drawing captchas, of training on them, and of both together: ``python -m tests.benchmarks.captcha_rates``.

The generators of the captcha library and of the plugin are timed in processor seconds on one core. Training is timed
first on a batch in memory, then on batches from the loader's processes. Both together can reach at most
1 / (1/generation + 1/step) on the same cores.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Callable

import numpy as np
from kit_plugins.arithmetic_captcha import ARITHMETIC
from kit_plugins.arithmetic_captcha.round1.grammar import EXPRESSIONS
from kit_plugins.arithmetic_captcha.synthetic.drawing import ROUND_1, draw

from kit.contract.sample import Sample
from kit.cpu import environment
from kit.data.loader import Item, Loader

BATCH = 64


def main() -> None:
    """Parse the arguments, measure, print images per second."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.captcha_rates", description=__doc__)
    parser.add_argument("--steps", type=int, default=40)
    options = parser.parse_args()
    environment.prepare()
    config = dataclasses.replace(ARITHMETIC.config, generated=1.0)
    print(f"the captcha library, one core  {_rate(_library(), 200):8.0f}")
    print(f"the plugin, one core           {_rate(_drawing(), 1000):8.0f}")
    with Loader(ARITHMETIC, [Sample("0", None, "1+2+3")], dataclasses.replace(config, workers=2)) as loader:
        items = [Item(0, (0, 0, 0, number)) for number in range(BATCH * options.steps)]
        made = _rate_of_batches(loader, items, None)
        step = _training_step(config)
        fixed = next(iter(loader.batches(items[:BATCH], BATCH)))
        start = time.perf_counter()
        for _ in range(options.steps):
            step(fixed.x, fixed.y)
        learnt = BATCH * options.steps / (time.perf_counter() - start)
        both = _rate_of_batches(loader, items, step)
    print(f"examples made, two processes   {made:8.0f}")
    print(f"training steps alone           {learnt:8.0f}")
    allowed = 1 / (1 / made + 1 / learnt)
    print(f"both at once                   {both:8.0f}   {both / allowed:.2f} of what the two allow ({allowed:.0f})")


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


def _training_step(config: object) -> Callable[[np.ndarray, np.ndarray], None]:
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


def _rate_of_batches(loader: Loader, items: list[Item], step: Callable[[np.ndarray, np.ndarray], None] | None) -> float:
    """Return examples per second from the loader's processes; with ``step``, the model is trained on them."""
    list(loader.batches(items[: 2 * BATCH], BATCH))
    start = time.perf_counter()
    for batch in loader.batches(items, BATCH):
        if step:
            step(batch.x, batch.y)
    return len(items) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
