"""The measured networks in PyTorch; ``networks_paddle`` contains the same networks."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def digit() -> nn.Module:
    """Build the article's digit CNN, (B, 1, 28, 28) to logits (B, 10)."""
    return nn.Sequential(
        *_pair(1, 32, 5),
        *_pair(32, 64, 3),
        nn.Flatten(),
        nn.Linear(64 * 7 * 7, 256),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(256, 10),
    )


def _pair(inside: int, outside: int, kernel: int) -> list[nn.Module]:
    return [
        nn.Conv2d(inside, outside, kernel, padding=kernel // 2),
        nn.ReLU(),
        nn.Conv2d(outside, outside, kernel, padding=kernel // 2),
        nn.ReLU(),
        nn.MaxPool2d(2, 2),
        nn.Dropout(0.25),
    ]


def digits() -> nn.Module:
    """Build the default of digit_recognizer, (B, 1, 28, 28) to logits (B, 10)."""
    return nn.Sequential(
        *_units(1, 24),
        nn.MaxPool2d(2),
        *_units(24, 48),
        nn.MaxPool2d(2),
        *_units(48, 96),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(96, 10),
    )


def _units(inside: int, outside: int) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for channels in (inside, outside):
        layers += [nn.Conv2d(channels, outside, 3, padding=1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]
    return layers


class Captcha(nn.Module):
    """Three stages of two convolutions, then two bidirectional GRUs; (B, 3, 80, 170) to logits (21, B, 37)."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.Sequential(*_stage(3, 32), *_stage(32, 64), *_stage(64, 128))
        self.narrow = nn.Linear(128 * 10, 128)
        self.rnn = nn.GRU(128, 128, 2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(256, 37)

    def forward(self, x: Tensor) -> Tensor:
        """Read the columns of (B, 128, 10, 21) as a sequence."""
        x = self.stages(x)
        x = x.permute(0, 3, 1, 2).flatten(2)  # (B, T, C * H)
        x, _ = self.rnn(self.narrow(x))
        return self.head(x).transpose(0, 1)


def _stage(inside: int, outside: int) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for first in (inside, outside):
        layers += [nn.Conv2d(first, outside, 3, padding=1), nn.BatchNorm2d(outside), nn.ReLU()]
    return [*layers, nn.MaxPool2d(2, 2)]


def captcha() -> nn.Module:
    """Build the article's captcha CRNN."""
    return Captcha()


def volume() -> nn.Module:
    """Build a 3D CNN, (B, 1, 16, 16, 16) to logits (B, 2)."""
    layers: list[nn.Module] = []
    for inside, outside in ((1, 8), (8, 16), (16, 32), (32, 64)):
        layers += [nn.Conv3d(inside, outside, 3, padding=1), nn.ReLU()]
        layers += [nn.MaxPool3d(2, 2)] if outside > 8 else []
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 8, 2))


class Nodule(nn.Module):
    """The default of lung_nodules: a branch for the cube's centre and one for the whole at half the resolution."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.near, self.far = _path(width), _path(width)
        self.coarse = nn.AvgPool3d(2)
        self.out = nn.Sequential(nn.Dropout(0.3), nn.Linear(24 * width, 4 * width), nn.ReLU(), nn.Linear(4 * width, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Compute logits (B, 1) for cubes (B, 1, 32, 32, 32)."""
        x = 2 * x - 1
        near, far = self.near(x[:, :, 8:24, 8:24, 8:24]), self.far(self.coarse(x))
        return self.out(torch.cat([*_pooled(near), *_pooled(far)], 1))


def _pooled(x: Tensor) -> list[Tensor]:
    inner, every = x[:, :, 1:3, 1:3, 1:3].flatten(2), x.flatten(2)
    return [inner.mean(2), every.mean(2), every.amax(2)]


def _path(width: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inside, outside in ((1, width), (width, 2 * width), (2 * width, 4 * width), (4 * width, 4 * width)):
        layers += [nn.Conv3d(inside, outside, 3, padding=1, bias=False), nn.BatchNorm3d(outside), nn.ReLU()]
        layers += [nn.MaxPool3d(2)] if outside < 4 * width else []
    return nn.Sequential(*layers)


def nodule() -> nn.Module:
    """Build the default of lung_nodules."""
    return Nodule()


class Unit(nn.Module):
    """A block of EfficientNet-Lite: expand, filter each channel, project; add the input where it fits."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inside * expansion
        layers = _normalised(inside, inner, 1) if expansion > 1 else []
        layers += _normalised(inner, inner, kernel, stride, groups=inner)
        self.layers = nn.Sequential(*layers, *_normalised(inner, outside, 1)[:-1])
        self.residual = stride == 1 and inside == outside

    def forward(self, x: Tensor) -> Tensor:
        """Compute the block."""
        y = self.layers(x)
        return x + y if self.residual else y


def _normalised(inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(inside, outside, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return [convolution, nn.BatchNorm2d(outside), nn.ReLU6()]


def backbone() -> nn.Module:
    """Build EfficientNet-Lite0 to pooled features, (B, 3, 224, 224) to (B, 1280)."""
    layers = _normalised(3, 32, 3, 2)
    inside = 32
    stages = (
        (1, 3, 1, 1, 16),
        (2, 3, 2, 6, 24),
        (2, 5, 2, 6, 40),
        (3, 3, 2, 6, 80),
        (3, 5, 1, 6, 112),
        (4, 5, 2, 6, 192),
    )
    for repeats, kernel, stride, expansion, outside in (*stages, (1, 3, 1, 6, 320)):
        for number in range(repeats):
            layers.append(Unit(inside, outside, kernel, stride if number == 0 else 1, expansion))
            inside = outside
    return nn.Sequential(*layers, *_normalised(320, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())


class FixedStatistics(nn.Sequential):
    """A network whose batch normalisation stays in inference mode while the others train."""

    def train(self, mode: bool = True) -> FixedStatistics:
        """Set the mode of everything but batch normalisation."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


def fine_tuning() -> nn.Module:
    """Build EfficientNet-Lite0 as it is fine-tuned: fixed statistics, the last five stages trained."""
    layers = list(backbone().children())
    trained = 3 + 3 + 4 + 1 + 5  # units of the last stages; the head's three layers, pooling and flattening
    for layer in layers[:-trained]:
        layer.requires_grad_(False)
    return FixedStatistics(*layers)
