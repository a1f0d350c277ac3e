"""The exponential moving average of a layer's weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kit.device import paddle


class Ema:
    """The averaged weights of a layer; none if ``decay`` is 0, and then every method does nothing."""

    def __init__(self, layer: Any, decay: float) -> None:
        self.layer, self.decay, self.updates = layer, decay, 0
        self.weights = {name: tensor.clone() for name, tensor in _floats(layer).items()} if decay else {}

    def update(self) -> None:
        """Move the average towards the present weights, faster at first: decay = min(decay, (1 + n) / (10 + n))."""
        if not self.weights:
            return
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        with paddle.no_grad():
            for name, tensor in _floats(self.layer).items():
                average = self.weights[name]
                average.scale_(decay)
                average.add_(tensor * (1 - decay))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the averaged weights into the layer for the length of a block."""
        kept = {name: tensor.clone() for name, tensor in _floats(self.layer).items()} if self.weights else {}
        self.apply()
        try:
            yield
        finally:
            _overwrite(self.layer, kept)

    def apply(self) -> None:
        """Put the averaged weights into the layer."""
        _overwrite(self.layer, self.weights)


def _overwrite(layer: Any, weights: Mapping[str, Any]) -> None:
    if weights:
        with paddle.no_grad():
            for name, tensor in _floats(layer).items():
                tensor.set_value(weights[name])


def _floats(layer: Any) -> dict[str, Any]:
    """The layer's parameters and floating-point buffers by name."""
    return {name: tensor for name, tensor in layer.state_dict().items() if "float" in str(tensor.dtype)}
