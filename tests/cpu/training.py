"""Train a small network for a few steps and print a hash of its weights; started in processes of its own."""

from __future__ import annotations

import hashlib
import sys

from kit.cpu import environment

environment.prepare()

import paddle  # noqa: E402 - after the environment
from paddle import nn  # noqa: E402

from kit import cpu  # noqa: E402


def trained(steps: int) -> str:
    """Return a hash of the weights after training on made-up data from a fixed seed."""
    paddle.seed(1)
    network = nn.Sequential(
        nn.Conv2D(1, 16, 5, padding=2),
        nn.BatchNorm2D(16),
        nn.ReLU(),
        nn.Conv2D(16, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2D(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(16 * 14 * 14, 10),
    )
    adam = paddle.optimizer.Adam(1e-3, parameters=network.parameters())
    for _ in range(steps):
        x, y = paddle.randn([32, 1, 28, 28]), paddle.randint(0, 10, [32])
        nn.functional.cross_entropy(network(x), y).backward()
        adam.step()
        adam.clear_grad()
    weights = b"".join(parameter.numpy().tobytes() for parameter in network.parameters())
    return hashlib.sha256(weights).hexdigest()


def parallel() -> None:
    """Train in two processes on different data; every process must end with the same weights, which are printed."""
    paddle.distributed.init_parallel_env()
    paddle.seed(3)
    network = nn.Sequential(nn.Conv2D(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2))
    together = paddle.DataParallel(network)
    adam = paddle.optimizer.Adam(1e-3, parameters=network.parameters())
    paddle.seed(100 + paddle.distributed.get_rank())
    for _ in range(3):
        x, y = paddle.randn([8, 1, 8, 8]), paddle.randint(0, 2, [8])
        nn.functional.cross_entropy(together(x), y).backward()
        adam.step()
        adam.clear_grad()
    weights = b"".join(parameter.numpy().tobytes() for parameter in network.parameters())
    print(f"rank {paddle.distributed.get_rank()} {hashlib.sha256(weights).hexdigest()}", flush=True)


if __name__ == "__main__":
    assert cpu.install().active or "paddle" in sys.argv or not hasattr(paddle._C_ops, "conv2d_grad")
    if "parallel" in sys.argv:
        parallel()
    else:
        print(trained(5))
