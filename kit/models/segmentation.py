"""A U-Net whose encoder is a pretrained backbone, for segmentation."""

from __future__ import annotations

from collections.abc import Sequence

from kit.device import paddle
from kit.models.backbone import EfficientNetLite, decay_learning_rates, efficientnet_lite, keep_statistics, normalise

ENCODER_STAGES = 6
"""The stem and five stages: feature maps at strides 2, 4, 8 and 16."""


class EncoderUNet(paddle.nn.Layer):  # type: ignore[misc]  # Paddle has no types
    """EfficientNet-Lite to stride 16, then a decoder that doubles the maps up to stride 2.

    ``widths`` are the decoder's channels at the strides 8, 4 and 2. Images are inputs times ``input_std`` plus
    ``input_mean``, RGB in 0..1. Batch normalisation of the encoder keeps the statistics of the pretraining.
    """

    def __init__(
        self,
        backbone: EfficientNetLite,
        *,
        widths: Sequence[int] = (64, 32, 24),
        dropout: float = 0.0,
        input_mean: float = 0.0,
        input_std: float = 1.0,
    ) -> None:
        super().__init__()
        self.stages = paddle.nn.LayerList(list(backbone.stages)[:ENCODER_STAGES])
        keep_statistics(self.stages)
        self.register_buffer("mean", backbone.mean, persistable=False)
        self.register_buffer("std", backbone.std, persistable=False)
        self.input_mean, self.input_std = input_mean, input_std
        strides = backbone.strides[:ENCODER_STAGES]
        # The last stage of each resolution; its maps go to the decoder.
        self.ends = [i for i in range(ENCODER_STAGES) if i + 1 == ENCODER_STAGES or strides[i + 1] > strides[i]]
        channels = [backbone.channels[i] for i in self.ends]
        self.dropout = paddle.nn.Dropout2D(dropout)
        deeper = [channels[-1], *widths[:-1]]
        pairs = list(zip(deeper, channels[-2::-1], widths, strict=True))
        # Not interpolation: Paddle's inference with oneDNN does not accept its scale.
        grow = [paddle.nn.Conv2DTranspose(below, width, 2, stride=2) for below, _, width in pairs]
        self.grow = paddle.nn.LayerList(grow)
        self.decoder = paddle.nn.LayerList([_block(width + skipped, width) for _, skipped, width in pairs])
        self.head = paddle.nn.Conv2D(widths[-1], 1, 1)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        """Map inputs (N, 3, H, W), H and W multiples of 16, to logits (N, H / 2, W / 2)."""
        x = normalise(x * self.input_std + self.input_mean, self.mean, self.std)
        maps = []
        for i in range(len(self.stages)):
            x = self.stages[i](x)
            if i in self.ends:
                maps.append(x)
        x = self.dropout(maps[-1])
        for level in range(len(self.decoder)):
            x = self.decoder[level](paddle.concat([self.grow[level](x), maps[-2 - level]], axis=1))
        return self.head(x)[:, 0]

    def set_learning_rates(self, decay: float) -> None:
        """Give each stage of the encoder ``decay`` times the learning rate of the next; the decoder has all of it."""
        decay_learning_rates(list(self.stages), decay)


def encoder_unet(
    *, variant: int = 0, decay: float = 0.7, dropout: float = 0.0, input_mean: float = 0.0, input_std: float = 1.0
) -> EncoderUNet:
    """Build a U-Net on EfficientNet-Lite ``variant`` with its ImageNet weights.

    Raises KitError where the weights are not installed.
    """
    backbone = efficientnet_lite(variant)
    network = EncoderUNet(backbone, dropout=dropout, input_mean=input_mean, input_std=input_std)
    network.set_learning_rates(decay)
    return network


def _block(inputs: int, outputs: int) -> paddle.nn.Sequential:
    layers: list[paddle.nn.Layer] = []
    for channels in (inputs, outputs):
        convolution = paddle.nn.Conv2D(channels, outputs, 3, padding=1, bias_attr=False)
        layers += [convolution, paddle.nn.BatchNorm2D(outputs), paddle.nn.ReLU()]
    return paddle.nn.Sequential(*layers)
