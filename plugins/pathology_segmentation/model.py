"""The networks: a U-Net with few channels and a large receptive field, and FCN-8s with a VGG-16 encoder."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import paddle
from paddle import nn
from paddle.nn import functional

from kit.models import encoder_unet

from .config import SlideConfig

VGG16 = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)  # 0: pooling
HEAD = 512  # channels of fc6 and fc7; VGG's 4,096 would be 120 million weights for one class


def to_input(pixels: Any) -> Any:
    """Scale uint8 pixels (N, 3, H, W) to float32 from -1 (black) to 1 (white)."""
    return pixels.astype("float32") / 127.5 - 1


class Block(nn.Layer):
    """Two 3x3 convolutions, each with batch normalisation and ReLU: (N, C, H, W) -> (N, width, H, W).

    Batch normalisation, not instance or group normalisation: its statistics are fixed at prediction, so that a pixel
    does not depend on the rest of its window.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*_normalised(channels, width, 3, 1), *_normalised(width, width, 3, 1))

    def forward(self, x: Any) -> Any:
        """Compute the block."""
        return self.layers(x)


def _normalised(channels: int, width: int, kernel: int, stride: int) -> list[nn.Layer]:
    convolution = nn.Conv2D(channels, width, kernel, stride=stride, padding=kernel // 2, bias_attr=False)
    return [convolution, nn.BatchNorm2D(width), nn.ReLU()]


class UNet(nn.Layer):
    """A U-Net whose first convolution has stride 2: pixels uint8 (N, 3, H, W) -> logits (N, H / 2, W / 2).

    H and W must be multiples of 16. ``width`` channels at full resolution, doubled at each of three poolings.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        widths = [width, 2 * width, 4 * width, 8 * width]
        self.stem = nn.Sequential(*_normalised(3, width, 5, 2), *_normalised(width, width, 3, 1))
        self.down = nn.LayerList([Block(a, b) for a, b in pairwise(widths)])
        pairs = [(b, a) for a, b in pairwise(widths)]
        self.grow = nn.LayerList([nn.Conv2DTranspose(a, b, 2, stride=2) for a, b in pairs])
        self.up = nn.LayerList([Block(2 * b, b) for _, b in pairs])
        self.dropout = nn.Dropout2D(dropout)
        self.head = nn.Conv2D(width, 1, 1)

    def forward(self, x: Any) -> Any:
        """Compute logits (N, H / 2, W / 2)."""
        x = self.stem(to_input(x))  # (N, width, H / 2, W / 2)
        kept = []
        for block in self.down:
            kept.append(x)
            x = block(functional.max_pool2d(x, 2))
        x = self.dropout(x)
        for level in reversed(range(len(kept))):  # by index: Paddle's export does not translate zip(strict=True)
            x = self.up[level](paddle.concat([self.grow[level](x), kept[level]], axis=1))
        return self.head(x)[:, 0]


class Fcn8s(nn.Layer):
    """FCN-8s (Long, Shelhamer and Darrell, 2015): pixels uint8 (N, 3, H, W) -> logits (N, H, W).

    H and W must be multiples of 32. ``features`` has the names and shapes of VGG-16 in torchvision and Paddle, so that
    ``pretrained`` accepts weights of both. ``divisor`` divides the channels and keeps the receptive field.
    """

    def __init__(self, dropout: float, divisor: int = 1) -> None:
        super().__init__()
        layers: list[nn.Layer] = []
        channels = 3
        self.ends = []
        for full in VGG16:
            width = full // divisor
            if width:
                layers += [nn.Conv2D(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            else:
                layers.append(nn.MaxPool2D(2))
                self.ends.append(len(layers))
        self.features = nn.Sequential(*layers)
        head = HEAD // divisor
        self.fc = nn.Sequential(
            *(nn.Conv2D(channels, head, 7, padding=3), nn.ReLU(), nn.Dropout2D(dropout)),
            *(nn.Conv2D(head, head, 1), nn.ReLU(), nn.Dropout2D(dropout)),
        )
        self.scores = nn.LayerList([nn.Conv2D(width, 1, 1) for width in (256 // divisor, 512 // divisor, head)])
        self.grow = nn.LayerList([_bilinear(2), _bilinear(2), _bilinear(8)])

    def forward(self, x: Any) -> Any:
        """Compute logits (N, H, W)."""
        x = to_input(x)
        pools = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index + 1 in self.ends:
                pools.append(x)
        score = self.grow[0](self.scores[2](self.fc(x))) + self.scores[1](pools[3])
        score = self.grow[1](score) + self.scores[0](pools[2])
        return self.grow[2](score)[:, 0]


def _bilinear(factor: int) -> nn.Layer:
    """Build a transposed convolution, initialised as bilinear interpolation by ``factor``."""
    side = 2 * factor
    layer = nn.Conv2DTranspose(1, 1, side, stride=factor, padding=factor // 2, bias_attr=False)
    ramp = 1 - (paddle.arange(side, dtype="float32") - (side - 1) / 2).abs() / factor
    layer.weight.set_value((ramp[:, None] * ramp[None]).reshape([1, 1, side, side]))
    return layer


def unet(config: SlideConfig) -> UNet:
    """Build the default network."""
    return UNet(config.width, config.drop)


class PretrainedUNet(nn.Layer):
    """A U-Net on EfficientNet-Lite0: pixels uint8 (N, 3, H, W) -> logits (N, H / 2, W / 2), multiples of 16."""

    def __init__(self, config: SlideConfig) -> None:
        super().__init__()
        self.network = encoder_unet(decay=config.rate_decay, dropout=config.drop, input_mean=0.5, input_std=0.5)

    def forward(self, x: Any) -> Any:
        """Compute logits (N, H / 2, W / 2)."""
        return self.network(to_input(x))


def pretrained_unet(config: SlideConfig) -> PretrainedUNet:
    """Build the U-Net with the pretrained encoder."""
    return PretrainedUNet(config)


def fcn(config: SlideConfig) -> Fcn8s:
    """Build FCN-8s with a VGG-16 encoder."""
    return Fcn8s(config.drop)


def dice_cross_entropy(logits: Any, y: Any, config: SlideConfig) -> Any:
    """Compute soft Dice loss of the whole batch plus cross-entropy: logits (N, h, w), masks 0 or 1 (N, H, W).

    Where the network's grid is coarser, the target of a cell is its fraction of cancer.
    """
    logits = logits.astype("float32")
    target = y.astype("float32")
    if target.shape[1] != logits.shape[1]:
        target = functional.avg_pool2d(target[:, None], target.shape[1] // logits.shape[1])[:, 0]
    entropy = functional.binary_cross_entropy_with_logits(logits, target)
    probabilities = functional.sigmoid(logits)
    dice = (2 * (probabilities * target).sum() + 1) / (probabilities.sum() + target.sum() + 1)
    return entropy + 1 - dice


def probability(logits: Any) -> Any:
    """Convert logits to the probability of cancer, float32 (N, h, w)."""
    return functional.sigmoid(logits.astype("float32"))
