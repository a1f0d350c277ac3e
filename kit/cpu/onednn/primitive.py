"""oneDNN's primitives as Python objects that free themselves, and the copies between memory layouts."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref, c_char_p, c_void_p
from typing import Any

import paddle
from paddle import Tensor

from kit.cpu.onednn import library
from kit.cpu.onednn.eltwise import Eltwise
from kit.cpu.onednn.library import DST, QUERY, SCRATCHPAD, SRC, WORKSPACE, Argument, Dims, Unsupported, check, load
from kit.cpu.onednn.memory import MemoryLayout, empty

BoundTensor = tuple[MemoryLayout, Tensor]
"""A tensor's memory, and the layout to read or write it in."""


class Primitive:
    """A ``dnnl_primitive_t``: code that oneDNN compiled for fixed shapes, strides and layouts.

    ``create`` is the name of oneDNN's function that makes the descriptor and ``args`` are that function's arguments.
    ``after`` is applied to each element of the result before it is written.
    Several threads may run one primitive at once, since each call brings its own scratch memory.
    """

    def __init__(self, create: str, *args: Any, after: Eltwise | None = None) -> None:
        shared = load()
        self._lib, self._lib_without_gil = shared.with_gil, shared.without_gil
        self._stream, self._engine = shared.stream, shared.engine
        self.description, self.handle = c_void_p(), c_void_p()
        attributes = c_void_p()
        check(self._lib.dnnl_primitive_attr_create(byref(attributes)))
        try:
            check(self._lib.dnnl_primitive_attr_set_scratchpad_mode(attributes, 1))  # dnnl_scratchpad_mode_user
            if after is not None:
                self._append(attributes, after)
            handles = [arg.handle if isinstance(arg, MemoryLayout) else arg for arg in args]
            check(getattr(self._lib, create)(byref(self.description), *handles, attributes))
            if self.implementation().startswith("ref"):
                raise Unsupported("oneDNN has only its reference code for it, a hundred times slower")
            check(self._lib.dnnl_primitive_create(byref(self.handle), self.description))
        finally:
            self._lib.dnnl_primitive_attr_destroy(attributes)
        self._scratch = c_void_p(self._lib.dnnl_primitive_desc_query_md(self.description, QUERY[SCRATCHPAD], 0))
        self._scratch_floats = -(-self._lib.dnnl_memory_desc_get_size(self._scratch) // 4)

    def _append(self, attributes: c_void_p, after: Eltwise) -> None:
        """Add a function of each element to the attributes, which copy it."""
        operations = c_void_p()
        check(self._lib.dnnl_post_ops_create(byref(operations)))
        try:
            check(self._lib.dnnl_post_ops_append_eltwise(operations, after.algorithm, *after.parameters()))
            check(self._lib.dnnl_primitive_attr_set_post_ops(attributes, operations))
        finally:
            self._lib.dnnl_post_ops_destroy(operations)

    def implementation(self) -> str:
        """Return oneDNN's name of the code it chose, such as 'jit:avx2'."""
        name = c_char_p()
        check(self._lib.dnnl_primitive_desc_query(self.description, library.IMPLEMENTATION, 0, byref(name)))
        return (name.value or b"").decode()

    def layout_of(self, argument: int) -> MemoryLayout:
        """Return the layout in which this primitive reads or writes an execution argument."""
        handle = self._lib.dnnl_primitive_desc_query_md(self.description, QUERY[argument], 0)
        return MemoryLayout(c_void_p(handle), owner=self)

    def run(self, bound: dict[int, BoundTensor]) -> None:
        """Execute on the tensors' own memory; ``bound`` maps execution arguments to (layout, tensor)."""
        items = [(argument, layout.handle, tensor) for argument, (layout, tensor) in bound.items()]
        if self._scratch_floats:
            items.append((SCRATCHPAD, self._scratch, paddle.empty([self._scratch_floats], "float32")))
        arguments = (Argument * len(items))()
        memory = c_void_p()
        try:
            for slot, (argument, layout, tensor) in zip(arguments, items, strict=True):
                check(self._lib.dnnl_memory_create(byref(memory), layout, self._engine, tensor.data_ptr()))
                slot.arg, slot.memory = argument, memory.value
            # A CPU stream executes before the call returns, so no wait is needed.
            check(self._lib_without_gil.dnnl_primitive_execute(self.handle, self._stream, len(items), arguments))
        finally:
            for slot in arguments:
                self._lib.dnnl_memory_destroy(slot.memory)

    def __del__(self) -> None:
        for destroy, handle in (("primitive", self.handle), ("primitive_desc", self.description)):
            if handle:
                getattr(self._lib, f"dnnl_{destroy}_destroy")(handle)


class Reorder:
    """Copy tensors from one layout to another. Where the layouts are equal, nothing is copied.

    An input is copied before a primitive runs (:meth:`convert`). An output takes two steps: the primitive writes to
    :meth:`output_for`, then :meth:`copy_back` brings the values to the tensor.
    """

    def __init__(self, source: MemoryLayout, target: MemoryLayout) -> None:
        self.source, self.target = source, target
        self._copy: Primitive | None = None
        if source != target:
            engine = load().engine
            self._copy = Primitive("dnnl_reorder_primitive_desc_create", source, engine, target, engine)

    def convert(self, tensor: Tensor) -> BoundTensor:
        """Return the tensor's values in the target layout."""
        if self._copy is None:
            return self.source, tensor
        copy = empty(self.target)
        self._copy.run({SRC: (self.source, tensor), DST: (self.target, copy)})
        return self.target, copy

    def to_shape(self, tensor: Tensor, dims: Sequence[int]) -> Tensor:
        """Return the values in the target layout, which is that of a contiguous tensor, as a tensor of this shape."""
        if self._copy is None:
            return tensor.reshape(dims)
        result = paddle.empty(dims, "float32")
        self._copy.run({SRC: (self.source, tensor), DST: (self.target, result)})
        return result

    def output_for(self, tensor: Tensor) -> BoundTensor:
        """Return memory in the source layout for a primitive's output: the tensor's own where the layouts are equal."""
        return (self.source, tensor) if self._copy is None else (self.source, empty(self.source))

    def copy_back(self, output: BoundTensor, tensor: Tensor) -> None:
        """Copy the output, written to what :meth:`output_for` returned, to the tensor in the target layout."""
        if self._copy is not None:
            self._copy.run({SRC: output, DST: (self.target, tensor)})


class Padding:
    """Copy a tensor into a larger one that is zero elsewhere. ``offsets`` say where it starts along each axis."""

    def __init__(self, source: MemoryLayout, target: MemoryLayout, dims: Sequence[int], offsets: Sequence[int]) -> None:
        self.source, self.target = source, target
        handle = c_void_p()
        lib, engine = load().with_gil, load().engine
        check(lib.dnnl_memory_desc_create_submemory(byref(handle), target.handle, Dims(*dims), Dims(*offsets)))
        self._middle = MemoryLayout(handle)
        self._copy = Primitive("dnnl_reorder_primitive_desc_create", source, engine, self._middle, engine)

    def convert(self, tensor: Tensor) -> BoundTensor:
        """Return the zero-padded tensor in the target layout."""
        copy = paddle.zeros([self.target.floats], "float32")
        self._copy.run({SRC: (self.source, tensor), DST: (self._middle, copy)})
        return self.target, copy


def workspace(primitive: Primitive) -> dict[int, BoundTensor]:
    """Return memory for what a forward pass keeps for its backward pass; empty where it keeps nothing."""
    layout = primitive.layout_of(WORKSPACE)
    return {WORKSPACE: (layout, empty(layout))} if layout.floats else {}
