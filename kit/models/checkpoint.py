"""Weights and training state on disk: safetensors and JSON, whole or not at all, never pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from kit.device import paddle
from kit.errors import DataError, KitError
from kit.files import require_regular, write_bytes

KEY = "kit"  # one key only: several have no fixed order in the header, and the bytes must not vary


def arrays_of(layer: Any) -> dict[str, np.ndarray]:
    """A layer's parameters and buffers by name."""
    return {name: np.ascontiguousarray(tensor.numpy()) for name, tensor in layer.state_dict().items()}


def write(path: Path, arrays: Mapping[str, np.ndarray], meta: Any = None) -> None:
    """Write named arrays and a JSON value as one safetensors file, atomically; same content, same bytes."""
    header = {KEY: json.dumps(meta, sort_keys=True, ensure_ascii=False)}
    write_bytes(path, save(dict(sorted(arrays.items())), metadata=header))


def read(path: Path) -> tuple[dict[str, np.ndarray], Any]:
    """Read what :func:`write` wrote; a foreign safetensors file gives its arrays and None."""
    require_regular(path)
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a mapping
            text = (file.metadata() or {}).get(KEY)
    except FileNotFoundError:
        raise DataError("there is no such checkpoint", where=path) from None
    except (SafetensorError, OSError, TypeError, AttributeError, ValueError, KeyError, MemoryError) as error:
        raise DataError(
            "the checkpoint cannot be read", expected="a safetensors file", found=error, where=path
        ) from None
    try:
        return arrays, json.loads(text) if text else None
    except (ValueError, RecursionError) as error:
        raise DataError("the checkpoint's header cannot be read", found=error, where=path) from None


def load(layer: Any, arrays: Mapping[str, np.ndarray], where: Path) -> None:
    """Put arrays into a layer, all of them by name and shape, or raise DataError and change nothing."""
    own = layer.state_dict()
    wrong = [f"{name}: missing" for name in own if name not in arrays]
    wrong += [f"{name}: unknown" for name in arrays if name not in own]
    wrong += [
        f"{name}: {tuple(tensor.shape)} expected, {arrays[name].shape} found"
        for name, tensor in own.items()
        if name in arrays and tuple(tensor.shape) != arrays[name].shape
    ]
    if wrong:
        raise DataError(
            "these weights are of another model",
            found="; ".join(wrong[:5]) + (" ..." if wrong[5:] else ""),
            where=where,
        )
    check_finite(arrays, where)
    for name, tensor in own.items():
        tensor.set_value(arrays[name].astype(_dtype(tensor)))


def check_finite(arrays: Mapping[str, np.ndarray], where: Path) -> None:
    """Raise DataError if a number is NaN or infinite: a network would predict nothing with it."""
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise DataError("the weights are not finite numbers", found=f"NaN or infinity in {name}", where=where)


def load_pretrained(layer: Any, path: Path) -> int:
    """Put in the arrays whose name and shape fit (a new head keeps its own); return how many fitted."""
    arrays, _ = read(path)
    fits = {n: t for n, t in layer.state_dict().items() if n in arrays and tuple(t.shape) == arrays[n].shape}
    if not fits:
        raise KitError(
            "no array of the pretrained weights fits this model",
            expected=", ".join(list(layer.state_dict())[:3]) + " ...",
            found=", ".join(list(arrays)[:3]) + " ...",
            where=path,
        )
    check_finite({name: arrays[name] for name in fits}, path)
    for name, tensor in fits.items():
        tensor.set_value(arrays[name].astype(_dtype(tensor)))
    return len(fits)


def _dtype(tensor: Any) -> str:
    return str(tensor.dtype).rpartition(".")[2]


def optimizer_arrays(optimizer: Any) -> dict[str, np.ndarray]:
    """Return an optimizer's moments and powers by name."""
    state = optimizer.state_dict()
    return {name: tensor.numpy() for name, tensor in state.items() if isinstance(tensor, paddle.Tensor)}


def load_optimizer(optimizer: Any, arrays: Mapping[str, np.ndarray]) -> None:
    """Restore an optimizer's moments and powers; the parameters must have the same names as when they were saved."""
    optimizer.set_state_dict({name: _tensor(name, value) for name, value in arrays.items()})


def _tensor(name: str, value: np.ndarray) -> Any:
    tensor = paddle.to_tensor(value)
    tensor.name = name
    return tensor
