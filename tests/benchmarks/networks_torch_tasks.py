"""Networks of tasks in PyTorch: those of cluttered digits, CIFAR-10, 3D digits, and cats and dogs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def _unit(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


def six_convolutions(inputs: int, width: int, dropout: float) -> nn.Module:
    """Build six 3x3 convolutions in three stages, a global maximum and a linear layer, to logits (B, 10)."""
    layers: list[nn.Module] = []
    for stage, outputs in enumerate((width, 2 * width, 4 * width)):
        layers += [nn.MaxPool2d(2)] if stage else []
        layers += [_unit(inputs, outputs), _unit(outputs, outputs)]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Dropout(dropout), nn.Linear(4 * width, 10))


def solids() -> nn.Module:
    """Build the default of digits_3d, (B, 2, 28, 28) to logits (B, 10)."""
    return six_convolutions(2, 32, 0.3)


class Transformed(nn.Module):
    """A classifier behind a spatial transformer; (B, 1, 40, 40) to logits (B, 10)."""

    def __init__(self, localisation: nn.Module, classifier: nn.Module, side: int) -> None:
        super().__init__()
        self.localisation, self.classifier, self.side = localisation, classifier, side

    def forward(self, x: Tensor) -> Tensor:
        """Warp the images by the predicted parameters, and read them."""
        theta = self.localisation(x).reshape(-1, 2, 3)
        grid = functional.affine_grid(theta, [len(x), 1, self.side, self.side], align_corners=False)
        return self.classifier(functional.grid_sample(x, grid, align_corners=False))


class Zoom(nn.Module):
    """Zoom and shift of the default of cluttered_digits."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.AvgPool2d(2), _unit(1, 16), nn.MaxPool2d(2), _unit(16, 32), _unit(32, 32))
        self.attention, self.zoom = nn.Conv2d(32, 1, 1), nn.Linear(32, 1)
        centres = (torch.arange(10) + 0.5) * 2 / 10 - 1
        rows, columns = torch.meshgrid(centres, centres, indexing="ij")
        self.register_buffer("positions", torch.stack([columns.ravel(), rows.ravel()], 1))

    def forward(self, x: Tensor) -> Tensor:
        """Compute the parameters (B, 6), row by row."""
        maps = self.features(x)
        shift = self.attention(maps).flatten(1).softmax(1) @ self.positions
        zoom = 28 / 40 * torch.exp(0.3 * torch.tanh(self.zoom(maps.mean((2, 3)))))
        zero = torch.zeros_like(zoom)
        return torch.cat([zoom, zero, shift[:, :1], zero, zoom, shift[:, 1:]], 1)


def cluttered() -> nn.Module:
    """Build the default of cluttered_digits."""
    return Transformed(Zoom(), six_convolutions(1, 24, 0.2), 28)


def stn() -> nn.Module:
    """Build the article's spatial transformer network."""
    last = nn.Linear(20, 6)
    nn.init.zeros_(last.weight)
    last.bias.data = torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    localisation = nn.Sequential(nn.Flatten(), nn.Linear(1600, 20), nn.Tanh(), nn.Dropout(0.5), last)
    plain = nn.Sequential(
        nn.Conv2d(1, 16, 3, 2, 1),
        nn.ReLU(),
        nn.Conv2d(16, 16, 3, 2, 1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(1600, 1024),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(1024, 10),
    )
    return Transformed(localisation, plain, 40)


class Stage(nn.Module):
    """A convolution, max pooling that halves the maps, and a residual convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the stage."""
        x = functional.relu(self.first_norm(functional.max_pool2d(self.first(x), 2)))
        return functional.relu(x + self.second_norm(self.second(x)))


class FastResidual(nn.Module):
    """The default of cifar10, (B, 3, 32, 32) to logits (B, 10)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.whitening = nn.Conv2d(3, 24, 2, bias=False)
        self.whitening.weight.requires_grad = False
        self.stages = nn.Sequential(Stage(24, width), Stage(width, 4 * width), Stage(4 * width, 4 * width))
        self.head = nn.Linear(4 * width, 10, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the network."""
        x = functional.relu(self.whitening((x - 0.4734) / 0.2516))
        return self.head(self.stages(x).amax((2, 3))) / 9


def cifar10() -> nn.Module:
    """Build the default of cifar10."""
    return FastResidual(64)


class Block(nn.Module):
    """Two 3x3 convolutions beside a short cut that averages first; halves the maps."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first, self.second = _unit(inputs, outputs, 3, 2), _unit(outputs, outputs)[:-1]
        self.short_cut = nn.Sequential(nn.AvgPool2d(2, ceil_mode=True), *_unit(inputs, outputs, 1)[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """Compute the block."""
        return functional.relu(self.second(self.first(x)) + self.short_cut(x))


class Residual(nn.Module):
    """The residual network of cats_dogs, (B, 3, S, S) to logits (B, 1)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [width * factor for factor in (1, 2, 4, 8, 8)]
        self.stem = _unit(3, width, 5)
        self.blocks = nn.Sequential(*map(Block, widths[:-1], widths[1:]))
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(widths[-1], 1))

    def forward(self, x: Tensor) -> Tensor:
        """Compute the network."""
        maps = self.blocks(functional.max_pool2d(self.stem(x * 4 - 2), 2))
        return self.head(maps.mean((2, 3)))


def photographs() -> nn.Module:
    """Build `scratch` of cats_dogs."""
    return Residual(32)
