"""The networks for captchas of one line, and the loss: recurrent layers with CTC, pointing heads, dense heads."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn
from paddle.nn import functional

from kit import TrainConfig

from .config import DOWN
from .grammar import Grammar

ACROSS = 4  # columns of the input for each column of the last feature maps


class Convolution(nn.Sequential):
    """Convolution 3x3, batch normalisation, ReLU: (B, inside, H, W) to (B, outside, H, W)."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__(
            ("convolution", nn.Conv2D(inside, outside, 3, padding=1, bias_attr=False)),
            ("normalisation", nn.BatchNorm2D(outside)),
            ("activation", nn.ReLU()),
        )


class Columns(nn.Layer):
    """Seven convolutions that turn an image of a given height into a feature vector for every column of four pixels."""

    def __init__(self, width: int, features: int, height: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Convolution(1, width),
            nn.MaxPool2D(2),  # a half of the height, a half of the width
            Convolution(width, 2 * width),
            Convolution(2 * width, 2 * width),
            nn.MaxPool2D(2),  # a quarter, a quarter
            Convolution(2 * width, 4 * width),
            Convolution(4 * width, 4 * width),
            nn.MaxPool2D((2, 1), (2, 1)),  # an eighth, a quarter
            Convolution(4 * width, 6 * width),
        )
        self.join = nn.Linear(height // DOWN * 6 * width, features, bias_attr=False)
        self.normalisation = nn.LayerNorm(features)

    def forward(self, x: Tensor) -> Tensor:
        """Map ink (B, 1, height, 4 T) to features (B, T, features)."""
        maps = self.body(x)  # (B, C, rows, T)
        columns = maps.transpose([0, 3, 1, 2]).flatten(2)  # (B, T, C rows)
        return functional.relu(self.normalisation(self.join(columns)))


class Pointing(nn.Layer):
    """One head for each position that learns where to look: attention over columns, then one classifier for all.

    The attention sees all columns at once, so that it can count characters. The classifier sees the columns of one
    character and is the same for all positions, so that a digit is learnt once.
    """

    def __init__(self, grammar: Grammar, size: tuple[int, int], width: int = 16, features: int = 128) -> None:
        super().__init__()
        self.steps = size[1] // ACROSS
        self.columns = Columns(width, features, size[0])
        self.narrow = nn.Linear(features, 24)
        self.count = nn.Linear(24 * self.steps, 192)
        self.look = nn.Linear(192, grammar.length * self.steps)
        self.classify = nn.Sequential(nn.Linear(features + 192, 192), nn.ReLU(), nn.Dropout(0.1))
        self.classes = nn.Linear(192, len(grammar.charset) + 1)
        self.length = grammar.length

    def forward(self, x: Tensor) -> Tensor:
        """Map ink (B, 1, height, 4 T) to logits (B, length, classes)."""
        features = self.columns(x)  # (B, T, F)
        whole = functional.relu(self.count(self.narrow(features).flatten(1)))  # (B, 192)
        where = functional.softmax(self.look(whole).reshape([-1, self.length, self.steps]), axis=2)
        seen = paddle.bmm(where, features)  # (B, length, F)
        both = paddle.concat([seen, whole.unsqueeze(1).expand([-1, self.length, -1])], axis=2)
        return self.classes(self.classify(both))


class Heads(nn.Layer):
    """Convolutions, all features flattened, one dense classifier for each position, as in the notebook of 2017."""

    def __init__(self, grammar: Grammar, size: tuple[int, int], width: int = 16) -> None:
        super().__init__()
        self.columns = Columns(width, 64, size[0])
        self.drop = nn.Dropout(0.25)
        self.heads = nn.Linear(64 * size[1] // ACROSS, grammar.length * (len(grammar.charset) + 1))
        self.length = grammar.length

    def forward(self, x: Tensor) -> Tensor:
        """Map ink (B, 1, height, 4 T) to logits (B, length, classes)."""
        logits = self.heads(self.drop(self.columns(x).flatten(1)))
        return logits.reshape([logits.shape[0], self.length, -1])


class Recurrent(nn.Layer):
    """Convolutions, two bidirectional GRUs, a class or the blank at every step (CTC)."""

    def __init__(self, classes: int, height: int, width: int = 16, features: int = 96, hidden: int = 96) -> None:
        super().__init__()
        self.columns = Columns(width, features, height)
        self.recurrent = nn.GRU(features, hidden, num_layers=2, direction="bidirect")
        self.classes = nn.Linear(2 * hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map ink (B, 1, height, 4 T) to logits (B, T, classes), the blank last."""
        states, _ = self.recurrent(self.columns(x))
        return self.classes(states)


def recurrent(grammar: Grammar, height: int) -> nn.Layer:
    """Build the recurrent network for a grammar and an input of this height."""
    return Recurrent(len(grammar.charset) + 1, height)


def loss(outputs: Tensor, y: Tensor, config: TrainConfig) -> Tensor:
    """Cross-entropy of logits (B, L, K) and classes (B, L), or CTC of logits (B, T, K), T > L.

    CTC's losses are divided by the number of characters.
    """
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


def activation(outputs: Tensor) -> Tensor:
    """Return the log-probabilities (B, steps, K) of the classes at every step."""
    return functional.log_softmax(outputs.astype("float32"), axis=2)
