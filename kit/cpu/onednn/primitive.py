"""Layouts and primitives of oneDNN as Python objects that free themselves."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref, c_char_p, c_void_p
from itertools import accumulate
from typing import Any

import paddle
from paddle import Tensor

from kit.cpu.onednn import library
from kit.cpu.onednn.library import (
    DST,
    F32,
    QUERY,
    SCRATCHPAD,
    SRC,
    WORKSPACE,
    Argument,
    Dims,
    Unsupported,
    check,
    opened,
)


class Layout:
    """A ``dnnl_memory_desc_t``: logical dimensions and where each element lies."""

    def __init__(self, handle: c_void_p, owner: object = None) -> None:
        self.handle = handle
        self._owner = owner  # a borrowed description lives as long as the primitive it was asked from
        self._quick = opened().quick
        self.floats = -(-self._quick.dnnl_memory_desc_get_size(handle) // 4)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and bool(self._quick.dnnl_memory_desc_equal(self.handle, other.handle))

    __hash__ = None  # type: ignore[assignment]  # equal layouts may have different handles

    def __del__(self) -> None:
        if self._owner is None:
            self._quick.dnnl_memory_desc_destroy(self.handle)


def free(dims: Sequence[int]) -> Layout:
    """Return a layout that the primitive made with it may choose."""
    handle = c_void_p()
    check(opened().quick.dnnl_memory_desc_create_with_tag(byref(handle), len(dims), Dims(*dims), F32, library.ANY))
    return Layout(handle)


def plain(dims: Sequence[int], strides: Sequence[int] | None = None) -> Layout:
    """Return the layout of a contiguous tensor of these dimensions, or of the strides given (in elements)."""
    handle = c_void_p()
    steps = strides or contiguous(dims)
    check(opened().quick.dnnl_memory_desc_create_with_strides(byref(handle), len(dims), Dims(*dims), F32, Dims(*steps)))
    return Layout(handle)


def contiguous(dims: Sequence[int]) -> list[int]:
    """Return the strides, in elements, of a contiguous array; ``contiguous([2, 3, 4])`` is ``[12, 4, 1]``."""
    return list(accumulate(reversed(dims[1:]), lambda a, b: a * b, initial=1))[::-1]


Bound = tuple[Layout, Tensor]
"""A tensor's memory read through a layout."""


class Primitive:
    """A ``dnnl_primitive_t``. It may run in any thread, since its scratch memory is the caller's."""

    def __init__(self, create: str, *args: Any) -> None:
        shared = opened()
        self._quick, self._slow, self._stream, self._engine = shared.quick, shared.slow, shared.stream, shared.engine
        self.description, self.handle = c_void_p(), c_void_p()
        attributes = c_void_p()
        check(self._quick.dnnl_primitive_attr_create(byref(attributes)))
        try:
            check(self._quick.dnnl_primitive_attr_set_scratchpad_mode(attributes, 1))  # dnnl_scratchpad_mode_user
            handles = [arg.handle if isinstance(arg, Layout) else arg for arg in args]
            check(getattr(self._quick, create)(byref(self.description), *handles, attributes))
            if self.implementation().startswith("ref"):
                raise Unsupported("oneDNN has only its reference code for it, a hundred times slower")
            check(self._quick.dnnl_primitive_create(byref(self.handle), self.description))
        finally:
            self._quick.dnnl_primitive_attr_destroy(attributes)
        self._scratch = c_void_p(self._quick.dnnl_primitive_desc_query_md(self.description, QUERY[SCRATCHPAD], 0))
        self._scratch_floats = -(-self._quick.dnnl_memory_desc_get_size(self._scratch) // 4)

    def implementation(self) -> str:
        """Return oneDNN's name of the code it chose, such as 'jit:avx2'."""
        name = c_char_p()
        check(self._quick.dnnl_primitive_desc_query(self.description, library.IMPLEMENTATION, 0, byref(name)))
        return (name.value or b"").decode()

    def wants(self, argument: int) -> Layout:
        """Return the layout this primitive reads or writes the execution argument in."""
        handle = self._quick.dnnl_primitive_desc_query_md(self.description, QUERY[argument], 0)
        return Layout(c_void_p(handle), owner=self)

    def run(self, bound: dict[int, Bound]) -> None:
        """Execute on the tensors' own memory; ``bound`` maps execution arguments to (layout, tensor)."""
        items = [(argument, layout.handle, tensor) for argument, (layout, tensor) in bound.items()]
        if self._scratch_floats:
            items.append((SCRATCHPAD, self._scratch, paddle.empty([self._scratch_floats], "float32")))
        arguments = (Argument * len(items))()
        memory = c_void_p()
        try:
            for slot, (argument, layout, tensor) in zip(arguments, items, strict=True):
                check(self._quick.dnnl_memory_create(byref(memory), layout, self._engine, tensor.data_ptr()))
                slot.arg, slot.memory = argument, memory.value
            # A processor's stream runs what it is given before it returns, so there is nothing to wait for.
            check(self._slow.dnnl_primitive_execute(self.handle, self._stream, len(items), arguments))
        finally:
            for slot in arguments:
                self._quick.dnnl_memory_destroy(slot.memory)

    def __del__(self) -> None:
        for destroy, handle in (("primitive", self.handle), ("primitive_desc", self.description)):
            if handle:
                getattr(self._quick, f"dnnl_{destroy}_destroy")(handle)


class Reorder:
    """Copy a tensor from one layout to another, or hand it on as it is where the layouts are equal."""

    def __init__(self, source: Layout, target: Layout) -> None:
        self.source, self.target = source, target
        self._copy: Primitive | None = None
        if source != target:
            engine = opened().engine
            self._copy = Primitive("dnnl_reorder_primitive_desc_create", source, engine, target, engine)

    def enter(self, tensor: Tensor) -> Bound:
        """Return the tensor's values in the target layout."""
        if self._copy is None:
            return self.source, tensor
        copy = empty(self.target)
        self._copy.run({SRC: (self.source, tensor), DST: (self.target, copy)})
        return self.target, copy

    def room(self, tensor: Tensor) -> Bound:
        """Return memory in the source layout for a primitive to write, the tensor's own where the layouts are equal."""
        return (self.source, tensor) if self._copy is None else (self.source, empty(self.source))

    def leave(self, written: Bound, tensor: Tensor) -> None:
        """Bring what a primitive wrote into :meth:`room` to the tensor, in the target layout."""
        if self._copy is not None:
            self._copy.run({SRC: written, DST: (self.target, tensor)})


class Padding:
    """Copy a tensor into the middle of a larger one, whose rest is zero."""

    def __init__(self, source: Layout, target: Layout, dims: Sequence[int], offsets: Sequence[int]) -> None:
        self.source, self.target = source, target
        handle = c_void_p()
        quick, engine = opened().quick, opened().engine
        check(quick.dnnl_memory_desc_create_submemory(byref(handle), target.handle, Dims(*dims), Dims(*offsets)))
        self._middle = Layout(handle)
        self._copy = Primitive("dnnl_reorder_primitive_desc_create", source, engine, self._middle, engine)

    def enter(self, tensor: Tensor) -> Bound:
        """Return the tensor's values between zeros, in the target layout."""
        copy = paddle.zeros([self.target.floats], "float32")
        self._copy.run({SRC: (self.source, tensor), DST: (self._middle, copy)})
        return self.target, copy


def empty(layout: Layout) -> Tensor:
    """Return uninitialised float32 memory for a layout."""
    return paddle.empty([layout.floats], "float32")


def workspace(primitive: Primitive) -> dict[int, Bound]:
    """Return fresh memory for what a forward pass leaves for the backward pass, empty where it leaves nothing."""
    layout = primitive.wants(WORKSPACE)
    return {WORKSPACE: (layout, empty(layout))} if layout.floats else {}


def blocked(dims: Sequence[int]) -> Layout:
    """Return the layout (N, C / block, ..., block) that oneDNN's compiled code wants on this processor."""
    quick = opened().quick
    block = 16 if library.has(library.AVX512) else 8
    tag = "aB" + "cde"[: len(dims) - 2] + f"{block}b"
    handle = c_void_p()
    name = tag.encode()
    check(quick.dnnl_memory_desc_create_with_string_tag(byref(handle), len(dims), Dims(*dims), F32, name))
    return Layout(handle)
