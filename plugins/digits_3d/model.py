"""The networks: one for the flat image of a solid, one of 3D convolutions, and the article's two."""

from __future__ import annotations

from paddle import nn

from .config import CLASSES, SIDE, SolidConfig


def default(config: SolidConfig) -> nn.Layer:
    """Build six 3x3 convolutions in three stages of 28x28, 14x14 and 7x7, a global maximum and a linear layer."""
    width = config.width
    return nn.Sequential(
        *_unit2d(2, width),
        *_unit2d(width, width),
        nn.MaxPool2D(2),
        *_unit2d(width, 2 * width),
        *_unit2d(2 * width, 2 * width),
        nn.MaxPool2D(2),
        *_unit2d(2 * width, 4 * width),
        *_unit2d(4 * width, 4 * width),
        nn.AdaptiveMaxPool2D(1),
        *_head(4 * width),
    )


def voxels(config: SolidConfig) -> nn.Layer:
    """Build eight 3x3x3 convolutions in three stages of 16, 8 and 4 voxels, a global maximum and a linear layer."""
    width = config.width
    return nn.Sequential(
        *_unit3d(1, width // 2),
        *_unit3d(width // 2, width // 2),
        nn.MaxPool3D(2),
        *_unit3d(width // 2, width),
        *_unit3d(width, width),
        *_unit3d(width, width),
        nn.MaxPool3D(2),
        *_unit3d(width, 2 * width),
        *_unit3d(2 * width, 2 * width),
        *_unit3d(2 * width, 2 * width),
        nn.AdaptiveMaxPool3D(1),
        *_head(2 * width),
    )


def cnn2d(config: SolidConfig) -> nn.Layer:
    """Build the article's 2D network, (B, 16, 16, 16) with the depth as channels to logits (B, 10)."""
    return nn.Sequential(
        *_plain2d(SIDE, 8),
        *_plain2d(8, 16),
        nn.MaxPool2D(2),
        nn.Dropout(0.25),
        *_plain2d(16, 32),
        *_plain2d(32, 64),
        nn.BatchNorm2D(64),
        nn.MaxPool2D(2),
        nn.Dropout(0.25),
        *_dense(64 * (SIDE // 4) ** 2),
    )


def cnn3d(config: SolidConfig) -> nn.Layer:
    """Build the article's 3D network, (B, 3, 16, 16, 16) in colours to logits (B, 10)."""
    return nn.Sequential(
        *_plain3d(3, 8),
        *_plain3d(8, 16),
        nn.MaxPool3D(2),
        *_plain3d(16, 32),
        *_plain3d(32, 64),
        nn.BatchNorm3D(64),
        nn.MaxPool3D(2),
        nn.Dropout(0.25),
        *_dense(64 * (SIDE // 4) ** 3),
    )


def _unit2d(inputs: int, outputs: int) -> list[nn.Layer]:
    return [nn.Conv2D(inputs, outputs, 3, padding=1, bias_attr=False), nn.BatchNorm2D(outputs), nn.ReLU()]


def _unit3d(inputs: int, outputs: int) -> list[nn.Layer]:
    return [nn.Conv3D(inputs, outputs, 3, padding=1, bias_attr=False), nn.BatchNorm3D(outputs), nn.ReLU()]


def _head(inputs: int) -> list[nn.Layer]:
    # Maxima are large: with Paddle's default initialisation the first losses would be far too large.
    linear = nn.Linear(inputs, CLASSES, weight_attr=nn.initializer.Normal(0.0, 0.02))
    return [nn.Flatten(), nn.Dropout(0.3), linear]


def _plain2d(inputs: int, outputs: int) -> list[nn.Layer]:
    return [nn.Conv2D(inputs, outputs, 3, padding=1), nn.ReLU()]


def _plain3d(inputs: int, outputs: int) -> list[nn.Layer]:
    return [nn.Conv3D(inputs, outputs, 3, padding=1), nn.ReLU()]


def _dense(inputs: int) -> list[nn.Layer]:
    layers: list[nn.Layer] = [nn.Flatten()]
    for size in (4096, 1024):
        layers += [nn.Linear(inputs, size), nn.ReLU(), nn.Dropout(0.5)]
        inputs = size
    return [*layers, nn.Linear(inputs, CLASSES)]
