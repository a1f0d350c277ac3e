from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import psutil
import pytest
from paddle import nn

from kit import cpu
from kit.cpu.onednn import convolution
from tests.cpu.onednn.equality import values

ROOT = Path(__file__).parents[2]


def features(x: np.ndarray) -> np.ndarray:
    """Return the gradient of a convolution's input, computed in this process."""
    assert cpu.install().active
    paddle.seed(0)
    tensor = paddle.to_tensor(x, stop_gradient=False)
    y = nn.functional.relu(nn.functional.conv2d(tensor, paddle.full([8, 3, 3, 3], 0.1), padding=1))
    (gradient,) = paddle.grad([y.sum()], [tensor])
    found: np.ndarray = gradient.numpy()
    return found


def _answer(queue: Any, x: np.ndarray) -> None:
    queue.put(features(x))


def compare_with_worker(method: str) -> None:
    """Fail unless a worker process, forked or spawned, computes what this process does."""
    x = values(np.random.default_rng(0), 4, 3, 40, 40)
    expected = features(x)  # in the parent first, so that a fork inherits primitives and threads
    time.sleep(0.5)  # until OpenMP's threads sleep: one that is just going to holds a lock, which a fork would inherit
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    process = context.Process(target=_answer, args=(queue, x))
    process.start()
    try:
        assert np.allclose(queue.get(timeout=60), expected, atol=1e-5)
    finally:
        process.join(10)
        process.kill()


def test_a_spawned_worker_computes_the_same(onednn: cpu.Status) -> None:
    compare_with_worker("spawn")


def test_a_forked_worker_computes_the_same() -> None:
    # In a process of its own: a fork of this one would inherit locks that the threads of other tests' engines hold.
    code = "from tests.cpu.test_processes import compare_with_worker; compare_with_worker('fork')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr


def test_threads_predict_the_same(onednn: cpu.Status) -> None:
    network = nn.Sequential(nn.Conv2D(3, 8, 3), nn.ReLU(), nn.MaxPool2D(2), nn.Conv2D(8, 8, 3))
    inputs = [paddle.randn([8, 3, 30 + size, 50]) for size in range(6)]
    with paddle.no_grad():
        expected = [network(x).numpy() for x in inputs]
    convolution.PLANS.clear()
    wrong: list[int] = []

    def work(start: int) -> None:
        for turn in range(24):
            index = (start + turn) % len(inputs)
            with paddle.no_grad():
                if not np.allclose(network(inputs[index]).numpy(), expected[index], atol=1e-5):
                    wrong.append(index)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_same_seed_gives_the_same_bytes_in_two_processes() -> None:
    command = [sys.executable, "-m", "tests.cpu.training"]
    runs = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (run.communicate(timeout=120)[0].split()[-1] for run in runs)
    assert len(first) == 64 and first == second


@pytest.mark.slow  # tests/training/test_distributed.py trains in two processes each time
def test_two_gloo_processes_train_to_the_same_weights(tmp_path: Path) -> None:
    launch = [sys.executable, "-m", "paddle.distributed.launch", "--nproc_per_node", "2", "--backend", "gloo"]
    script = ["--log_dir", str(tmp_path), str(ROOT / "tests" / "cpu" / "training.py"), "parallel"]
    paths = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run([*launch, *script], cwd=ROOT, env=paths, capture_output=True, text=True, timeout=200)
    logs = run.stdout + "".join(path.read_text() for path in tmp_path.glob("workerlog.*"))
    found = dict(re.findall(r"rank (\d) (\w{64})", logs))
    assert sorted(found) == ["0", "1"], logs[-3000:]
    assert found["0"] == found["1"]


def grown(steps: int) -> float:
    """Return by how many megabytes the process grew over training steps of ever-changing shapes."""
    network = nn.Sequential(
        nn.Conv2D(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2D(2),
        nn.Dropout(0.5),
        nn.Conv2DTranspose(8, 3, 2, stride=2),
    )
    generator = np.random.default_rng(0)

    def step() -> None:
        height, width = (int(n) for n in generator.integers(12, 60, 2))
        x = paddle.to_tensor(values(generator, 8, 3, 2 * height, 2 * width))
        network(x).mean().backward()
        network.clear_gradients()

    process = psutil.Process()
    for _ in range(150):  # more shapes than are kept
        step()
    before = process.memory_info().rss
    for _ in range(steps):
        step()
    assert len(convolution.PLANS) <= 128
    return (process.memory_info().rss - before) / 2**20


def test_a_hundred_steps_of_changing_shapes_do_not_grow_the_process(onednn: cpu.Status) -> None:
    assert grown(100) < 30


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_thousand_steps_of_changing_shapes_do_not_grow_the_process(onednn: cpu.Status) -> None:
    assert grown(2000) < 60
