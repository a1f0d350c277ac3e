"""The networks: a small one with batch normalisation (the default), the article's, and LeNet-5."""

from __future__ import annotations

from paddle import nn

from .config import DigitConfig


def article(config: DigitConfig) -> nn.Layer:
    """Build the CNN of 《手写数字识别 Digit Recognizer(下)》: two 5x5 convolutions, two 3x3 ones, two dense layers."""
    return nn.Sequential(
        *_article_block(1, 32, 5),
        *_article_block(32, 64, 3),
        nn.Flatten(),  # (B, 64, 7, 7) -> (B, 3136)
        nn.Linear(64 * 7 * 7, 256),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(256, 10),
    )


def _article_block(inside: int, outside: int, kernel: int) -> list[nn.Layer]:
    return [
        nn.Conv2D(inside, outside, kernel, padding="same"),
        nn.ReLU(),
        nn.Conv2D(outside, outside, kernel, padding="same"),
        nn.ReLU(),
        nn.MaxPool2D(2),
        nn.Dropout(0.25),
    ]


def lenet(config: DigitConfig) -> nn.Layer:
    """Build LeNet-5 (LeCun et al. 1998) for 28x28, with tanh activations and average pooling, and a softmax after it.

    The padding of the first convolution stands for the 32x32 of the paper. Its second convolution sees all six maps,
    and its last layer is dense, as in today's copies; the 61,706 weights are theirs.
    """
    return nn.Sequential(
        nn.Conv2D(1, 6, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2D(2),
        nn.Conv2D(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2D(2),
        nn.Flatten(),  # (B, 16, 5, 5) -> (B, 400)
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


class Unit(nn.Sequential):
    """Convolution 3x3, batch normalisation, ReLU: (B, inside, H, W) to (B, outside, H, W)."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__(
            ("convolution", nn.Conv2D(inside, outside, 3, padding=1, bias_attr=False)),
            ("normalisation", nn.BatchNorm2D(outside)),
            ("activation", nn.ReLU()),
        )


def default(config: DigitConfig) -> nn.Layer:
    """Build the default: six 3x3 convolutions in three stages of 28x28, 14x14 and 7x7, then a global maximum."""
    return nn.Sequential(
        *_stage(1, 24),
        nn.MaxPool2D(2),
        *_stage(24, 48),
        nn.MaxPool2D(2),
        *_stage(48, 96),
        nn.AdaptiveMaxPool2D(1),
        nn.Flatten(),  # (B, 96, 1, 1) -> (B, 96)
        nn.Dropout(0.2),
        # Maxima are large: with Paddle's default initialisation the first logits and losses would be far too large.
        nn.Linear(96, 10, weight_attr=nn.initializer.Normal(0.0, 0.02)),
    )


def _stage(inside: int, outside: int) -> list[nn.Layer]:
    return [Unit(inside, outside), Unit(outside, outside)]
