"""The networks: a plain one, the same after a spatial transformer, and one with an attention zoom."""

from __future__ import annotations

import numpy as np
import paddle
from paddle import Tensor, nn
from paddle.nn import functional

from .config import CLASSES, DIGIT, SIDE, ClutterConfig

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
ZOOM = DIGIT / SIDE  # a crop of 28x28 of the 40x40 pixels
ZOOM_RANGE = 0.3  # the zoom stays within a factor of exp(0.3) = 1.35 of that, either way
CELLS = 10  # the side of the map that locates the digit


def plain(config: ClutterConfig) -> nn.Layer:
    """Build the plain network: two 3x3 convolutions of 16 with stride 2, a dense layer of 1024, dropout."""
    return nn.Sequential(
        nn.Conv2D(1, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2D(16, 16, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),  # (N, 16, 10, 10) -> (N, 1600)
        nn.Linear(16 * 10 * 10, 1024),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(1024, CLASSES),
    )


def stn(config: ClutterConfig) -> nn.Layer:
    """Build the plain network after a spatial transformer (Jaderberg et al. 2015, arXiv 1506.02025)."""
    return TransformedClassifier(AffineLocalisation(), plain(config), SIDE)


def default(config: ClutterConfig) -> nn.Layer:
    """Build the network that finds the digit, crops 28x28 pixels around it, and reads the crop."""
    return TransformedClassifier(ZoomLocalisation(), digit_network(config.width), DIGIT)


def digit_network(width: int) -> nn.Layer:
    """Build six 3x3 convolutions in three stages of 28x28, 14x14 and 7x7, a global maximum and a linear layer."""
    return nn.Sequential(
        *_unit(1, width),
        *_unit(width, width),
        nn.MaxPool2D(2),
        *_unit(width, 2 * width),
        *_unit(2 * width, 2 * width),
        nn.MaxPool2D(2),
        *_unit(2 * width, 4 * width),
        *_unit(4 * width, 4 * width),
        nn.AdaptiveMaxPool2D(1),
        nn.Flatten(),
        nn.Dropout(0.2),
        # Maxima are large: with Paddle's default initialisation the first losses would be far too large.
        nn.Linear(4 * width, CLASSES, weight_attr=nn.initializer.Normal(0.0, 0.02)),
    )


class TransformedClassifier(nn.Layer):
    """A classifier after a transformer: a localisation network predicts which part of an image is read."""

    def __init__(self, localisation: nn.Layer, classifier: nn.Layer, side: int) -> None:
        super().__init__()
        self.localisation, self.classifier = localisation, classifier
        identity = paddle.to_tensor([IDENTITY]).reshape([1, 2, 3])
        grid = functional.affine_grid(identity, [1, 1, side, side], align_corners=False)  # (1, side, side, 2)
        points = paddle.concat([grid.reshape([side * side, 2]), paddle.ones([side * side, 1])], axis=1)
        self.side = side
        self.register_buffer("points", points, persistable=False)

    def transform(self, x: Tensor) -> Tensor:
        """Warp images (N, 1, 40, 40) by the predicted parameters, to (N, 1, side, side).

        The grid is that of ``affine_grid``, computed as a product with fixed points: it exports for any batch size.
        """
        theta = self.localisation(x).reshape([-1, 2, 3])
        grid = paddle.matmul(self.points, theta, transpose_y=True).reshape([-1, self.side, self.side, 2])
        return functional.grid_sample(x, grid, align_corners=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 1, 40, 40) from 0 to 1 to logits (N, 10)."""
        return self.classifier(self.transform(x))


class AffineLocalisation(nn.Layer):
    """Six affine parameters from a dense network that starts as the identity.

    The last layer has no activation: after a tanh the bias 1 would become 0.76, and a scale of 1 could not be reached.
    """

    def __init__(self) -> None:
        super().__init__()
        last = nn.Linear(20, 6, weight_attr=nn.initializer.Constant(0.0))
        last.bias.set_value(np.array(IDENTITY, np.float32))
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(SIDE * SIDE, 20), nn.Tanh(), nn.Dropout(0.5), last)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 1, 40, 40) to the parameters (N, 6), row by row."""
        return self.layers(x)


class ZoomLocalisation(nn.Layer):
    """Zoom and shift from convolutions; the shift is the mean position under a softmax over a 10x10 map.

    It starts as the crop of 28x28 pixels in the middle.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.AvgPool2D(2), *_unit(1, 16), nn.MaxPool2D(2), *_unit(16, 32), *_unit(32, 32)
        )  # (N, 32, 10, 10)
        self.attention = nn.Conv2D(32, 1, 1, weight_attr=nn.initializer.Constant(0.0))
        self.zoom = nn.Linear(32, 1, weight_attr=nn.initializer.Constant(0.0))
        centres = (np.arange(CELLS, dtype=np.float32) + 0.5) * 2 / CELLS - 1
        rows, columns = np.meshgrid(centres, centres, indexing="ij")
        positions = paddle.to_tensor(np.stack([columns.ravel(), rows.ravel()], axis=1))  # (100, 2): x, y
        self.register_buffer("positions", positions, persistable=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map images (N, 1, 40, 40) to the parameters (N, 6), row by row."""
        maps = self.features(x)
        weights = functional.softmax(self.attention(maps).reshape([-1, CELLS * CELLS]))
        shift = paddle.matmul(weights, self.positions)  # (N, 2)
        zoom = ZOOM * paddle.exp(ZOOM_RANGE * paddle.tanh(self.zoom(maps.mean([2, 3]))))  # (N, 1)
        zero = 0 * zoom  # zeros_like warns when a network is exported
        return paddle.concat([zoom, zero, shift[:, :1], zero, zoom, shift[:, 1:]], axis=1)


def explain(layer: nn.Layer, batch: np.ndarray) -> np.ndarray:
    """Return the parameters of the transformer for each image, float32 (N, 6); the identity where there is none."""
    if not isinstance(layer, TransformedClassifier):
        return np.tile(np.array(IDENTITY, np.float32), (len(batch), 1))
    parameters: np.ndarray = layer.localisation(paddle.to_tensor(batch)).numpy()
    return parameters


def _unit(inputs: int, outputs: int) -> list[nn.Layer]:
    return [nn.Conv2D(inputs, outputs, 3, padding=1, bias_attr=False), nn.BatchNorm2D(outputs), nn.ReLU()]
