"""Networks as Paddle layers, for logits. Import this from a plugin's model module alone: it imports Paddle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import paddle
from paddle import Tensor, nn
from paddle.nn import functional

RIDGE = 1.0  # the penalty on squared weights of the first solution


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
    "Wide & Deep Learning"), which begin at nothing. Numbers are clipped to -10..10.
    """
    return Mlp(numbers, categories, outputs, width, size, dropout)


def fit_linear(network: Mlp, batches: Iterable[Any], groups: Sequence[str | None], config: Any) -> None:
    """Begin the training of numbers from a ridge regression: for ``kit.Model(initialize=...)`` with :func:`mlp`.

    The linear layer gets its solution, and the hidden layers begin at nothing: what is linear in the data is known
    before the first step. ``groups`` and ``config`` are not needed.
    """
    network.eval()
    moments: Any = 0.0  # of the columns 1, x and y together, summed over all rows
    for batch in batches:
        with paddle.no_grad():
            row = network.row(paddle.to_tensor(batch.x)).numpy()
        columns = np.column_stack([np.ones(len(row)), row, np.asarray(batch.y).reshape(len(row), -1)])
        moments = moments + columns.T.astype(np.float64) @ columns
    inputs = slice(1, 1 + network.linear.weight.shape[0])
    outputs = slice(inputs.stop, None)
    centred = moments - np.outer(moments[0], moments[0]) / moments[0, 0]
    weight = np.linalg.solve(centred[inputs, inputs] + RIDGE * np.eye(inputs.stop - 1), centred[inputs, outputs])
    means = moments[0] / moments[0, 0]
    network.linear.weight.set_value(weight.astype(np.float32))
    network.linear.bias.set_value((means[outputs] - means[inputs] @ weight).astype(np.float32))


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
        self.stem = _convolution(channels, width, 1, relu=True)
        self.blocks = nn.Sequential(*[Block(width * 2**i, width * 2 ** (i + 1)) for i in range(blocks)])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width * 2**blocks, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, C, H, W) to outputs (N, outputs)."""
        maps = self.blocks(self.stem(x * 2 - 1))
        return self.head(self.dropout(maps.mean([2, 3])))


class Block(nn.Layer):  # type: ignore[misc]
    """Two 3x3 convolutions beside a short cut that averages first (He et al. 2018, "Bag of Tricks"); halves maps."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = _convolution(inputs, outputs, 2, relu=True)
        self.second = _convolution(outputs, outputs, 1)
        self.short_cut = nn.Sequential(nn.AvgPool2D(2, ceil_mode=True), nn.Conv2D(inputs, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H / 2, W / 2), rounded up."""
        return functional.relu(self.second(self.first(x)) + self.short_cut(x))


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
        hidden += [nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout)]
        hidden += [nn.Linear(width, outputs, weight_attr=nn.initializer.Constant(0.0))]
        self.layers = nn.Sequential(*hidden)
        self.linear = nn.Linear(numbers + size * len(categories), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Map rows (N, numbers + categories) to outputs (N, outputs)."""
        row = self.row(x)
        return self.layers(row) + self.linear(row)

    def row(self, x: Tensor) -> Tensor:
        """The numbers, clipped, and the embeddings, (N, numbers + size * categories)."""
        parts = [x[:, : self.numbers].clip(-10, 10)] if self.numbers else []
        for position, embedding in enumerate(self.embeddings):
            parts.append(embedding(x[:, self.numbers + position].astype("int64")))
        return paddle.concat(parts, axis=1)


def _convolution(inputs: int, outputs: int, stride: int, *, relu: bool = False) -> nn.Sequential:
    convolution = nn.Conv2D(inputs, outputs, 3, stride, padding=1, bias_attr=False)
    return nn.Sequential(convolution, nn.BatchNorm2D(outputs), *([nn.ReLU()] if relu else []))


def _pair(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(_convolution(inputs, outputs, 1), nn.ReLU(), _convolution(outputs, outputs, 1), nn.ReLU())
