"""The networks: a pretrained backbone, fitted or fine-tuned, and a residual network trained from scratch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import paddle
from paddle import Tensor, nn
from paddle.nn import functional

from kit.models import TransferNetwork, transfer_network

from .config import PhotographConfig


def features(config: PhotographConfig) -> TransferNetwork:
    """Build EfficientNet-Lite0, 1 and 2 side by side with one output; only the head is fitted."""
    return transfer_network(1, variants=(0, 1, 2))


def transfer(config: PhotographConfig) -> TransferNetwork:
    """Build EfficientNet-Lite0 with one output; its last stages are trained."""
    stages, decay = config.trained_stages, config.rate_decay
    return transfer_network(1, trained_stages=stages, decay=decay, dropout=config.dropout)


def scratch(config: PhotographConfig) -> nn.Layer:
    """Build the residual network."""
    return Residual(config.width, config.dropout)


class Residual(nn.Layer):
    """A 5x5 convolution and four residual blocks, each half as large and twice as wide, pooled to one output."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        widths = [width * factor for factor in (1, 2, 4, 8, 8)]
        self.stem = nn.Sequential(*_convolution(3, width, 5, relu=True), nn.MaxPool2D(2))
        self.blocks = nn.Sequential(*[Block(inputs, outputs) for inputs, outputs in pairwise(widths)])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(widths[-1], 1)

    def maps(self, x: Tensor) -> Tensor:
        """Map photographs (N, 3, S, S) in 0..1 to the last feature maps (N, 8 * width, S / 32, S / 32)."""
        return self.blocks(self.stem(x * 4 - 2))

    def activation_maps(self, x: Tensor) -> Tensor:
        """Map photographs to the last feature maps weighted by the linear layer after the pooling, (N, h, w)."""
        return paddle.einsum("nchw,c->nhw", self.maps(x), self.head.weight[:, 0])

    def forward(self, x: Tensor) -> Tensor:
        """Map photographs (N, 3, S, S) in 0..1 to logits (N, 1)."""
        return self.head(self.dropout(self.maps(x).mean([2, 3])))


class Block(nn.Layer):
    """Two 3x3 convolutions beside a short cut that averages first (He et al. 2018, "Bag of Tricks"); halves maps."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = _convolution(inputs, outputs, 3, 2, relu=True)
        self.second = _convolution(outputs, outputs, 3)
        self.short_cut = nn.Sequential(nn.AvgPool2D(2, ceil_mode=True), _convolution(inputs, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H / 2, W / 2), rounded up."""
        return functional.relu(self.second(self.first(x)) + self.short_cut(x))


def explain(layer: nn.Layer, batch: np.ndarray) -> np.ndarray:
    """Class activation maps (Zhou et al. 2016), float32 (N, h, w); above 0 is evidence for a dog."""
    maps: np.ndarray = layer.activation_maps(paddle.to_tensor(batch)).numpy()
    return maps


def _convolution(inputs: int, outputs: int, kernel: int, stride: int = 1, *, relu: bool = False) -> nn.Sequential:
    convolution = nn.Conv2D(inputs, outputs, kernel, stride, padding=kernel // 2, bias_attr=False)
    return nn.Sequential(convolution, nn.BatchNorm2D(outputs), *([nn.ReLU()] if relu else []))
