"""The networks: a pretrained one (the default), a small residual one made for 400 photographs, and the course's.

AlexNet, VGG-16 and ResNet-50 are Paddle's own, layer names included, so that weights trained elsewhere fit by name.
Paddle's LeNet takes 28x28 grey images, and its GoogLeNet lacks the activations of the stem and of the reducing
convolutions and returns three outputs: these two are written out in ``model_course.py``, with the course's AlexNet.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import paddle
from paddle import Tensor, nn
from paddle.nn import functional
from paddle.vision import models

from kit import KitError
from kit.models import TransferNetwork, transfer_network

from .config import EyeConfig
from .inputs import DEVIATION, MEAN
from .model_course import AlexNet, GoogLeNet, LeNet

COURSE_SIDE = 224
PRETRAINED = 1  # the variant of EfficientNet-Lite


def features(config: EyeConfig) -> TransferNetwork:
    """Build EfficientNet-Lite1 with one output; only the head is fitted."""
    return transfer_network(1, variants=(PRETRAINED,), input_mean=MEAN, input_std=DEVIATION)


def transfer(config: EyeConfig) -> TransferNetwork:
    """Build EfficientNet-Lite1 with one output; its last stages are trained."""
    return transfer_network(
        1,
        variants=(PRETRAINED,),
        trained_stages=config.trained_stages,
        decay=config.rate_decay,
        dropout=config.drop,
        input_mean=MEAN,
        input_std=DEVIATION,
    )


def residual(config: EyeConfig) -> nn.Layer:
    """Build the residual network; any image size from 32 on."""
    return Residual(config.width, config.drop)


def lenet(config: EyeConfig) -> nn.Layer:
    """Build the course's LeNet."""
    return LeNet(_course_side(config))


def alexnet(config: EyeConfig) -> nn.Layer:
    """Build Paddle's AlexNet with one output."""
    _course_side(config)
    return models.AlexNet(num_classes=1)


def course_alexnet(config: EyeConfig) -> nn.Layer:
    """Build the course's AlexNet with one output."""
    _course_side(config)
    return AlexNet()


def vgg(config: EyeConfig) -> nn.Layer:
    """Build Paddle's VGG-16 (no batch normalisation, as in the course) with one output."""
    return models.vgg16(num_classes=1)


def googlenet(config: EyeConfig) -> nn.Layer:
    """Build GoogLeNet with one output."""
    return GoogLeNet()


def resnet(config: EyeConfig) -> nn.Layer:
    """Build Paddle's ResNet-50 with one output."""
    return models.resnet50(num_classes=1)


def _course_side(config: EyeConfig) -> int:
    if config.image_size != COURSE_SIDE:
        raise KitError(
            "this model's dense layers fit one image size only",
            expected=COURSE_SIDE,
            found=config.image_size,
            remedy=f"--set image_size={COURSE_SIDE}",
        )
    return COURSE_SIDE


class Convolution(nn.Sequential):
    """Convolution without bias, batch normalisation, and ReLU where asked for."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int = 1, *, relu: bool = False) -> None:
        convolution = nn.Conv2D(inside, outside, kernel, stride, padding=kernel // 2, bias_attr=False)
        super().__init__(convolution, nn.BatchNorm2D(outside), *([nn.ReLU()] if relu else []))


class Block(nn.Layer):
    """Two 3x3 convolutions beside a short cut (He et al. 2015); halves the image.

    The short cut averages before its 1x1 convolution, which would otherwise see one pixel in four (the "D" variant of
    He et al. 2018, "Bag of Tricks").
    """

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.first = Convolution(inside, outside, 3, 2, relu=True)
        self.second = Convolution(outside, outside, 3)
        self.short_cut = nn.Sequential(nn.AvgPool2D(2, ceil_mode=True), Convolution(inside, outside, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inside, H, W) to (B, outside, H / 2, W / 2), rounded up."""
        return functional.relu(self.second(self.first(x)) + self.short_cut(x))


class Residual(nn.Layer):
    """Four halvings by a 5x5 convolution and residual blocks, twice as wide each; pooled to one output."""

    def __init__(self, width: int, drop: float) -> None:
        super().__init__()
        widths = [width * 2**stage for stage in range(4)]
        self.stem = Convolution(3, width, 5, 2, relu=True)
        self.blocks = nn.Sequential(*[Block(a, b) for a, b in pairwise(widths)])
        self.dropout = nn.Dropout(drop)
        self.head = nn.Linear(widths[-1], 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map photographs (B, 3, S, S) to logits (B, 1)."""
        features = self.blocks(self.stem(x))  # (B, 8 * width, S / 16, S / 16)
        return self.head(self.dropout(features.mean([2, 3])))


# Where a model with global average pooling keeps its last feature maps and the dense layer after them.
LAST_MAPS = {Residual: ("blocks", "head"), models.ResNet: ("layer4", "fc"), GoogLeNet: ("stage5", "head")}


def explain(layer: nn.Layer, batch: Any) -> Any:
    """Class activation maps (Zhou et al. 2016) of photographs (N, 3, S, S), (N, h, w); above 0 is evidence for PM.

    The maps are the last feature maps weighted by the dense layer after the pooling. A model without global average
    pooling gets the size of the logit's gradient by pixel instead (Simonyan et al. 2014), smoothed.
    """
    layer.eval()
    x = paddle.to_tensor(batch)
    if isinstance(layer, TransferNetwork):
        return layer.activation_maps(x).numpy()
    names = LAST_MAPS.get(type(layer))
    return (_gradient_map(layer, x) if names is None else _activation_map(layer, x, *names)).numpy()


def _activation_map(layer: nn.Layer, x: Tensor, maps: str, head: str) -> Tensor:
    kept = []
    handle = getattr(layer, maps).register_forward_post_hook(lambda _, __, output: kept.append(output))
    try:
        with paddle.no_grad():
            layer(x)
    finally:
        handle.remove()
    weight = getattr(layer, head).weight  # (C, 1)
    return paddle.einsum("nchw,c->nhw", kept[0], weight[:, 0])


def _gradient_map(layer: nn.Layer, x: Tensor) -> Tensor:
    x.stop_gradient = False
    with paddle.enable_grad():  # explanations are asked for where predictions are made, without gradients
        (gradient,) = paddle.grad(layer(x).sum(), [x])
    size = gradient.abs().max(axis=1, keepdim=True)  # (N, 1, S, S)
    return functional.avg_pool2d(size, 8, 8)[:, 0].detach()
