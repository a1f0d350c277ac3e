"""The networks: recurrent layers with CTC (the default), pointing heads, and one dense head a position."""

from __future__ import annotations

from typing import Any

import paddle
from paddle import Tensor, nn
from paddle.nn import functional

from . import formula, grammar, image, strip
from .grammar import Grammar

SPIKE = 4.0  # how much more than a blank's step a character's counts
STEPS = 24  # columns of the last feature maps: a step for every four columns of the input


class Convolution(nn.Layer):
    """Convolution 3x3, batch normalisation, ReLU."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2D(inside, outside, 3, padding=1, bias_attr=False)
        self.normalisation = nn.BatchNorm2D(outside)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inside, H, W) to (B, outside, H, W)."""
        return functional.relu(self.normalisation(self.convolution(x)))


class Columns(nn.Layer):
    """Seven convolutions that turn an image into a feature vector for every column of four pixels."""

    def __init__(self, width: int, features: int, rows: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Convolution(1, width),
            nn.MaxPool2D(2),  # 16x48
            Convolution(width, 2 * width),
            Convolution(2 * width, 2 * width),
            nn.MaxPool2D(2),  # 8x24
            Convolution(2 * width, 4 * width),
            Convolution(4 * width, 4 * width),
            nn.MaxPool2D((2, 1), (2, 1)),  # 4x24
            Convolution(4 * width, 6 * width),
        )
        self.join = nn.Linear(rows * 6 * width, features, bias_attr=False)
        self.normalisation = nn.LayerNorm(features)

    def forward(self, x: Tensor) -> Tensor:
        """Map ink (B, 1, 8 rows, 4 T) to features (B, T, features)."""
        maps = self.body(x)  # (B, C, rows, T)
        columns = maps.transpose([0, 3, 1, 2]).flatten(2)  # (B, T, rows C)
        return functional.relu(self.normalisation(self.join(columns)))


def rows(texts: Grammar) -> int:
    """How high the last feature maps are: an eighth of the input."""
    return (image.TEXT_HEIGHT if texts is grammar.TEXT else image.HEIGHT) // 8


class Pointing(nn.Layer):
    """A head a position that first learns where to look: attention over columns, then one classifier for all.

    The attention sees all columns at once, so that it can count characters; the classifier sees a character's columns
    and is shared, so that a digit is learnt once and not at every position.
    """

    def __init__(self, texts: Grammar, width: int = 16, features: int = 128) -> None:
        super().__init__()
        self.columns = Columns(width, features, rows(texts))
        self.narrow = nn.Linear(features, 24)
        self.count = nn.Linear(24 * STEPS, 192)
        self.look = nn.Linear(192, texts.places * STEPS)
        self.classify = nn.Sequential(nn.Linear(features + 192, 192), nn.ReLU(), nn.Dropout(0.1))
        self.classes = nn.Linear(192, len(texts.charset) + 1)
        self.places = texts.places

    def forward(self, x: Tensor) -> Tensor:
        """Map ink (B, 1, H, 96) to logits (B, places, classes)."""
        features = self.columns(x)  # (B, 24, F)
        whole = functional.relu(self.count(self.narrow(features).flatten(1)))  # (B, 192)
        where = functional.softmax(self.look(whole).reshape([-1, self.places, STEPS]), axis=2)
        seen = paddle.bmm(where, features)  # (B, places, F)
        both = paddle.concat([seen, whole.unsqueeze(1).expand([-1, self.places, -1])], axis=2)
        return self.classes(self.classify(both))


class Heads(nn.Layer):
    """The published notebook's kind: convolutions, all features flattened, one dense classifier a position."""

    def __init__(self, texts: Grammar, width: int = 16) -> None:
        super().__init__()
        self.columns = Columns(width, 64, rows(texts))
        self.drop = nn.Dropout(0.25)
        self.heads = nn.Linear(64 * STEPS, texts.places * (len(texts.charset) + 1))
        self.places = texts.places

    def forward(self, x: Tensor) -> Tensor:
        """Map ink (B, 1, H, 96) to logits (B, places, classes)."""
        logits = self.heads(self.drop(self.columns(x).flatten(1)))
        return logits.reshape([logits.shape[0], self.places, -1])


class Recurrent(nn.Layer):
    """The notebook's successor: convolutions, two bidirectional GRUs, a class or the blank at every step (CTC)."""

    def __init__(self, texts: Grammar, width: int = 16, features: int = 96, hidden: int = 96) -> None:
        super().__init__()
        self.columns = Columns(width, features, rows(texts))
        self.recurrent = nn.GRU(features, hidden, num_layers=2, direction="bidirect")
        self.classes = nn.Linear(2 * hidden, len(texts.charset) + 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map ink (B, 1, H, 96) to logits (B, 24, classes), the blank last."""
        states, _ = self.recurrent(self.columns(x))
        return self.classes(states)


def pointing(config: Any) -> nn.Layer:
    """Build the heads that learn where to look, for arithmetic captchas."""
    return Pointing(grammar.ARITHMETIC)


def heads(config: Any) -> nn.Layer:
    """Build one dense head a position for arithmetic captchas."""
    return Heads(grammar.ARITHMETIC)


def crnn(config: Any) -> nn.Layer:
    """Build the default for arithmetic captchas."""
    return Recurrent(grammar.ARITHMETIC)


def text_pointing(config: Any) -> nn.Layer:
    """Build the heads that learn where to look, for text captchas."""
    return Pointing(grammar.TEXT)


def text_heads(config: Any) -> nn.Layer:
    """Build one dense head a position for text captchas."""
    return Heads(grammar.TEXT)


def text_crnn(config: Any) -> nn.Layer:
    """Build the default for text captchas."""
    return Recurrent(grammar.TEXT)


class Strips(nn.Layer):
    """Round 2's network: columns of the strip, then two bidirectional GRUs that see on both sides of a fraction."""

    def __init__(self, width: int = 16, features: int = 128, hidden: int = 96) -> None:
        super().__init__()
        self.columns = Columns(width, features, strip.HEIGHT // 8)
        self.recurrent = nn.GRU(features, hidden, num_layers=2, direction="bidirect")
        self.classes = nn.Linear(2 * hidden, formula.BLANK + 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map ink (B, 1, 40, 560) to logits (B, 140, 45), the blank last."""
        states, _ = self.recurrent(self.columns(x))
        return self.classes(states)


def final_crnn(config: Any) -> nn.Layer:
    """Build round 2's default."""
    return Strips()


def final_wide(config: Any) -> nn.Layer:
    """Build round 2's larger network, for a GPU."""
    return Strips(32, 256, 192)


def loss(outputs: Tensor, y: Tensor, config: Any) -> Tensor:
    """Cross-entropy of logits (B, places, K) against classes (B, places), or CTC where there are more steps."""
    outputs = outputs.astype("float32")
    if outputs.shape[1] == y.shape[1]:
        return functional.cross_entropy(outputs, y, axis=2, label_smoothing=config.label_smoothing)
    blank = outputs.shape[2] - 1
    lengths = (y != blank).astype("int64").sum(axis=1)
    steps = paddle.full([outputs.shape[0]], outputs.shape[1], "int64")
    # Paddle's CTC takes logits (T, B, K) and applies the softmax itself.
    losses = functional.ctc_loss(
        outputs.transpose([1, 0, 2]), y.astype("int32"), steps, lengths, blank=blank, reduction="none"
    )
    return (losses.flatten() / lengths.astype("float32")).mean()


def final_loss(outputs: Tensor, y: tuple[Tensor, Tensor], config: Any) -> Tensor:
    """CTC of logits (B, 140, 45) against classes (B, 46), and cross-entropy where a drawn image tells the steps.

    Steps (B, 140) hold the class to expect, -1 where nothing is known. CTC alone finds out late where characters stand;
    images drawn here know it.
    """
    classes, steps = y
    known = functional.cross_entropy(
        outputs.astype("float32"), steps.unsqueeze(2), ignore_index=-1, reduction="none", axis=2
    ).squeeze(2)
    weight = (steps >= 0).astype("float32") + SPIKE * ((steps >= 0) & (steps != formula.BLANK)).astype("float32")
    located = (known * weight).sum() / weight.sum().clip(min=1.0)
    return loss(outputs, classes, config) + config.located * located


def activation(outputs: Tensor) -> Tensor:
    """Log-probabilities (B, steps, K) of the classes at every step."""
    return functional.log_softmax(outputs.astype("float32"), axis=2)
