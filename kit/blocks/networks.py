"""Networks as Paddle layers, for logits. Import this from a plugin's model module alone: it imports Paddle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import paddle
from paddle import Tensor, nn
from paddle.nn import functional


def residual(channels: int, outputs: int, *, width: int = 32, blocks: int = 3, dropout: float = 0.1) -> nn.Layer:
    """Build a residual network for images (N, channels, H, W) in 0..1, to outputs (N, outputs).

    Each block halves the maps and doubles their number, which begins with ``width``.
    """
    return Residual(channels, outputs, width, blocks, dropout)


def unet(channels: int, *, width: int = 16, levels: int = 4) -> nn.Layer:
    """Build a U-Net for images (N, channels, H, W) in 0..1, to logits (N, H, W).

    H and W are multiples of 2 ** (levels - 1).
    """
    return UNet(channels, width, levels)


def mlp(
    numbers: int, categories: Sequence[int], outputs: int, *, width: int = 128, size: int = 8, dropout: float = 0.1
) -> nn.Layer:
    """Build a network of two hidden layers for rows (N, numbers + len(categories)), float32, to outputs (N, outputs).

    A row is its numbers, standardized, then the code of each category; ``categories`` says how many codes each of them
    has. Each code has an embedding of ``size`` numbers. A linear layer is added to the hidden ones (Cheng et al. 2016,
    "Wide & Deep Learning"), which learns what is linear at once. Numbers are clipped to -10..10.
    """
    return Mlp(numbers, categories, outputs, width, size, dropout)


def convnet3d(channels: int, outputs: int, *, width: int = 16, blocks: int = 3, dropout: float = 0.1) -> nn.Layer:
    """Build a convolutional network for volumes (N, channels, D, H, W), to outputs (N, outputs).

    Each block convolves, normalizes, and halves the maps: a side has at least 2 ** blocks voxels.
    """
    widths = [channels] + [width * 2**block for block in range(blocks)]
    layers: list[nn.Layer] = []
    for block in range(blocks):
        convolution = nn.Conv3D(widths[block], widths[block + 1], 3, padding=1, bias_attr=False)
        layers += [convolution, nn.BatchNorm3D(widths[block + 1]), nn.ReLU(), nn.MaxPool3D(2)]
    head = [nn.AdaptiveAvgPool3D(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(widths[-1], outputs)]
    return nn.Sequential(*layers, *head)


class Residual(nn.Layer):  # type: ignore[misc]  # Paddle has no types
    """A convolution and residual blocks, pooled to the outputs."""

    def __init__(self, channels: int, outputs: int, width: int, blocks: int, dropout: float) -> None:
        super().__init__()
        self.stem = _convolution(channels, width, 1)
        self.blocks = nn.Sequential(*[Block(width * 2**i, width * 2 ** (i + 1)) for i in range(blocks)])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width * 2**blocks, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, C, H, W) to outputs (N, outputs)."""
        maps = self.blocks(functional.relu(self.stem(x * 2 - 1)))
        return self.head(self.dropout(maps.mean([2, 3])))


class Block(nn.Layer):  # type: ignore[misc]
    """Two 3x3 convolutions beside a short cut that averages first (He et al. 2018, "Bag of Tricks"); halves maps."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = _convolution(inputs, outputs, 2)
        self.second = _convolution(outputs, outputs, 1)
        self.short_cut = nn.Sequential(nn.AvgPool2D(2, ceil_mode=True), nn.Conv2D(inputs, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H / 2, W / 2), rounded up."""
        return functional.relu(self.second(functional.relu(self.first(x))) + self.short_cut(x))


class UNet(nn.Layer):  # type: ignore[misc]
    """A U-Net (Ronneberger et al. 2015) with batch normalization."""

    def __init__(self, channels: int, width: int, levels: int) -> None:
        super().__init__()
        self.levels = levels
        widths = [width * 2**level for level in range(levels)]
        inputs = [channels, *widths[:-1]]
        self.down = nn.LayerList([_pair(inputs[level], widths[level]) for level in range(levels)])
        self.grow = nn.LayerList([nn.Conv2DTranspose(2 * outputs, outputs, 2, stride=2) for outputs in widths[:-1]])
        self.up = nn.LayerList([_pair(2 * outputs, outputs) for outputs in widths[:-1]])
        self.pool = nn.MaxPool2D(2)
        self.head = nn.Conv2D(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, C, H, W) in 0..1 to logits of the foreground (N, H, W)."""
        maps = []
        for level in range(self.levels):
            x = self.down[level](x * 2 - 1 if level == 0 else self.pool(x))
            maps.append(x)
        for level in range(self.levels - 2, -1, -1):
            x = self.up[level](paddle.concat([self.grow[level](x), maps[level]], axis=1))
        return self.head(x)[:, 0]


class Mlp(nn.Layer):  # type: ignore[misc]
    """Numbers and an embedding of each category; two hidden layers beside a linear one."""

    def __init__(
        self, numbers: int, categories: Sequence[int], outputs: int, width: int, size: int, dropout: float
    ) -> None:
        super().__init__()
        self.numbers = numbers
        self.embeddings = nn.LayerList([nn.Embedding(count, size) for count in categories])
        hidden: list[Any] = [nn.Linear(numbers + size * len(categories), width), nn.BatchNorm1D(width), nn.ReLU()]
        hidden += [nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, outputs)]
        self.layers = nn.Sequential(*hidden)
        self.linear = nn.Linear(numbers + size * len(categories), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map rows (N, numbers + categories) to outputs (N, outputs)."""
        parts = [x[:, : self.numbers].clip(-10, 10)] if self.numbers else []
        for position, embedding in enumerate(self.embeddings):
            parts.append(embedding(x[:, self.numbers + position].astype("int64")))
        row = paddle.concat(parts, axis=1)
        return self.layers(row) + self.linear(row)


def _convolution(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2D(inputs, outputs, 3, stride, padding=1, bias_attr=False)
    return nn.Sequential(convolution, nn.BatchNorm2D(outputs))


def _pair(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(_convolution(inputs, outputs, 1), nn.ReLU(), _convolution(outputs, outputs, 1), nn.ReLU())
