"""Load the oneDNN library from Paddle's wheel and declare its public C API.

Names and values are those of oneDNN 3's ``dnnl.h``, ``dnnl_types.h`` and ``dnnl_common.h``.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_int64, c_size_t, c_uint, c_void_p
from functools import cache
from pathlib import Path
from typing import Any

VERSION = 3
"""The major version whose C API is declared here."""

CPU, IN_ORDER, F32, ANY = 1, 1, 3, 1
FORWARD_TRAINING, FORWARD_INFERENCE, BACKWARD = 64, 96, 128
AVX2 = 0x7  # dnnl_cpu_isa_avx2
AVX512 = 0x20 | 0x7  # dnnl_cpu_isa_avx512_core

# Execution arguments (DNNL_ARG_...)
SRC, DST, WEIGHTS, BIAS = 1, 17, 33, 41
DIFF_SRC, DIFF_DST, DIFF_WEIGHTS, DIFF_BIAS = 129, 145, 161, 169
MEAN, VARIANCE, SCALE, SHIFT = 49, 50, 51, 52
DIFF_SCALE, DIFF_SHIFT = 255, 256
WORKSPACE, SCRATCHPAD = 64, 80

QUERY = {SRC: 129, DIFF_SRC: 130, WEIGHTS: 131, DIFF_WEIGHTS: 132, DST: 133, DIFF_DST: 134}
QUERY |= {WORKSPACE: 135, SCRATCHPAD: 136}
"""Execution argument -> query (dnnl_query_..._md) for the layout in which a primitive reads or writes it."""

IMPLEMENTATION = 8  # dnnl_query_impl_info_str

Dims = c_int64 * 12
"""``dnnl_dims_t``. The library always copies twelve numbers, so a shorter array would be read past its end."""


class Unsupported(Exception):  # noqa: N818 - it is always caught: Paddle's own operator is used instead
    """oneDNN cannot compute this; Paddle's own operator is used instead."""


class Argument(Structure):
    """``dnnl_exec_arg_t``."""

    _fields_ = [("arg", c_int), ("memory", c_void_p)]


class _Version(Structure):
    """The head of ``dnnl_version_t``."""

    _fields_ = [("major", c_int), ("minor", c_int), ("patch", c_int), ("hash", c_char_p), ("runtime", c_uint)]


class Library:
    """The library, loaded twice: calls through ``with_gil`` keep Python's global lock, ``without_gil`` releases it.

    Releasing and taking the lock costs more than most calls, which last about a microsecond. Only the execution of a
    primitive is long enough to let other threads run meanwhile.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.without_gil = ctypes.CDLL(str(path))
        self.with_gil: Any = ctypes.PyDLL(str(path))
        self.with_gil.dnnl_version.restype = POINTER(_Version)
        version = self.with_gil.dnnl_version().contents
        self.version = (version.major, version.minor, version.patch)
        if version.major != VERSION:
            raise Unsupported(f"oneDNN {'.'.join(map(str, self.version))} in place of {VERSION}.x")
        self._declare()
        self.engine, self.stream = c_void_p(), c_void_p()
        check(self.with_gil.dnnl_engine_create(byref(self.engine), CPU, c_size_t(0)))
        check(self.with_gil.dnnl_stream_create(byref(self.stream), self.engine, IN_ORDER))

    def _declare(self) -> None:
        """Declare the types of the calls that ctypes would guess wrongly: those that take or return pointers."""
        self.with_gil.dnnl_primitive_desc_query_md.restype = c_void_p
        self.with_gil.dnnl_memory_desc_get_size.restype = c_size_t
        self.with_gil.dnnl_memory_desc_get_size.argtypes = [c_void_p]
        self.with_gil.dnnl_memory_desc_equal.argtypes = [c_void_p, c_void_p]
        self.with_gil.dnnl_memory_create.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p]
        self.with_gil.dnnl_memory_destroy.argtypes = [c_void_p]
        self.with_gil.dnnl_primitive_desc_destroy.argtypes = [c_void_p]
        self.with_gil.dnnl_primitive_destroy.argtypes = [c_void_p]
        self.with_gil.dnnl_memory_desc_destroy.argtypes = [c_void_p]
        self.without_gil.dnnl_primitive_execute.argtypes = [c_void_p, c_void_p, c_int, POINTER(Argument)]


@cache
def load() -> Library:
    """Return the library of the installed Paddle; raise :class:`Unsupported` with the reason where that fails."""
    if sys.platform != "linux":
        raise Unsupported(f"{sys.platform} is not Linux")
    path = location()
    if path is None:
        raise Unsupported("no libdnnl.so.3 beside Paddle")
    try:
        return Library(path)
    except (OSError, AttributeError) as error:
        raise Unsupported(f"{path.name} cannot be used: {error}") from error


def supports(instructions: int) -> bool:
    """Return whether oneDNN uses these instructions (``AVX2``, ``AVX512``) on this processor."""
    isa: int = load().with_gil.dnnl_get_effective_cpu_isa()
    return isa & instructions == instructions


def location() -> Path | None:
    """Return the path of ``libdnnl.so.3`` in the installed Paddle, or None."""
    import paddle

    path = Path(paddle.__file__).parent / "libs" / "libdnnl.so.3"
    return path if path.is_file() else None


def check(status: int) -> None:
    """Raise :class:`Unsupported` for any status but dnnl_success."""
    if status:
        raise Unsupported(f"oneDNN status {status}")
