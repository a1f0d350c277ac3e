"""Functions that are imported when they are first called, so that listing tasks does not import their libraries."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kit.errors import PluginError, with_location


@dataclass(frozen=True)
class Lazy:
    """A function that is imported when it is first called; see :func:`lazy`. It can be pickled for a worker process."""

    target: str

    def resolve(self) -> Callable[..., Any]:
        """Import the module and return the function.

        Raises PluginError if there is no such module or function, or if a library that the module imports is missing.
        """
        module, _, attribute = self.target.partition(":")
        try:
            found: Callable[..., Any] | None = getattr(importlib.import_module(module), attribute, None)
        except ImportError as error:
            raise PluginError(
                f"{module} cannot be imported", found=with_location(error), where=f"lazy({self.target!r})"
            ) from error
        if found is None:
            raise PluginError(f"{module} has no {attribute!r}", where=f"lazy({self.target!r})")
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Import the function and call it."""
        return self.resolve()(*args, **kwargs)


def lazy(target: str) -> Lazy:
    """Name a function of a module that is imported when the function is first called.

    >>> loads = lazy("json:loads")  # in a plugin: lazy(__name__ + ".reader:read")
    >>> loads("[1]")
    [1]
    """
    module, _, attribute = target.partition(":")
    if not module or not attribute:
        raise PluginError(f"lazy({target!r}) names no function", expected="package.module:function")
    return Lazy(target)
