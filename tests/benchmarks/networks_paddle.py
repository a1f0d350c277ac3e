"""The measured networks in Paddle; ``networks_torch`` contains the same networks."""

from __future__ import annotations

from paddle import Tensor, nn


def digit() -> nn.Layer:
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


def _pair(inside: int, outside: int, kernel: int) -> list[nn.Layer]:
    return [
        nn.Conv2D(inside, outside, kernel, padding=kernel // 2),
        nn.ReLU(),
        nn.Conv2D(outside, outside, kernel, padding=kernel // 2),
        nn.ReLU(),
        nn.MaxPool2D(2, 2),
        nn.Dropout(0.25),
    ]


class Captcha(nn.Layer):
    """Three stages of two convolutions, then two bidirectional GRUs; (B, 3, 80, 170) to logits (21, B, 37)."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.Sequential(*_stage(3, 32), *_stage(32, 64), *_stage(64, 128))
        self.narrow = nn.Linear(128 * 10, 128)
        self.rnn = nn.GRU(128, 128, 2, direction="bidirect")
        self.head = nn.Linear(256, 37)

    def forward(self, x: Tensor) -> Tensor:
        """Read the columns of (B, 128, 10, 21) as a sequence."""
        x = self.stages(x)
        x = x.transpose([0, 3, 1, 2]).flatten(2)  # (B, T, C * H)
        x, _ = self.rnn(self.narrow(x))
        return self.head(x).transpose([1, 0, 2])


def _stage(inside: int, outside: int) -> list[nn.Layer]:
    layers: list[nn.Layer] = []
    for first in (inside, outside):
        layers += [nn.Conv2D(first, outside, 3, padding=1), nn.BatchNorm2D(outside), nn.ReLU()]
    return [*layers, nn.MaxPool2D(2, 2)]


def captcha() -> nn.Layer:
    """Build the article's captcha CRNN."""
    return Captcha()


def volume() -> nn.Layer:
    """Build a 3D CNN, (B, 1, 16, 16, 16) to logits (B, 2)."""
    layers: list[nn.Layer] = []
    for inside, outside in ((1, 8), (8, 16), (16, 32), (32, 64)):
        layers += [nn.Conv3D(inside, outside, 3, padding=1), nn.ReLU()]
        layers += [nn.MaxPool3D(2, 2)] if outside > 8 else []
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 8, 2))


class Features(nn.Layer):
    """EfficientNet-Lite0 without pretrained weights, pooled: (B, 3, 224, 224) to (B, 1280)."""

    def __init__(self) -> None:
        super().__init__()
        from kit.models.backbone import efficientnet_lite

        self.backbone = efficientnet_lite(0, pretrained=False)

    def forward(self, x: Tensor) -> Tensor:
        """Average the last feature maps."""
        return self.backbone(x).mean([2, 3])


def backbone() -> nn.Layer:
    """Build EfficientNet-Lite0."""
    return Features()


def fine_tuning() -> nn.Layer:
    """Build EfficientNet-Lite0 as it is fine-tuned: fixed statistics, the last five stages trained."""
    from kit.models.backbone import keep_statistics

    network = Features()
    keep_statistics([network])
    for stage in list(network.backbone.stages)[:-5]:
        for parameter in stage.parameters():
            parameter.stop_gradient = True
    return network
