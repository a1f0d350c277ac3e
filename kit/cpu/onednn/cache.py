"""A thread-safe cache of bounded size, so that a process whose shapes keep changing does not grow without end."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class LRUCache(Generic[Value]):
    """Keep the ``capacity`` values that were used last.

    ``functools.lru_cache`` does not fit: its key is the argument list of one function, and it cannot be inspected or
    cleared per use.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the key's value, made on its first use. Where two threads make it at once, one value is kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()  # outside the lock: compiling takes milliseconds
        with self._lock:
            value = self._values.setdefault(key, value)
            self._values.move_to_end(key)
            while len(self._values) > self._capacity:
                self._values.popitem(last=False)
        return value

    def clear(self) -> None:
        """Remove every value."""
        with self._lock:
            self._values.clear()

    def __len__(self) -> int:
        return len(self._values)
