"""JSON files, and values that JSON can hold."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kit.errors import DataError
from kit.files.regular_files import require_regular
from kit.files.writing import write_text

SURROGATES = re.compile("[\ud800-\udfff]")


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON, atomically. The bytes of a name that is not UTF-8 are written as escapes."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_text(path, SURROGATES.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def read_json(path: Path) -> Any:
    """Read a JSON file; raise a DataError with its name if it is missing or broken."""
    require_regular(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path.name} is missing", where=path.parent) from None
    except (ValueError, OSError) as error:
        raise DataError(f"{path.name} cannot be read as JSON", found=error, where=path) from None


def json_safe(value: Any) -> Any:
    """Turn NumPy values, paths, dataclasses and the like into what JSON holds; NaN and infinity become None.

    >>> json_safe({1: np.float32(0.5), "curve": np.array([1.0, np.nan])})
    {'1': 0.5, 'curve': [1.0, None]}
    """
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.ndarray | np.generic):
        return json_safe(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_safe(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: json_safe(getattr(value, item.name)) for item in dataclasses.fields(value)}
    return str(value)
