"""The file of a stored estimator, written so that the same estimator gives the same bytes.

skops names arrays and shared parts by their addresses in memory, its archive holds the time, and records of tree nodes
hold bytes that nothing ever set.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can hold."""


def reproducible(data: bytes) -> bytes:
    """Return a skops archive with parts numbered in the order of the schema and without times."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members.pop("schema.json"))
    numbers: dict[Any, int] = {}
    names: dict[str, str] = {}
    _renumber(schema, numbers, names)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in [("schema.json", json.dumps(schema).encode()), *_ordered(members, names)]:
            archive.writestr(zipfile.ZipInfo(name, DATE), content)
    return buffer.getvalue()


def _ordered(members: dict[str, bytes], names: dict[str, str]) -> list[tuple[str, bytes]]:
    return [(new, _without_gaps(members[old]) if old.endswith(".npy") else members[old]) for old, new in names.items()]


def _without_gaps(content: bytes) -> bytes:
    """An array's file with zeros between the fields of its records."""
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names is None:
        return content
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    buffer = io.BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


def _renumber(value: Any, numbers: dict[Any, int], names: dict[str, str]) -> None:
    """Replace the addresses (``__id__``) and the files named by them, in place, in the order of the schema."""
    if isinstance(value, list):
        for item in value:
            _renumber(item, numbers, names)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "__id__" and isinstance(item, int):
            value[key] = numbers.setdefault(item, len(numbers))
        elif key == "file" and isinstance(item, str) and "__loader__" in value:
            extension = item.rpartition(".")[2]
            value[key] = names.setdefault(item, f"{len(names)}.{extension}")
        else:
            _renumber(item, numbers, names)
