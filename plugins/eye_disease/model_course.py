"""LeNet, AlexNet and GoogLeNet as the course 《零基础入门深度学习》 uses them: for 3x224x224, with one output."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn


class LeNet(nn.Layer):
    """LeCun et al. 1998 for a colour photograph: three convolutions, sigmoids, two dense layers.

    Sigmoids saturate on an input of this size, so it hardly learns; the course shows just that.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2D(3, 6, 5),
            nn.Sigmoid(),
            nn.MaxPool2D(2),
            nn.Conv2D(6, 16, 5),
            nn.Sigmoid(),
            nn.MaxPool2D(2),
            nn.Conv2D(16, 120, 4),
            nn.Sigmoid(),
            nn.Flatten(),
        )
        left = ((side - 4) // 2 - 4) // 2 - 3  # 50 of 224
        self.head = nn.Sequential(nn.Linear(120 * left * left, 64), nn.Sigmoid(), nn.Linear(64, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map photographs (B, 3, S, S) to logits (B, 1)."""
        return self.head(self.features(x))


class AlexNet(nn.Layer):
    """The course's AlexNet: 96 first filters as in Krizhevsky et al. 2012, on one card, with 2x2 pooling.

    Paddle's own has 64 first filters and 3x3 pooling (Krizhevsky 2014, "One weird trick").
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2D(3, 96, 11, stride=4, padding=5),
            nn.ReLU(),
            nn.MaxPool2D(2),
            nn.Conv2D(96, 256, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2D(2),
            nn.Conv2D(256, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2D(384, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2D(384, 256, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2D(2),
            nn.Flatten(),  # (B, 256, 7, 7) -> (B, 12544)
        )
        self.head = nn.Sequential(
            *(nn.Linear(256 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(0.5)),
            *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5)),
            nn.Linear(4096, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map photographs (B, 3, 224, 224) to logits (B, 1)."""
        return self.head(self.features(x))


class Unit(nn.Sequential):
    """Convolution, batch normalisation, ReLU: (B, inside, H, W) to (B, outside, H / stride, W / stride)."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int = 1) -> None:
        super().__init__(
            ("convolution", nn.Conv2D(inside, outside, kernel, stride, padding=kernel // 2, bias_attr=False)),
            ("normalisation", nn.BatchNorm2D(outside)),
            ("activation", nn.ReLU()),
        )


class Inception(nn.Layer):
    """Four branches side by side: 1x1; 1x1 and 3x3; 1x1 and 5x5; pooling and 1x1 (Szegedy et al. 2014, figure 2b)."""

    def __init__(self, inside: int, one: int, three: tuple[int, int], five: tuple[int, int], pooled: int) -> None:
        super().__init__()
        self.one = Unit(inside, one, 1)
        self.three = nn.Sequential(Unit(inside, three[0], 1), Unit(*three, 3))
        self.five = nn.Sequential(Unit(inside, five[0], 1), Unit(*five, 5))
        self.pooled = nn.Sequential(nn.MaxPool2D(3, 1, 1), Unit(inside, pooled, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inside, H, W) to (B, outside, H, W)."""
        return paddle.concat([self.one(x), self.three(x), self.five(x), self.pooled(x)], axis=1)


class GoogLeNet(nn.Layer):
    """Szegedy et al. 2014, table 1, with batch normalisation in place of the two auxiliary classifiers.

    The auxiliary classifiers were there to make so deep a network train at all; batch normalisation does it better
    (Ioffe and Szegedy 2015).
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            Unit(3, 64, 7, 2), nn.MaxPool2D(3, 2, 1), Unit(64, 64, 1), Unit(64, 192, 3), nn.MaxPool2D(3, 2, 1)
        )
        self.stage3 = nn.Sequential(
            Inception(192, 64, (96, 128), (16, 32), 32),
            Inception(256, 128, (128, 192), (32, 96), 64),
            nn.MaxPool2D(3, 2, 1),
        )
        self.stage4 = nn.Sequential(
            Inception(480, 192, (96, 208), (16, 48), 64),
            Inception(512, 160, (112, 224), (24, 64), 64),
            Inception(512, 128, (128, 256), (24, 64), 64),
            Inception(512, 112, (144, 288), (32, 64), 64),
            Inception(528, 256, (160, 320), (32, 128), 128),
            nn.MaxPool2D(3, 2, 1),
        )
        self.stage5 = nn.Sequential(
            Inception(832, 256, (160, 320), (32, 128), 128), Inception(832, 384, (192, 384), (48, 128), 128)
        )
        self.dropout = nn.Dropout(0.4)
        self.head = nn.Linear(1024, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map photographs (B, 3, S, S) to logits (B, 1)."""
        features = self.stage5(self.stage4(self.stage3(self.stem(x))))  # (B, 1024, S / 32, S / 32)
        return self.head(self.dropout(features.mean([2, 3])))
