"""Regular files, as opposed to pipes, devices and folders; paths, as opposed to other text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kit.errors import DataError


def require_regular(path: Path) -> None:
    """Raise DataError for a pipe, a device or a folder: an archive can hold them, and reading could wait forever.

    A path at which there is nothing passes; opening it raises FileNotFoundError.
    """
    if path.exists() and not path.is_file():
        raise DataError(f"{path.name} is not a regular file", where=path)


def is_path(value: Any) -> bool:
    """Whether a value, such as ``Sample.x``, is a path: a ``Path``, or a text that is the name of something on disk."""
    return isinstance(value, os.PathLike) or (isinstance(value, str) and os.path.exists(value))  # noqa: PTH110  False for names that are too long
