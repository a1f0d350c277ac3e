"""The networks that score a candidate's cube: a 3D CNN, a multi-view 2.5D CNN, and a U-Net on slices."""

from __future__ import annotations

from typing import Any

import paddle
from paddle import nn
from paddle.nn import functional as F  # noqa: N812  Paddle's own abbreviation

from .config import LungConfig


def conv_bn(dims: int, inputs: int, outputs: int, kernel: int = 3) -> nn.Layer:
    """Build a convolution in 2 or 3 dimensions with batch norm and ReLU."""
    conv, norm = (nn.Conv2D, nn.BatchNorm2D) if dims == 2 else (nn.Conv3D, nn.BatchNorm3D)
    return nn.Sequential(conv(inputs, outputs, kernel, padding=kernel // 2, bias_attr=False), norm(outputs), nn.ReLU())


class Path3D(nn.Layer):
    """Four convolutions; features averaged over the middle, and averaged and maximised over the whole cube.

    The middle is pooled separately because a nodule beside the candidate must not count. Maximum pooling between plain
    convolutions costs half as much as strided residual blocks and scored the same. (B, 1, S, S, S) -> (B, 12w).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv_bn(3, 1, width), nn.MaxPool3D(2), conv_bn(3, width, 2 * width), nn.MaxPool3D(2),
            conv_bn(3, 2 * width, 4 * width), conv_bn(3, 4 * width, 4 * width),
        )  # S/4  # fmt: skip

    def forward(self, x: Any) -> Any:
        """(B, 1, S, S, S) -> (B, 12w)."""
        x = self.body(x)  # (B, 4w, S/4, S/4, S/4)
        side = x.shape[2] // 4
        middle = slice(side, x.shape[2] - side)
        inner = x[:, :, middle, middle, middle].flatten(2)
        x = x.flatten(2)  # in Paddle 3.3 the gradient of max over several axes is wrong; over one axis it is right
        return paddle.concat([inner.mean(2), x.mean(2), x.max(2)], axis=1)


class CNN3D(nn.Layer):
    """A 3D CNN with two paths: the cube's middle at full resolution, and the whole cube at half the resolution.

    Half of the nodules are less than 7 mm across: the middle shows the nodule, the whole cube shows the vessels and
    the wall around it. Each path costs an eighth of the whole cube at full resolution.
    (B, 1, S, S, S) -> (B, 1) logits.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.near, self.far = Path3D(width), Path3D(width)
        self.out = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(24 * width, 4 * width), nn.ReLU(), nn.Linear(4 * width, 1)
        )

    def forward(self, x: Any) -> Any:
        """(B, 1, S, S, S) -> (B, 1)."""
        x = 2 * x - 1
        quarter, half = x.shape[2] // 4, x.shape[2] // 2
        middle = slice(quarter, quarter + half)
        near = self.near(x[:, :, middle, middle, middle])
        far = self.far(F.avg_pool3d(x, 2))
        return self.out(paddle.concat([near, far], axis=1))


class MultiView(nn.Layer):
    """One 2D CNN on nine planes through the cube's centre, features pooled over them (after Setio et al., 2016)."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv_bn(2, 1, width, kernel=5), nn.MaxPool2D(2), conv_bn(2, width, 2 * width), nn.MaxPool2D(2),
            conv_bn(2, 2 * width, 4 * width), conv_bn(2, 4 * width, 4 * width), nn.MaxPool2D(2),
        )  # fmt: skip
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(8 * width, 1)

    def forward(self, x: Any) -> Any:
        """(B, 1, S, S, S) -> (B, 1)."""
        views = planes(x[:, 0] - 0.5)  # (B, 9, S, S)
        batch, side = views.shape[0], views.shape[2]
        features = self.body(views.reshape([-1, 1, side, side])).mean([2, 3])  # (B * 9, 4w)
        features = features.reshape([batch, 9, features.shape[1]])
        return self.out(self.dropout(paddle.concat([features.mean(1), features.max(1)], axis=1)))


def planes(cube: Any) -> Any:
    """Extract nine planes (B, 9, S, S) from cubes (B, S, S, S): three along the axes and six along the diagonals."""
    middle = cube.shape[1] // 2
    views = [cube[:, middle], cube[:, :, middle], cube[:, :, :, middle]]
    for one, two in ((1, 2), (1, 3), (2, 3)):
        for side in (cube, paddle.flip(cube, [two])):
            views.append(paddle.diagonal(side, axis1=one, axis2=two))
    return paddle.stack(views, axis=1)


class SliceUNet(nn.Layer):
    """A U-Net on axial slices, each with the slices above and below it; the score is computed from its masks.

    The inputs, three adjacent slices, and the target, the nodule's mask, are those of
    《使用腾讯云GPU学习深度学习》系列之四, which prepares them and describes no network.
    (B, 1, S, S, S) -> (B, 1) logits in prediction; (logits, mask logits (B, K, S, S)) in training.
    """

    OFFSETS = (-4, -2, 0, 2, 4)

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.down1 = nn.Sequential(conv_bn(2, 3, width), conv_bn(2, width, width))
        self.down2 = nn.Sequential(conv_bn(2, width, 2 * width), conv_bn(2, 2 * width, 2 * width))
        self.bottom = nn.Sequential(
            conv_bn(2, 2 * width, 4 * width), nn.Dropout(dropout), conv_bn(2, 4 * width, 4 * width)
        )
        self.up2 = conv_bn(2, 6 * width, 2 * width)
        self.up1 = conv_bn(2, 3 * width, width)
        self.mask = nn.Conv2D(width, 1, 1)
        self.out = nn.Linear(2 * len(self.OFFSETS) + 4 * width, 1)

    def forward(self, x: Any) -> Any:
        """(B, 1, S, S, S) -> logits, with the slices' mask logits in training."""
        cube, middle = x[:, 0] - 0.5, x.shape[2] // 2
        slices = [cube[:, middle + k - 1 : middle + k + 2] for k in self.OFFSETS]  # each (B, 3, S, S)
        batch, side, count = cube.shape[0], cube.shape[2], len(slices)
        one = self.down1(paddle.stack(slices, axis=1).reshape([-1, 3, side, side]))
        two = self.down2(F.max_pool2d(one, 2))
        deep = self.bottom(F.max_pool2d(two, 2))
        up = self.up2(paddle.concat([F.interpolate(deep, scale_factor=2), two], axis=1))
        up = self.up1(paddle.concat([F.interpolate(up, scale_factor=2), one], axis=1))
        masks = self.mask(up).reshape([batch, count, side, side])
        low = side // 2 - 4
        centre = masks[:, :, low : low + 8, low : low + 8].flatten(2)
        deep = deep.mean([2, 3]).reshape([batch, count, -1]).mean(1)
        logits = self.out(paddle.concat([centre.mean(2), centre.max(2), deep], axis=1))
        return (logits, masks) if self.training else logits


def cnn3d(config: LungConfig) -> nn.Layer:
    """Build the default model."""
    return CNN3D(config.width, config.dropout)


def multiview(config: LungConfig) -> nn.Layer:
    """Build the multi-view model."""
    return MultiView(config.width, config.dropout)


def unet2d(config: LungConfig) -> nn.Layer:
    """Build the U-Net on slices."""
    return SliceUNet(config.width, config.dropout)


def loss(outputs: Any, y: Any, config: LungConfig) -> Any:
    """Return the sigmoid cross-entropy over the positives and the hardest negatives, plus the mask's loss if any.

    ``y`` (B, 5) is the label of :func:`~.inputs.example`. The hard negatives are chosen within the batch: this needs no
    state between epochs, and a resumed run chooses the same ones.
    """
    masks = None
    if isinstance(outputs, tuple | list):
        outputs, masks = outputs
    logits, label = outputs[:, 0].astype("float32"), y[:, 0]
    target = label * (1 - config.label_smoothing) + config.label_smoothing / 2
    each = F.binary_cross_entropy_with_logits(logits, target, reduction="none")  # (B,)
    negative = 1 - label
    kept = (negative.sum() * config.hard_fraction).ceil().astype("int32").clip(min=1)
    ranked = paddle.sort(each * negative, descending=True)
    easy = (each < ranked[kept - 1].detach()).astype("float32") * negative
    weight = 1 - easy
    total = (each * weight).sum() / weight.sum()
    return total if masks is None else total + mask_loss(masks.astype("float32"), y)


def mask_loss(masks: Any, y: Any) -> Any:
    """Return cross-entropy plus Dice loss of mask logits (B, K, S, S) against the nodule's sphere."""
    target = sphere_masks(y, masks.shape[2])
    dice = 1 - (2 * (F.sigmoid(masks) * target).sum() + 1) / (F.sigmoid(masks).sum() + target.sum() + 1)
    return F.binary_cross_entropy_with_logits(masks, target) + dice


def sphere_masks(y: Any, side: int) -> Any:
    """Return the masks (B, K, S, S) of labels (B, 5) on the U-Net's slices: within the *radius* of the centre."""
    axis = paddle.arange(side, dtype="float32") - (side - 1) / 2
    z = paddle.to_tensor([float(k) for k in SliceUNet.OFFSETS]) + (side // 2 - (side - 1) / 2)
    radius, centre = y[:, 1].reshape([-1, 1, 1, 1]), y[:, 2:]
    squared = (z.reshape([1, -1, 1, 1]) - centre[:, 0].reshape([-1, 1, 1, 1])) ** 2
    squared = squared + (axis.reshape([1, 1, -1, 1]) - centre[:, 1].reshape([-1, 1, 1, 1])) ** 2
    squared = squared + (axis.reshape([1, 1, 1, -1]) - centre[:, 2].reshape([-1, 1, 1, 1])) ** 2
    return (squared <= radius**2).astype("float32") * y[:, 0].reshape([-1, 1, 1, 1])


def activation(outputs: Any) -> Any:
    """Return the probability (B, 1) of a nodule."""
    logits = outputs[0] if isinstance(outputs, tuple | list) else outputs
    return F.sigmoid(logits.astype("float32"))
