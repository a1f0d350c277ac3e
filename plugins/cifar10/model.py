"""The networks: a fast residual one with whitened inputs, a plain one, and a pretrained one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from paddle import Tensor, nn
from paddle.nn import functional

from kit.models import TransferNetwork, transfer_network

from .config import CLASSES, CifarConfig

PATCH = 2  # pixels; the side of the patches that are whitened
WHITENED_IMAGES = 2000
LOGIT_SCALE = 1 / 9
MEAN, STD = 0.4734, 0.2516  # of CIFAR-10's training pixels, all channels together


def default(config: CifarConfig) -> nn.Layer:
    """Build the fast residual network."""
    return FastResidual(config.width)


def article(config: CifarConfig) -> nn.Layer:
    """Build the plain network: three times two 3x3 convolutions, pooling and dropout; a dense layer of 512."""
    layers: list[nn.Layer] = []
    inputs = 3
    for outputs in (32, 64, 128):
        for _ in range(2):
            layers += [nn.Conv2D(inputs, outputs, 3, padding=1), nn.ReLU(), nn.BatchNorm2D(outputs)]
            inputs = outputs
        layers += [nn.MaxPool2D(2), nn.Dropout(0.25)]
    head = [nn.Flatten(), nn.Linear(128 * 4 * 4, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, len(CLASSES))]
    return nn.Sequential(*layers, *head)


def features(config: CifarConfig) -> TransferNetwork:
    """Build EfficientNet-Lite0 with ten outputs; only the head is fitted."""
    return transfer_network(len(CLASSES))


def transfer(config: CifarConfig) -> TransferNetwork:
    """Build EfficientNet-Lite0 with ten outputs; its last stages are trained."""
    stages, decay = config.trained_stages, config.rate_decay
    return transfer_network(len(CLASSES), trained_stages=stages, decay=decay, dropout=config.dropout)


class FastResidual(nn.Layer):
    """Whitened 2x2 patches, three stages of 3x3 convolutions, the last two with a residual pair, and a linear layer.

    After K. Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (arXiv 2404.00498): the first convolution is
    frozen and whitens patches, the maps are halved early, and the logits are scaled down.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.whitening = nn.Conv2D(3, 6 * PATCH * PATCH, PATCH, bias_attr=False)
        self.whitening.weight.stop_gradient = True
        self.stages = nn.Sequential(
            Stage(6 * PATCH * PATCH, width), Stage(width, 4 * width), Stage(4 * width, 4 * width)
        )
        self.head = nn.Linear(4 * width, len(CLASSES), bias_attr=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 3, 32, 32) in 0..1 to logits (N, 10)."""
        x = functional.relu(self.whitening((x - MEAN) / STD))  # (N, 24, 31, 31)
        x = self.stages(x)  # (N, 4 * width, 3, 3)
        return self.head(x.max([2, 3])) * LOGIT_SCALE


class Stage(nn.Layer):
    """A convolution, max pooling that halves the maps, and a residual convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        first, second = (nn.Conv2D(size, outputs, 3, padding=1, bias_attr=False) for size in (inputs, outputs))
        self.first = nn.Sequential(first, nn.MaxPool2D(2), nn.BatchNorm2D(outputs), nn.ReLU())
        self.second = nn.Sequential(second, nn.BatchNorm2D(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H / 2, W / 2), rounded down."""
        x = self.first(x)
        return functional.relu(x + self.second(x))


def whiten(layer: nn.Layer, batches: Iterable[Any], groups: Sequence[str | None], config: CifarConfig) -> None:
    """Set the first convolution so that its outputs are uncorrelated and of equal variance on training patches.

    Its filters are the eigenvectors of the patches' covariance, divided by the square roots of the eigenvalues, and
    the same with the opposite sign, since the ReLU after it keeps one sign only.
    """
    images: list[np.ndarray] = []
    for batch in batches:
        images.append(batch.x)
        if sum(len(part) for part in images) >= WHITENED_IMAGES:
            break
    patches = _patches((np.concatenate(images)[:WHITENED_IMAGES] - MEAN) / STD)  # (M, 12)
    values, vectors = np.linalg.eigh(patches.T @ patches / len(patches))
    filters = (vectors / np.sqrt(values + 5e-4)).T.reshape(-1, 3, PATCH, PATCH)[::-1]  # the largest first
    layer.whitening.weight.set_value(np.concatenate([filters, -filters]).astype(np.float32))


def _patches(images: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), axis=(2, 3))  # (N, 3, 31, 31, 2, 2)
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, 3 * PATCH * PATCH)
