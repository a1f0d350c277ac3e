"""Whether samples of two sources have the same input, whatever their ids: arrays, files, texts, rows of tables."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.sample import Sample
from kit.files import sha256


def repeated(known: Sequence[Sample], found: Sequence[Sample]) -> list[bool]:
    """Which of the samples ``found`` have the input of one that is known.

    Files are read only where one of the same size is among the others.
    """
    shared = {_size(sample.x) for sample in known} & {_size(sample.x) for sample in found}
    contents = {content(sample.x) for sample in known if _size(sample.x) in shared} - {None}
    return [_size(sample.x) in shared and content(sample.x) in contents for sample in found]


def content(x: Any) -> str | None:
    """The SHA-256 of an input; None for an object that cannot be compared."""
    digest = hashlib.sha256()
    return digest.hexdigest() if _add(digest, x) else None


def _add(digest: Any, x: Any) -> bool:
    """Add an input to a digest; False if it cannot be compared."""
    file = _file(x)
    if file is not None:
        digest.update(f"file {sha256(file)} ".encode())
    elif isinstance(x, np.ndarray | np.generic) and x.dtype != object:
        digest.update(f"array {x.shape} {x.dtype} ".encode() + np.ascontiguousarray(x).tobytes())
    elif x is None or isinstance(x, str | bytes | int | float):
        digest.update(f"{type(x).__name__} {x!r} ".encode("utf-8", "surrogateescape"))
    elif isinstance(x, Mapping):
        digest.update(f"mapping {sorted(map(str, x))} ".encode("utf-8", "surrogateescape"))
        return all(_add(digest, x[key]) for key in sorted(x, key=str))
    elif isinstance(x, list | tuple | np.ndarray):
        digest.update(f"sequence {len(x)} ".encode())
        return all(_add(digest, item) for item in x)
    elif hasattr(x, "to_dict") and hasattr(x, "columns"):  # a table of pandas
        return _add(digest, x.to_dict("list"))
    elif dataclasses.is_dataclass(x) and not isinstance(x, type):
        return _add(digest, {field.name: getattr(x, field.name) for field in dataclasses.fields(x)})
    else:
        return False
    return True


def _file(x: Any) -> Path | None:
    try:
        return Path(x) if isinstance(x, str | Path) and Path(x).is_file() else None
    except (OSError, ValueError):  # a text that is no path
        return None


def _size(x: Any) -> int | None:
    """The size of a file; None for anything else."""
    file = _file(x)
    return None if file is None else file.stat().st_size
