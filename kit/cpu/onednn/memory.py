"""oneDNN's memory layouts as Python objects that free themselves.

oneDNN describes a tensor's memory by a "memory descriptor": the logical dimensions (N, C, H, W), the data type, and the
order in which the elements are stored. This module makes the three kinds that the kit uses:

- plain: the order of a contiguous Paddle tensor (NCHW or NCDHW), or any other order that strides can express;
- blocked: channels in blocks of 8 or 16, stored last. One vector instruction then computes a whole block of channels;
- any: left open, so that the primitive created with it picks the order it computes fastest in.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref, c_void_p
from itertools import accumulate

import numpy as np
import paddle
from paddle import Tensor

from kit.cpu.onednn import library
from kit.cpu.onednn.library import F32, Dims, check, load


class MemoryLayout:
    """A ``dnnl_memory_desc_t`` of float32 elements: dimensions and storage order.

    ``owner`` is the primitive that a borrowed descriptor belongs to. It is kept alive as long as the layout, and the
    descriptor is then not freed here.
    """

    def __init__(self, handle: c_void_p, owner: object = None) -> None:
        self.handle = handle
        self._owner = owner
        self._lib = load().with_gil
        self.floats = -(-self._lib.dnnl_memory_desc_get_size(handle) // 4)  # bytes, rounded up to whole floats

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MemoryLayout) and bool(self._lib.dnnl_memory_desc_equal(self.handle, other.handle))

    __hash__ = None  # type: ignore[assignment]  # equal layouts may have different handles

    def __del__(self) -> None:
        if self._owner is None:
            self._lib.dnnl_memory_desc_destroy(self.handle)


def any_layout(dims: Sequence[int]) -> MemoryLayout:
    """Return a layout whose storage order the primitive created with it may choose."""
    handle = c_void_p()
    create = load().with_gil.dnnl_memory_desc_create_with_tag
    check(create(byref(handle), len(dims), Dims(*dims), F32, library.ANY))
    return MemoryLayout(handle)


def plain_layout(dims: Sequence[int], strides: Sequence[int] | None = None) -> MemoryLayout:
    """Return the layout of a contiguous tensor, or of a tensor with these strides (in elements)."""
    handle = c_void_p()
    create = load().with_gil.dnnl_memory_desc_create_with_strides
    check(create(byref(handle), len(dims), Dims(*dims), F32, Dims(*(strides or contiguous(dims)))))
    return MemoryLayout(handle)


def blocked_layout(dims: Sequence[int]) -> MemoryLayout:
    """Return the layout (N, C / block, ..., block), the order of oneDNN's compiled code on this processor.

    The block has 16 channels with AVX512 and 8 otherwise. oneDNN writes the layout of images as "aBcd8b".
    """
    block = 16 if library.supports(library.AVX512) else 8
    tag = "aB" + "cde"[: len(dims) - 2] + f"{block}b"
    handle = c_void_p()
    create = load().with_gil.dnnl_memory_desc_create_with_string_tag
    check(create(byref(handle), len(dims), Dims(*dims), F32, tag.encode()))
    return MemoryLayout(handle)


def contiguous(dims: Sequence[int]) -> list[int]:
    """Return the strides, in elements, of a contiguous array; ``contiguous([2, 3, 4])`` is ``[12, 4, 1]``."""
    return list(accumulate(reversed(dims[1:]), lambda a, b: a * b, initial=1))[::-1]


def empty(layout: MemoryLayout) -> Tensor:
    """Return uninitialised memory for a layout, as a flat float32 tensor."""
    return paddle.empty([layout.floats], "float32")


class _Elements:
    """What NumPy asks for to use a tensor's memory; an array refers to it, so that the tensor lives as long."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.__array_interface__ = {
            "data": (tensor.data_ptr(), False),
            "shape": tuple(tensor.shape),
            "typestr": np.dtype(np.float32).str,
            "version": 3,
        }


def elements(tensor: Tensor) -> np.ndarray:
    """Return a contiguous float32 CPU tensor's own memory in its shape."""
    return np.asarray(_Elements(tensor))
