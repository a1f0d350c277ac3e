"""The two networks of the article on captchas, as its notebooks build them: a CNN with four heads, and a CRNN with CTC.

Both see the whole image in colour, (B, 3, 80, 170). Source: 《深度学习图像处理入门》 and its notebooks on captchas.
"""

from __future__ import annotations

from paddle import Tensor, nn

from ..config import CaptchaConfig
from ..grammar import Grammar
from ..synthetic.drawing import TEXT
from .grammar import CHARACTERS

CNN_WIDTHS, CRNN_WIDTHS = (32, 64, 128, 256), (32, 64, 128)  # channels of each block
UNITS = 128  # of the CRNN's dense layer and of each direction of its GRUs
DROPPED = 2  # of the CRNN's steps, the first ones


class FourHeads(nn.Layer):
    """Four blocks of two valid 3x3 convolutions and a maximum over 2x2; all features flattened; a head per position."""

    def __init__(self, grammar: Grammar, height: int, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*_blocks(CNN_WIDTHS, normalised=False), nn.Flatten(), nn.Dropout(0.25))
        rows, columns = (_after(side, len(CNN_WIDTHS)) for side in (height, width))
        self.heads = nn.Linear(rows * columns * CNN_WIDTHS[-1], grammar.length * len(grammar.charset))
        self.length = grammar.length

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, 3, height, width) to logits (B, length, characters); there is no class for the blank."""
        logits = self.heads(self.body(x))
        return logits.reshape([logits.shape[0], self.length, -1])


class BidirectionalCrnn(nn.Layer):
    """Three blocks with batch normalisation, a dense layer for each column, and two GRUs that read in both directions.

    The first GRU's directions are added, the second's are joined. In the article the backward half of both is never
    turned round (Keras's ``go_backwards`` returns the last column first), so that the half of a step belongs to the
    column at the other end of the image. Here both halves of a step belong to its column.
    """

    def __init__(self, grammar: Grammar, height: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*_blocks(CRNN_WIDTHS, normalised=True))
        features = _after(height, len(CRNN_WIDTHS)) * CRNN_WIDTHS[-1]
        self.dense = nn.Linear(features, UNITS)
        self.normalisation = nn.BatchNorm1D(UNITS)
        self.narrow = nn.Sequential(nn.ReLU(), nn.Dropout(0.2))
        self.added = nn.GRU(UNITS, UNITS, direction="bidirect")
        self.joined = nn.GRU(UNITS, UNITS, direction="bidirect")
        self.classes = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * UNITS, len(grammar.charset) + 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map images (B, 3, height, width) to logits (B, T, classes), the blank last; 170 columns give 15 steps."""
        columns = self.body(x).transpose([0, 3, 1, 2]).flatten(2)  # (B, T, C rows)
        dense = self.normalisation(self.dense(columns).transpose([0, 2, 1]))  # (B, 128, T)
        features = self.narrow(dense.transpose([0, 2, 1]))  # (B, T, 128)
        both, _ = self.added(features)  # (B, T, 256): forwards, then backwards
        joined, _ = self.joined(both[:, :, :UNITS] + both[:, :, UNITS:])
        return self.classes(joined[:, DROPPED:])


def _blocks(widths: tuple[int, ...], *, normalised: bool) -> list[nn.Layer]:
    """Return blocks of two valid 3x3 convolutions of these widths, each block with a maximum over 2x2 at its end."""
    layers: list[nn.Layer] = []
    inside = 3
    for outside in widths:
        for channels in (inside, outside):
            layers.append(nn.Conv2D(channels, outside, 3))
            layers += [nn.BatchNorm2D(outside)] if normalised else []
            layers.append(nn.ReLU())
        layers.append(nn.MaxPool2D(2))
        inside = outside
    return layers


def _after(side: int, blocks: int) -> int:
    """Return the height or width of maps after so many blocks."""
    for _ in range(blocks):
        side = (side - 4) // 2
    return side


def article_cnn(config: CaptchaConfig) -> nn.Layer:
    """Build the article's CNN: 1,393,584 weights."""
    return FourHeads(CHARACTERS, TEXT.height, TEXT.width)


def article_crnn(config: CaptchaConfig) -> nn.Layer:
    """Build the article's CRNN."""
    return BidirectionalCrnn(CHARACTERS, TEXT.height)
