"""Speed of training for each eye disease model, and of reading photographs compared with the course's cv2 loop.

``python -m tests.benchmarks.eye_disease [MODEL ...]`` prints images per second. Reading is measured on one core, on
synthetic photographs of the originals' size (2124 x 2056).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

SIZE = (2124, 2056)
PHOTOGRAPHS = 12
BATCH = 16


def course_loop(path: Path) -> np.ndarray:
    """Read one photograph as 《零基础入门深度学习》 does: decode at full size, resize to 224, scale to -1..1."""
    import cv2

    image = cv2.resize(cv2.imread(str(path)), (224, 224))
    return np.transpose(image, (2, 0, 1)).astype("float32") / 255.0 * 2.0 - 1.0


def reading() -> dict[str, float]:
    """Measure photographs per second on one core: the course's loop, the kit without and with its cache."""
    import os

    import cv2
    from kit_plugins.eye_disease import cache, fundus, image

    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        os.environ["KIT_CACHE"] = f"{name}/cache"
        paths = [Path(name, f"P{number:04d}.jpg") for number in range(PHOTOGRAPHS)]
        for number, path in enumerate(paths):
            drawn = fundus.photograph("P", np.random.default_rng(number))
            cv2.imwrite(str(path), cv2.resize(drawn[..., ::-1], SIZE, interpolation=cv2.INTER_CUBIC))
        ways: dict[str, Callable[[Path], Any]] = {
            "course's loop, 224": course_loop,
            "kit, decoded, 224": lambda path: image.load(path, 224, 0.0),
            "kit, decoded, 128": lambda path: image.load(path, 128, 0.0),
            "kit, first read into the cache, 128": lambda path: cache.cached(path, 128, 0.0),
            "kit, from the cache, 128": lambda path: cache.cached(path, 128, 0.0),
        }
        return {title: _per_second(way, paths) for title, way in ways.items()}


def _per_second(way: Callable[[Path], Any], paths: list[Path]) -> float:
    start = time.process_time()
    for path in paths:
        way(path)
    return len(paths) / (time.process_time() - start)


def training(name: str, seconds: float = 5.0) -> float:
    """Measure images per second of forward, backward and AdamW for one model at its own image size."""
    from kit import cpu
    from kit.cpu import environment

    environment.prepare()
    cpu.install()
    import paddle
    from kit_plugins.eye_disease import TASK

    _, model = TASK.model(name)
    config = replace(TASK.config, **model.settings)
    layer = model.build(config)
    adam = paddle.optimizer.AdamW(1e-4, parameters=layer.parameters())
    x = paddle.randn([BATCH, 3, config.image_size, config.image_size])
    y = paddle.to_tensor(np.arange(BATCH, dtype=np.float32)[:, None] % 2)

    def step() -> None:
        paddle.nn.functional.binary_cross_entropy_with_logits(layer(x), y).backward()
        adam.step()
        adam.clear_grad()

    step()
    start, steps = time.perf_counter(), 0
    while not steps or time.perf_counter() - start < seconds:
        step()
        steps += 1
    return BATCH * steps / (time.perf_counter() - start)


def main(names: list[str]) -> None:
    """Measure everything, each model in its own process, and print one table."""
    from kit_plugins.eye_disease import TASK

    for title, speed in reading().items():
        print(f"{title:<40}{speed:>9,.0f} img/s a core")
    for name in names or [name for name in TASK.models if name != "baseline"]:
        command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.eye_disease", "--train", name]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(f"{'train step, ' + name:<40}{json.loads(out.splitlines()[-1]):>9,.1f} img/s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--train"]:
        print(json.dumps(training(sys.argv[2])))
    else:
        main(sys.argv[1:])
