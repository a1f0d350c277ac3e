"""Read the tensors of a PyTorch weight file without PyTorch.

The format is the one that ``torch.save`` wrote before PyTorch 1.6: four pickles (magic number, protocol, the writer's
byte order, the object), a pickled list of storage keys, and for each key its number of elements (int64) and raw data.
The object of a weight file is an ordered dictionary from names to tensors. The unpickler admits tensors, ordered
dictionaries and plain values; any other name in the file ends the reading before anything is called.
"""

from __future__ import annotations

import pickle  # only as the base of an unpickler that admits four names
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from kit.errors import DataError

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
LARGEST = 1 << 30  # bytes; the largest backbone of the kit has 25 MB


@dataclass(frozen=True)
class _Storage:
    """The elements that one or several tensors are views of."""

    key: str
    dtype: np.dtype[Any]
    size: int


@dataclass(frozen=True)
class _Tensor:
    """A view of a storage, all in elements."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_tensors(path: Path) -> dict[str, np.ndarray]:
    """Read the named tensors of a weight file.

    Raises DataError for a file that is damaged, is of another format, or holds anything but tensors.
    """
    if path.stat().st_size > LARGEST:
        raise DataError("the weight file is too large", expected=f"at most {LARGEST:,} bytes", where=path)
    try:
        with path.open("rb") as file:
            tensors = _read_object(file)
            keys = _unpickle(file)
            data = {str(key): _read_storage(file, _storage_of(tensors, str(key))) for key in keys}
            return {name: _array(tensor, data) for name, tensor in tensors.items()}
    except DataError as error:
        raise DataError(str(error), where=path) from None
    except Exception as error:  # a damaged pickle fails in as many ways as it has opcodes
        raise DataError(
            "the weight file cannot be read", found=f"{type(error).__name__}: {error}", where=path
        ) from None


class _TensorUnpickler(pickle.Unpickler):
    """An unpickler that admits tensors, their storages and ordered dictionaries."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in of an admitted name, or raise DataError."""
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        admitted: dict[tuple[str, str], Callable[..., Any]] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        }
        if (module, name) not in admitted:
            raise DataError("the weight file holds something other than tensors", found=f"{module}.{name}")
        return admitted[module, name]

    def persistent_load(self, pid: Any) -> _Storage:
        """Return the storage that a reference names; its data follow later in the file."""
        kind, dtype, key, _, size = pid[:5]
        if kind != "storage" or not isinstance(dtype, np.dtype) or not isinstance(size, int):
            raise DataError("the weight file holds an unknown reference", found=str(pid)[:80])
        return _Storage(str(key), dtype, size)


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


def _unpickle(file: BinaryIO) -> Any:
    return _TensorUnpickler(file).load()


def _read_object(file: BinaryIO) -> dict[str, _Tensor]:
    if _unpickle(file) != MAGIC_NUMBER or _unpickle(file) != PROTOCOL_VERSION:
        raise DataError("this is no weight file of PyTorch's first format")
    writer = _unpickle(file)
    if not isinstance(writer, dict) or writer.get("little_endian") is not True:
        raise DataError("the weight file has another byte order", expected="little endian")
    tensors = _unpickle(file)
    named = isinstance(tensors, dict) and all(isinstance(name, str) for name in tensors)
    if not named or not all(isinstance(tensor, _Tensor) for tensor in tensors.values()):
        raise DataError("the weight file holds something other than named tensors")
    return dict(tensors)


def _storage_of(tensors: dict[str, _Tensor], key: str) -> _Storage:
    return next(tensor.storage for tensor in tensors.values() if tensor.storage.key == key)


def _read_storage(file: BinaryIO, storage: _Storage) -> np.ndarray:
    size = int.from_bytes(file.read(8), "little")
    if size != storage.size or not 0 <= size <= LARGEST:
        raise DataError("a tensor's data have another size", expected=storage.size, found=size)
    data = file.read(size * storage.dtype.itemsize)
    return np.frombuffer(data, storage.dtype, size)


def _array(tensor: _Tensor, data: dict[str, np.ndarray]) -> np.ndarray:
    """Copy a tensor out of its storage; every element that the strides reach lies within the storage."""
    flat, shape, strides = data[tensor.storage.key], tensor.shape, tensor.strides
    whole = all(isinstance(number, int) and number >= 0 for number in (tensor.offset, *shape, *strides))
    if not whole or len(shape) != len(strides):
        raise DataError("a tensor has an impossible shape", found=f"{shape}, strides {strides}")
    last = tensor.offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if 0 in shape or last >= len(flat):
        raise DataError("a tensor lies outside its data", found=f"{shape}, strides {strides}")
    steps = [stride * flat.itemsize for stride in strides]
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(flat[tensor.offset :], shape, steps))
