"""EfficientNet-Lite 0, 1 and 2: small ImageNet networks of depthwise convolutions, as backbones.

Tan and Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (arXiv 1905.11946); the Lite
variants (Google 2020) leave out squeeze-and-excitation and use ReLU6, and don't scale the stem and the head.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kit.device import paddle
from kit.models.pretrained import load_arrays

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""The normalisation of RGB values in 0..1 that the published weights were trained with."""

BN_EPSILON = 1e-3
BN_MOMENTUM = 0.99
STEM_CHANNELS = 32
FEATURES = 1280


@dataclass(frozen=True)
class Stage:
    """Blocks of one resolution: the first one has the stride, the others keep the size."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
"""The stages of EfficientNet-Lite0 (table 1 of the paper)."""

SCALES = {0: (1.0, 1.0), 1: (1.0, 1.1), 2: (1.1, 1.2)}
"""Factors of width and depth by variant."""

SIDES = {0: 224, 1: 240, 2: 260}
"""The side of the square images that each variant was trained with, in pixels."""


class ConvNorm(paddle.nn.Sequential):  # type: ignore[misc]  # Paddle has no types
    """A convolution without bias, padded as TensorFlow's "SAME", batch normalisation, and ReLU6 where asked for."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, *, groups: int = 1, activation: bool = True
    ) -> None:
        convolution = paddle.nn.Conv2D(inputs, outputs, kernel, stride, padding="SAME", groups=groups, bias_attr=False)
        norm = paddle.nn.BatchNorm2D(outputs, momentum=BN_MOMENTUM, epsilon=BN_EPSILON)
        super().__init__(convolution, norm, *([paddle.nn.ReLU6()] if activation else []))


class InvertedResidual(paddle.nn.Layer):  # type: ignore[misc]
    """Expand by a 1x1 convolution, filter each channel, project by a 1x1 convolution; add the input where it fits."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = ConvNorm(inputs, inner, 1) if expansion > 1 else None
        self.depthwise = ConvNorm(inner, inner, kernel, stride, groups=inner)
        self.project = ConvNorm(inner, outputs, 1, activation=False)
        self.residual = stride == 1 and inputs == outputs
        layers = [layer for layer in (self.expand, self.depthwise, self.project) if layer is not None]
        self._path = (paddle.nn.Sequential(*layers),)  # in a tuple, since its layers have names here already

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H / stride, W / stride), rounded up."""
        outputs = self._path[0](x)
        return x + outputs if self.residual else outputs


class EfficientNetLite(paddle.nn.Layer):  # type: ignore[misc]
    """The convolutional part of EfficientNet-Lite: RGB images of any side to feature maps.

    ``stages`` holds the stem, the seven stages and the head; ``strides`` and ``channels`` say what each gives.
    """

    def __init__(self, variant: int) -> None:
        super().__init__()
        width, depth = SCALES[variant]
        self.variant = variant
        self.side = SIDES[variant]
        stages = [ConvNorm(3, STEM_CHANNELS, 3, 2)]
        self.channels, self.strides = [STEM_CHANNELS], [2]
        for stage in STAGES:
            outputs = scale_channels(stage.channels, width)
            fixed = stage in (STAGES[0], STAGES[-1])
            repeats = stage.repeats if fixed else math.ceil(stage.repeats * depth)
            stages.append(_stage(self.channels[-1], outputs, repeats, stage))
            self.channels.append(outputs)
            self.strides.append(self.strides[-1] * stage.stride)
        stages.append(ConvNorm(self.channels[-1], FEATURES, 1))
        self.channels.append(FEATURES)
        self.strides.append(self.strides[-1])
        self.stages = paddle.nn.LayerList(stages)
        self.register_buffer(
            "mean", paddle.to_tensor(np.array(MEAN, np.float32).reshape(1, 3, 1, 1)), persistable=False
        )
        self.register_buffer("std", paddle.to_tensor(np.array(STD, np.float32).reshape(1, 3, 1, 1)), persistable=False)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        """Map RGB images (N, 3, H, W) in 0..1 to the last feature maps (N, 1280, H / 32, W / 32), rounded up."""
        x = normalise(x, self.mean, self.std)
        for stage in self.stages:
            x = stage(x)
        return x

    def load_published_weights(self) -> None:
        """Put the weights trained on ImageNet into the network. Raises KitError where they are not installed."""
        arrays = load_arrays(f"efficientnet_lite{self.variant}")
        state = self.state_dict()
        for name, published in self._published_names():
            state[name].set_value(arrays[published])

    def _published_names(self) -> Iterator[tuple[str, str]]:
        """Each own parameter or buffer with the name that it has in the published file."""
        yield from _names("stages.0", "_conv_stem", "_bn0")
        block = 0
        for index, stage in list(enumerate(self.stages))[1:-1]:
            for inner, layer in enumerate(stage):
                own, published = f"stages.{index}.{inner}", f"_blocks.{block}"
                if layer.expand is not None:
                    yield from _names(f"{own}.expand", f"{published}._expand_conv", f"{published}._bn0")
                yield from _names(f"{own}.depthwise", f"{published}._depthwise_conv", f"{published}._bn1")
                yield from _names(f"{own}.project", f"{published}._project_conv", f"{published}._bn2")
                block += 1
        yield from _names(f"stages.{len(self.stages) - 1}", "_conv_head", "_bn1")


def efficientnet_lite(variant: int, *, pretrained: bool = True) -> EfficientNetLite:
    """Build EfficientNet-Lite 0, 1 or 2, with its published weights where ``pretrained``."""
    network = EfficientNetLite(variant)
    if pretrained:
        network.load_published_weights()
    return network


def normalise(x: paddle.Tensor, mean: paddle.Tensor, std: paddle.Tensor) -> paddle.Tensor:
    """Return (x - mean) / std for each channel; x (N, C, H, W), the others (1, C, 1, 1).

    On a CPU as a batch normalisation with fixed statistics: there Paddle's own difference and quotient take forty times
    as long, since one side is repeated along axes of the other. An exported network keeps these.
    """
    if not paddle.in_dynamic_mode() or not x.place.is_cpu_place():
        return (x - mean) / std
    mean, variance = mean.flatten(), std.flatten().square()
    scale, shift = paddle.ones_like(mean), paddle.zeros_like(mean)  # which Paddle 2.6 requires
    return paddle.nn.functional.batch_norm(x, mean, variance, scale, shift, epsilon=0.0)


def keep_statistics(stages: Iterable[paddle.nn.Layer]) -> None:
    """Make batch normalisation use the statistics of the pretraining, in training too.

    The statistics of small batches are too noisy. The layers themselves are set, since Paddle's ``train()`` on a
    network around them does not call their own.
    """
    for stage in stages:
        for layer in stage.sublayers(include_self=True):
            if isinstance(layer, paddle.nn.BatchNorm2D):
                layer._use_global_stats = True  # the constructor's argument; there is no public way to change it


def decay_learning_rates(stages: Sequence[paddle.nn.Layer], decay: float) -> None:
    """Give each stage ``decay`` times the learning rate of the next one, and the last one ``decay`` times the full."""
    for distance, stage in enumerate(reversed(stages), 1):
        for parameter in stage.parameters():
            parameter.optimize_attr["learning_rate"] = decay**distance


def scale_channels(channels: int, width: float) -> int:
    """Scale a number of channels, rounded to a multiple of 8 and never more than 10% down.

    >>> [scale_channels(channels, 1.1) for channels in (16, 24, 40, 112, 320)]
    [16, 24, 48, 120, 352]
    """
    scaled = channels * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * scaled else rounded


def _stage(inputs: int, outputs: int, repeats: int, stage: Stage) -> paddle.nn.Sequential:
    blocks = [InvertedResidual(inputs, outputs, stage.kernel, stage.stride, stage.expansion)]
    blocks += [InvertedResidual(outputs, outputs, stage.kernel, 1, stage.expansion) for _ in range(repeats - 1)]
    return paddle.nn.Sequential(*blocks)


def _names(own: str, convolution: str, norm: str) -> Iterator[tuple[str, str]]:
    yield f"{own}.0.weight", f"{convolution}.weight"
    for mine, published in (
        ("weight", "weight"),
        ("bias", "bias"),
        ("_mean", "running_mean"),
        ("_variance", "running_var"),
    ):
        yield f"{own}.1.{mine}", f"{norm}.{published}"
