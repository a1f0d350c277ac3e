"""Regular files, as opposed to pipes, devices and folders."""

from __future__ import annotations

from pathlib import Path

from kit.errors import DataError


def require_regular(path: Path) -> None:
    """Raise DataError for a pipe, a device or a folder: an archive can hold them, and reading could wait forever.

    A path at which there is nothing passes; opening it raises FileNotFoundError.
    """
    if path.exists() and not path.is_file():
        raise DataError(f"{path.name} is not a regular file", where=path)
