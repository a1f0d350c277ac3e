"""Parts of a network that keep their weights in the first epochs, such as a pretrained encoder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kit.contract.config import TrainConfig
from kit.contract.model import Model
from kit.device import paddle
from kit.errors import KitError


class Frozen:
    """What ``Model.freeze`` names: layers, which are also put into evaluation mode, and single parameters."""

    def __init__(self, layer: Any, model: Model, config: TrainConfig) -> None:
        self.epochs = config.frozen_epochs
        parts = list(model.freeze(layer, config)) if model.freeze and self.epochs else []
        self.layers = [part for part in parts if isinstance(part, paddle.nn.Layer)]
        self.parameters = _parameters(parts)
        if self.epochs and model.freeze is None:
            raise KitError("the model names nothing to freeze", expected="Model(freeze=...)", remedy="frozen_epochs=0")

    def apply(self, layer: Any, epoch: int) -> None:
        """Put the network into training mode for an epoch (from 0), without the parts that are still frozen."""
        layer.train()
        frozen = self.epochs < 0 or epoch < self.epochs
        for parameter in self.parameters:
            parameter.stop_gradient = frozen
        for part in self.layers if frozen else ():
            part.eval()


def _parameters(parts: Iterable[Any]) -> Sequence[Any]:
    """The parameters of layers and those given, each once, without those that are never trained."""
    found: dict[str, Any] = {}
    for part in parts:
        inner = part.parameters() if isinstance(part, paddle.nn.Layer) else [part]
        found |= {p.name: p for p in inner if not p.stop_gradient}
    return list(found.values())
