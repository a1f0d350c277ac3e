"""Arrays handed from reader processes to the main one through memory that both see, instead of through a pipe.

The memory is an anonymous mapping that forked processes inherit. It has no name, so nothing of it outlives the
processes, however they end, and the size of ``/dev/shm`` is no limit. Pages take up memory once they are written.
"""

from __future__ import annotations

import mmap
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

SLOT = 32 << 20  # bytes of one hand-over; what does not fit goes through the pipe
SMALL = 1 << 14  # bytes below which an array goes through the pipe
ALIGNED = 64  # bytes, a cache line
MAP_NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000)  # in Python since 3.13; nothing is set aside before it is used


@dataclass(frozen=True)
class Stored:
    """Where in its slot an array lies."""

    start: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class SharedArrays:
    """Slots of shared memory, each for one hand-over at a time. Make it before the processes are forked."""

    def __init__(self, slots: int) -> None:
        flags = mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | MAP_NORESERVE
        self._memory = np.frombuffer(mmap.mmap(-1, slots * SLOT, flags=flags), np.uint8)
        # The slot that was freed last is used first, so that few pages are ever written.
        self._free: deque[int] = deque(range(slots))

    @classmethod
    def made(cls, slots: int) -> SharedArrays | None:
        """The slots, or None where processes do not inherit memory or there is none."""
        if sys.platform != "linux":
            return None
        try:
            return cls(slots)
        except (OSError, ValueError, OverflowError):
            return None

    def take(self) -> int | None:
        """A free slot's number, or None if all are in use. Called by the main process, as :meth:`release` is."""
        try:
            return self._free.pop()
        except IndexError:
            return None

    def release(self, slot: int) -> None:
        """Free a slot, whose arrays have been copied or are not wanted."""
        self._free.append(slot)

    def put(self, arrays: Any, slot: int) -> Any:
        """Copy arrays into a slot, as far as they fit; the result is what goes through the pipe. Called by a reader.

        ``arrays`` is an array, or tuples and dictionaries of arrays and other values.
        """
        position, end = slot * SLOT, (slot + 1) * SLOT

        def store(array: np.ndarray) -> Any:
            nonlocal position
            start = -(-position // ALIGNED) * ALIGNED
            if array.dtype.hasobject or array.nbytes < SMALL or start + array.nbytes > end:
                return array
            position = start + array.nbytes
            self._view(Stored(start, array.shape, array.dtype))[...] = array
            return Stored(start, array.shape, array.dtype)

        return _replaced(arrays, np.ndarray, store)

    def get(self, arrays: Any) -> Any:
        """What was put, the arrays as copies. Called by the main process before it releases the slot."""
        return _replaced(arrays, Stored, lambda stored: self._view(stored).copy())

    def _view(self, stored: Stored) -> np.ndarray:
        size = int(np.prod(stored.shape, dtype=np.int64)) * stored.dtype.itemsize
        return self._memory[stored.start : stored.start + size].view(stored.dtype).reshape(stored.shape)


def _replaced(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """A structure of tuples and dictionaries with every value of a kind changed; anything else stays as it is."""
    if type(value) is kind:
        return change(value)
    if type(value) is tuple:
        return tuple(_replaced(each, kind, change) for each in value)
    if type(value) is dict:
        return {name: _replaced(each, kind, change) for name, each in value.items()}
    return value
