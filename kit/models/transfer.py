"""Transfer learning: pretrained backbones with a linear head, fitted on features or fine-tuned.

Two ways share one network. *Features*: the backbones stay as they are, and a logistic regression on their pooled
features becomes the head. *Fine-tuning* starts there and trains the last stages too, earlier stages with lower learning
rates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kit.console import info
from kit.device import paddle
from kit.models.backbone import (
    FEATURES,
    SIDES,
    EfficientNetLite,
    decay_learning_rates,
    efficientnet_lite,
    keep_statistics,
)
from kit.models.feature_cache import FeatureCache
from kit.models.linear_head import fit_linear_head


class TransferNetwork(paddle.nn.Layer):  # type: ignore[misc]  # Paddle has no types
    """Backbones side by side, global average pooling, dropout and a linear layer on all features.

    Images are inputs times ``input_std`` plus ``input_mean``, RGB in 0..1. Where there are several backbones, each sees
    the image at its own scale: the largest as it is, the others reduced as the sides of their pretraining are. Batch
    normalisation keeps the statistics of the pretraining.
    """

    def __init__(
        self,
        backbones: Sequence[EfficientNetLite],
        outputs: int,
        *,
        dropout: float = 0.0,
        input_mean: float = 0.0,
        input_std: float = 1.0,
    ) -> None:
        super().__init__()
        self.backbones = paddle.nn.LayerList(backbones)
        keep_statistics(backbones)
        self.dropout = paddle.nn.Dropout(dropout)
        self.head = paddle.nn.Linear(FEATURES * len(backbones), outputs)
        self.input_mean, self.input_std = input_mean, input_std
        self.scales = [backbone.side / max(backbone.side for backbone in backbones) for backbone in backbones]

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        """Map inputs (N, 3, H, W) to logits (N, outputs)."""
        return self.head(self.dropout(self.features(x)))

    def features(self, x: paddle.Tensor) -> paddle.Tensor:
        """Map inputs (N, 3, H, W) to the pooled features of all backbones (N, 1280 * backbones)."""
        return paddle.concat([maps.mean([2, 3]) for maps in self.maps(x)], axis=1)

    def maps(self, x: paddle.Tensor) -> list[paddle.Tensor]:
        """Map inputs (N, 3, H, W) to the last feature maps (N, 1280, h, w) of each backbone."""
        images = x * self.input_std + self.input_mean
        # No zip(strict=True) in a forward pass: Paddle cannot export it.
        return [self.backbones[i](_rescale(images, self.scales[i])) for i in range(len(self.scales))]

    def activation_maps(self, x: paddle.Tensor, output: int = 0) -> paddle.Tensor:
        """Class activation maps (N, h, w) of one output (Zhou et al. 2016), summed over the backbones."""
        weights = self.head.weight[:, output].split(len(self.backbones))
        maps = [paddle.einsum("nchw,c->nhw", m, w) for m, w in zip(self.maps(x), weights, strict=True)]
        size = maps[-1].shape[1:]
        scaled = [
            paddle.nn.functional.interpolate(m.unsqueeze(1), size, mode="bilinear", align_corners=False) for m in maps
        ]
        return sum(scaled[1:], scaled[0])[:, 0]

    def freeze(self, trained_stages: int, decay: float) -> None:
        """Train only the last stages of each backbone, each earlier one with ``decay`` times the learning rate."""
        for backbone in self.backbones:
            stages = list(backbone.stages)
            decay_learning_rates(stages, decay)
            for index, stage in enumerate(stages):
                for parameter in stage.parameters():
                    parameter.stop_gradient = index < len(stages) - trained_stages


class PooledFeatures(paddle.nn.Layer):  # type: ignore[misc]
    """The pooled features of a transfer network, as a network of its own that can be exported."""

    def __init__(self, network: TransferNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        """Map inputs (N, 3, H, W) to pooled features (N, 1280 * backbones)."""
        return self.network.features(x)


def transfer_network(
    outputs: int,
    *,
    variants: Sequence[int] = (0,),
    trained_stages: int = 0,
    decay: float = 0.7,
    dropout: float = 0.0,
    input_mean: float = 0.0,
    input_std: float = 1.0,
) -> TransferNetwork:
    """Build a transfer network on EfficientNet-Lite ``variants`` with their ImageNet weights.

    ``trained_stages`` of each backbone are trained, counted from the end; 0: only the head. Raises KitError where the
    weights are not installed.
    """
    backbones = [efficientnet_lite(variant) for variant in sorted(variants, key=SIDES.__getitem__)]
    network = TransferNetwork(backbones, outputs, dropout=dropout, input_mean=input_mean, input_std=input_std)
    network.freeze(trained_stages, decay)
    return network


def fit_head(network: TransferNetwork, batches: Iterable[Any], groups: Sequence[str | None], config: Any) -> None:
    """Fit the head by logistic regression on the pooled features of the training part.

    ``batches`` are those of the training part without augmentation; each image is used as it is and mirrored where
    ``config.augment``. The strength of the regularisation is chosen by cross-validation within the training part, whose
    folds keep ``groups`` together.
    """
    features, labels = _read_features(network, batches, mirrored=config.augment)  # (N, V, D), (N,)
    head = fit_linear_head(features, labels, groups, outputs=network.head.weight.shape[1], seed=config.seed)
    network.head.weight.set_value(head.weight.astype(np.float32))
    network.head.bias.set_value(head.bias.astype(np.float32))
    info(f"head fitted on {len(features):,} samples: C = {head.c:g}, log loss within the training part {head.loss:.4f}")


def _rescale(images: paddle.Tensor, scale: float) -> paddle.Tensor:
    """Resize images (N, C, H, W) bilinearly by matrix products; interpolation does not run in Paddle's inference."""
    if scale == 1:
        return images
    rows, columns = (paddle.to_tensor(_resampling(size, max(1, round(size * scale)))) for size in images.shape[2:])
    return paddle.matmul(paddle.matmul(rows, images), columns, transpose_y=True)


def _resampling(inputs: int, outputs: int) -> np.ndarray:
    """Weights (outputs, inputs) of linear interpolation between the centres of pixels."""
    position = np.clip((np.arange(outputs) + 0.5) * inputs / outputs - 0.5, 0, inputs - 1)
    distance = np.abs(position[:, None] - np.arange(inputs))
    return np.asarray(np.maximum(0, 1 - distance), np.float32)


def _read_features(
    network: TransferNetwork, batches: Iterable[Any], *, mirrored: bool
) -> tuple[np.ndarray, np.ndarray]:
    from kit.prediction import engines, saved_network

    pooled = PooledFeatures(network)
    compute = engines.ExportedForward(pooled, lambda inputs: np.asarray(saved_network.eager(pooled, (inputs,))))
    cache = FeatureCache([network.backbones, network.input_mean, network.input_std], compute)
    features, labels = [], []
    for batch in batches:
        views = [batch.x, np.ascontiguousarray(batch.x[..., ::-1])] if mirrored else [batch.x]
        features.append(np.stack([cache.features(view) for view in views], axis=1))
        labels.append(np.asarray(batch.y).astype(np.int64))
    cache.save()
    return np.concatenate(features), np.concatenate(labels)
