"""Weight files as PyTorch wrote them before 1.6, made without PyTorch."""

from __future__ import annotations

import io
import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from kit.models.pretrained.torch_file import MAGIC_NUMBER, PROTOCOL_VERSION


class FloatStorage:
    def __init__(self, key: str, data: np.ndarray) -> None:
        self.key, self.data = key, data


class Tensor:
    def __init__(self, key: str, array: np.ndarray) -> None:
        self.storage, self.array = FloatStorage(key, np.ascontiguousarray(array, np.float32)), array

    def __reduce__(self) -> Any:
        strides = [int(step) // 4 for step in self.storage.data.strides]
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (self.storage, 0, self.array.shape, tuple(strides), False, OrderedDict())


class Pickler(pickle.Pickler):
    def persistent_id(self, item: Any) -> Any:
        if isinstance(item, FloatStorage):
            return ("storage", sys.modules["torch"].FloatStorage, item.key, "cpu", item.data.size, None)
        return None


@contextmanager
def torch_names() -> Iterator[None]:
    """Modules of PyTorch's names, for the pickler to refer to."""
    torch, inner = types.ModuleType("torch"), types.ModuleType("torch._utils")
    storage = type("FloatStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2() -> None: ...

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    torch.FloatStorage, torch._utils, inner._rebuild_tensor_v2 = storage, inner, _rebuild_tensor_v2
    kept = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": torch, "torch._utils": inner})
    try:
        yield
    finally:
        for name, module in kept.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module


def dump(value: Any) -> bytes:
    file = io.BytesIO()
    Pickler(file, protocol=2).dump(value)
    return file.getvalue()


def write_weights(path: Path, arrays: Mapping[str, np.ndarray], extra: Mapping[str, Any] | None = None) -> Path:
    """Write named arrays, and whatever else ``extra`` holds, in PyTorch's first format."""
    tensors = OrderedDict((name, Tensor(str(key), array)) for key, (name, array) in enumerate(arrays.items()))
    with torch_names(), path.open("wb") as file:
        head = {"protocol_version": PROTOCOL_VERSION, "little_endian": True}
        for part in (MAGIC_NUMBER, PROTOCOL_VERSION, head, OrderedDict([*tensors.items(), *(extra or {}).items()])):
            file.write(dump(part))
        file.write(dump([tensor.storage.key for tensor in tensors.values()]))
        for tensor in tensors.values():
            file.write(tensor.storage.data.size.to_bytes(8, "little") + tensor.storage.data.tobytes())
    return path
