"""The exponential moving average of a layer's weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from kit.device import paddle
from kit.errors import DataError

SMALL = 1 << 14
"""Numbers up to which a tensor on a CPU is averaged together with others. A larger one takes longer to copy beside them
than operations of its own cost."""


class Ema:
    """The averaged weights of a layer; none if ``decay`` is 0, and then every method does nothing.

    Small tensors are averaged together, on a GPU all of them: an update is a few operations instead of some for each.
    """

    def __init__(self, layer: Any, decay: float) -> None:
        self.layer, self.decay, self.updates = layer, decay, 0
        floats = _floats(layer) if decay else {}
        self._groups = _groups(floats)
        self._averages = [_flat([floats[name] for name in names]).clone() for names in self._groups]

    def update(self) -> None:
        """Move the average towards the present weights, faster at first: decay = min(decay, (1 + n) / (10 + n))."""
        if not self._groups:
            return
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        floats = _floats(self.layer)
        with paddle.no_grad():
            for names, average in zip(self._groups, self._averages, strict=True):
                average.scale_(decay)
                average.add_(_flat([floats[name] for name in names]) * (1 - decay))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the averaged weights into the layer for the length of a block."""
        kept = {name: tensor.clone() for name, tensor in _floats(self.layer).items()} if self._groups else {}
        self.apply()
        try:
            yield
        finally:
            _overwrite(self.layer, kept)

    def apply(self) -> None:
        """Put the averaged weights into the layer."""
        _overwrite(self.layer, self._weights())

    def arrays(self) -> dict[str, np.ndarray]:
        """The averaged weights by name, each in the shape of its tensor."""
        return {name: tensor.numpy() for name, tensor in self._weights().items()}

    def load(self, arrays: Mapping[str, np.ndarray], updates: int, where: Path) -> None:
        """Go back to averages and their number of updates. Raises DataError if they are of another layer."""
        floats = _floats(self.layer) if self._groups else {}
        expected = {name: tuple(tensor.shape) for name, tensor in floats.items()}
        found = {name: array.shape for name, array in arrays.items()}
        if found != expected:
            wrong = sorted({name for name, _ in found.items() ^ expected.items()})
            raise DataError("these averages are of another model", found=", ".join(wrong[:5]), where=where)
        self.updates = updates
        for names, average in zip(self._groups, self._averages, strict=True):
            average.set_value(np.concatenate([arrays[name].reshape(-1) for name in names]))

    def _weights(self) -> dict[str, Any]:
        floats, found = _floats(self.layer) if self._groups else {}, {}
        for names, average in zip(self._groups, self._averages, strict=True):
            start = 0
            for name in names:
                end = start + _size(floats[name])
                found[name] = average[start:end].reshape(floats[name].shape)
                start = end
        return found


def _groups(floats: Mapping[str, Any]) -> list[list[str]]:
    """Names of tensors that are averaged together: those of one type that are small or on a GPU; others alone."""
    together: dict[str, list[str]] = {}
    alone = []
    for name, tensor in floats.items():
        if _size(tensor) <= SMALL or tensor.place.is_gpu_place():
            together.setdefault(str(tensor.dtype), []).append(name)
        else:
            alone.append([name])
    return [*together.values(), *alone]


def _flat(tensors: Sequence[Any]) -> Any:
    """The numbers of these tensors, one after another; a single tensor is not copied."""
    flat = [tensor if tensor.ndim == 1 else tensor.reshape([-1]) for tensor in tensors]
    return flat[0] if len(flat) == 1 else paddle.concat(flat)


def _size(tensor: Any) -> int:
    return int(np.prod(tensor.shape))


def _overwrite(layer: Any, weights: Mapping[str, Any]) -> None:
    if weights:
        with paddle.no_grad():
            for name, tensor in _floats(layer).items():
                tensor.set_value(weights[name])


def _floats(layer: Any) -> dict[str, Any]:
    """The layer's parameters and floating-point buffers by name."""
    return {name: tensor for name, tensor in layer.state_dict().items() if "float" in str(tensor.dtype)}
