"""A layer's weights by name: exchanged for a while, overwritten, averaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.device import paddle


class Swapped:
    """Other weights in a layer for the length of a block."""

    def __init__(self, layer: Any, weights: Mapping[str, Any]) -> None:
        self.layer, self.weights = layer, weights
        self.kept: dict[str, Any] = {}

    def __enter__(self) -> None:
        self.kept = {name: tensor.clone() for name, tensor in floats(self.layer).items()} if self.weights else {}
        put(self.layer, self.weights)

    def __exit__(self, *_: object) -> None:
        put(self.layer, self.kept)


def put(layer: Any, weights: Mapping[str, Any]) -> None:
    """Overwrite the layer's tensors of these names."""
    with paddle.no_grad():
        for name, tensor in floats(layer).items():
            if name in weights:
                tensor.set_value(weights[name])


def floats(layer: Any) -> dict[str, Any]:
    """The layer's parameters and floating-point buffers by name: what an average is taken of."""
    return {name: tensor for name, tensor in layer.state_dict().items() if "float" in str(tensor.dtype)}
