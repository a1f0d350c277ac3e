"""Transfer learning: a pretrained backbone with a linear head, fitted on features or fine-tuned.

Two ways share one network. *Features*: the backbone stays as it is, and a logistic regression on its pooled features
becomes the head. *Fine-tuning* starts there and trains the last stages too, earlier stages with lower learning rates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kit.console import info
from kit.device import paddle
from kit.models.efficientnet_lite import FEATURES, EfficientNetLite, efficientnet_lite
from kit.models.feature_cache import FeatureCache
from kit.models.linear_head import LinearHead, fit_linear_head


class TransferNetwork(paddle.nn.Layer):  # type: ignore[misc]  # Paddle has no types
    """A backbone, global average pooling, dropout and a linear layer.

    ``trained_stages`` of the backbone are trained, counted from the end; 0: the backbone stays frozen. The learning
    rate of each earlier stage is ``decay`` times that of the next; the head's is the configured one. Batch
    normalisation keeps the statistics of the pretraining, since those of small batches are too noisy.
    """

    def __init__(
        self,
        backbone: EfficientNetLite,
        outputs: int,
        *,
        trained_stages: int = 0,
        decay: float = 0.7,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.dropout = paddle.nn.Dropout(dropout)
        self.head = paddle.nn.Linear(FEATURES, outputs)
        self._set_learning_rates(trained_stages, decay)

    def _set_learning_rates(self, trained_stages: int, decay: float) -> None:
        stages = list(self.backbone.stages)
        for distance, stage in enumerate(reversed(stages), 1):
            for parameter in stage.parameters():
                parameter.stop_gradient = distance > trained_stages
                parameter.optimize_attr["learning_rate"] = decay**distance

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        """Map RGB images (N, 3, H, W) in 0..1 to logits (N, outputs)."""
        return self.head(self.dropout(self.features(x)))

    def features(self, x: paddle.Tensor) -> paddle.Tensor:
        """Map RGB images (N, 3, H, W) in 0..1 to pooled features (N, 1280)."""
        return self.backbone(x).mean([2, 3])

    def train(self) -> None:
        """Switch to training, except for batch normalisation."""
        super().train()
        for layer in self.backbone.sublayers():
            if isinstance(layer, paddle.nn.BatchNorm2D):
                layer.eval()


class PooledFeatures(paddle.nn.Layer):  # type: ignore[misc]
    """The pooled features of a transfer network, as a network of its own that can be exported."""

    def __init__(self, network: TransferNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        """Map RGB images (N, 3, H, W) in 0..1 to pooled features (N, 1280)."""
        return self.network.features(x)


def transfer_network(
    outputs: int, *, variant: int = 0, trained_stages: int = 0, decay: float = 0.7, dropout: float = 0.0
) -> TransferNetwork:
    """Build a transfer network on EfficientNet-Lite ``variant`` with its ImageNet weights.

    Raises KitError where the weights are not installed.
    """
    backbone = efficientnet_lite(variant)
    return TransferNetwork(backbone, outputs, trained_stages=trained_stages, decay=decay, dropout=dropout)


def fit_head(network: TransferNetwork, batches: Iterable[Any], groups: Sequence[str | None], config: Any) -> None:
    """Fit the head by logistic regression on the pooled features of the training part.

    ``batches`` are those of the training part without augmentation; each image is seen as it is and mirrored where
    ``config.augment``. The strength of the regularisation is chosen by cross-validation within the training part, whose
    folds keep ``groups`` together.
    """
    features, labels = _read_features(network, batches, mirrored=config.augment)  # (N, V, 1280), (N,)
    head = fit_linear_head(features, labels, groups, outputs=network.head.weight.shape[1], seed=config.seed)
    _set_head(network, head)
    info(f"head fitted on {len(features):,} samples: C = {head.c:g}, log loss within the training part {head.loss:.4f}")


def _set_head(network: TransferNetwork, head: LinearHead) -> None:
    network.head.weight.set_value(head.weight.astype(np.float32))
    network.head.bias.set_value(head.bias.astype(np.float32))


def _read_features(
    network: TransferNetwork, batches: Iterable[Any], *, mirrored: bool
) -> tuple[np.ndarray, np.ndarray]:
    from kit.prediction import inference

    pooled = PooledFeatures(network)
    engine: list[Any] = []

    def compute(images: np.ndarray) -> np.ndarray:
        if not engine:
            eager = lambda batch: inference.eager(pooled, (batch,))  # noqa: E731
            engine.append(inference.predictor(pooled, images) or eager)
        return np.asarray(engine[0](images))

    cache = FeatureCache(network.backbone, compute)
    features, labels = [], []
    for batch in batches:
        views = [batch.x, np.ascontiguousarray(batch.x[..., ::-1])] if mirrored else [batch.x]
        features.append(np.stack([cache.features(view) for view in views], axis=1))
        labels.append(np.asarray(batch.y))
    cache.save()
    return np.concatenate(features), np.concatenate(labels)
