"""The default of digit_recognizer trained in PyTorch: the same inputs, split, network and schedule.

``python -m tests.benchmarks.digits_torch DIR GOAL SEED`` stops after the epoch whose held-out accuracy reaches the
goal, and prints the accuracy of each epoch. Images are prepared by two reader processes, as in the kit.
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from kit_plugins.digit_recognizer import TASK
from kit_plugins.digit_recognizer.inputs import example
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset

from kit import Sample
from kit.data.folds import folds
from tests.benchmarks.networks_torch import digits

WARMUP = 0.2


class Images(Dataset[tuple[torch.Tensor, int]]):
    """Samples as tensors; augmented where ``seed`` is given."""

    def __init__(self, samples: list[Sample], seed: int | None) -> None:
        self.samples, self.seed, self.epoch = samples, seed, 0

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, position: int) -> tuple[torch.Tensor, int]:
        rng = None if self.seed is None else np.random.default_rng([self.seed, self.epoch, position])
        x, y = example(self.samples[position], rng, TASK.config)
        return torch.from_numpy(x), int(y)


def train(folder: Path, goal: float, seed: int) -> float:
    """Train until the goal is reached or the epochs are over; return the last held-out accuracy."""
    config = TASK.config
    torch.manual_seed(seed)
    samples = TASK.reader(folder, "train")
    fold = folds(samples, config, TASK.strata, TASK.split)[0]
    training = Images([samples[position] for position in fold.train], seed)
    held_out = Images([samples[position] for position in fold.valid], None)
    batches = DataLoader(training, config.batch_size, shuffle=True, drop_last=True, num_workers=2)
    network = digits()
    torch.nn.init.normal_(network[-1].weight, 0.0, 0.02)
    averaged = copy.deepcopy(network)
    steps = config.epochs * len(batches)
    optimizer = torch.optim.AdamW(network.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.learning_rate, steps, pct_start=WARMUP)
    done, accuracy = 0, 0.0
    for epoch in range(config.epochs):
        training.epoch = epoch
        network.train()
        for x, y in batches:
            optimizer.zero_grad()
            cross_entropy(network(x), y).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip_norm)
            optimizer.step()
            schedule.step()
            done += 1
            _average(averaged, network, min(config.ema, (1 + done) / (10 + done)))
        accuracy = _accuracy(averaged, held_out)
        print(accuracy, flush=True)
        if accuracy >= goal:
            break
    return accuracy


def _average(averaged: Any, network: Any, decay: float) -> None:
    with torch.no_grad():
        for mean, value in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
            if mean.dtype.is_floating_point:
                mean.lerp_(value, 1 - decay)
            else:
                mean.copy_(value)


def _accuracy(network: Any, images: Images) -> float:
    network.eval()
    with torch.no_grad():
        right = [(network(x).argmax(1) == y).float() for x, y in DataLoader(images, 512)]
    return float(torch.cat(right).mean())


if __name__ == "__main__":
    train(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
