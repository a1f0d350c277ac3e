"""What the file of a stored estimator says it holds, checked before skops builds anything from it.

A skops file is a zip archive with arrays and a ``schema.json``: a tree of nodes, each with a loader and the module and
name of a class. Loaders that look up bound methods or operators are refused, and so are functions other than a few of
NumPy's and each class that is not in an exact list: no name in the file can lead to code that the estimator does not
consist of.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from kit.models.estimator_types import SCALARS, Name, name_of

PYTHON_TYPES = (bool, int, float, str)
MOST_DEPTH = 200

# The classes that each loader may name; those of ObjectNode are the estimator's own.
LOADERS: dict[str, frozenset[Name]] = {
    "DictNode": frozenset({name_of(dict), ("sklearn.utils._bunch", "Bunch")}),
    "ListNode": frozenset({name_of(list)}),
    "TupleNode": frozenset({name_of(tuple)}),
    "SetNode": frozenset({name_of(set)}),
    "SliceNode": frozenset({name_of(slice)}),
    "BytesNode": frozenset({name_of(bytes)}),
    "BytearrayNode": frozenset({name_of(bytearray)}),
    "JsonNode": frozenset({name_of(str)}),
    "DefaultDictNode": frozenset({name_of(defaultdict)}),
    "TypeNode": frozenset(map(name_of, (*PYTHON_TYPES, *SCALARS, OrderedDict))),
    "NdArrayNode": frozenset(map(name_of, (np.ndarray, *SCALARS))),
    "DTypeNode": frozenset({("numpy", "dtype")}),
    # Functions of numbers, for transformed columns and targets; with NumPy 1 they are written by the second name.
    "FunctionNode": frozenset(
        (module, name)
        for module in ("numpy", "numpy.core._multiarray_umath")
        for name in ("exp", "expm1", "log", "log1p", "sqrt", "square")
    ),
    "TreeNode": frozenset({("sklearn.tree._tree", "Tree")}),
}


class UnsafeEstimatorError(ValueError):
    """The file holds something that must not be loaded."""


def check_schema(data: bytes, protocol: int, classes: frozenset[Name]) -> list[str]:
    """Check a skops file; return the full names of the classes in it. Raises UnsafeEstimatorError with the reason."""
    archive = _archive(data)
    schema = json.loads(archive.read("schema.json"))
    if not isinstance(schema, dict) or schema.get("protocol") != protocol or isinstance(schema["protocol"], bool):
        raise UnsafeEstimatorError(f"expected skops protocol {protocol}")
    names = set()
    for node in _nodes(schema):
        loader, name = node.get("__loader__"), (node.get("__module__"), node.get("__class__"))
        allowed = classes if loader == "ObjectNode" else LOADERS.get(str(loader), frozenset())
        if not all(isinstance(text, str) for text in (loader, *name)) or name not in allowed:
            raise UnsafeEstimatorError(f"{loader} of {name[0]}.{name[1]}")
        if loader == "TreeNode":
            _check_tree_arguments(archive, node)
        names.add(".".join(map(str, name)))
    return sorted(names)


def _archive(data: bytes) -> zipfile.ZipFile:
    """The archive. Its members must be stored uncompressed, so that it cannot unpack to more than its own size."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = archive.infolist()
    if len({member.filename for member in members}) < len(members):
        raise UnsafeEstimatorError("an archive with two members of one name")
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise UnsafeEstimatorError("an archive with compressed members")
    if sum(member.file_size for member in members) > len(data):
        raise UnsafeEstimatorError("an archive with members that overlap")
    return archive


def _nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of the schema, at any depth."""
    waiting: list[tuple[Any, int]] = [(schema, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise UnsafeEstimatorError("a schema that is nested too deeply")
        if isinstance(value, dict):
            if {"__loader__", "__class__", "__module__"} & value.keys():
                yield value
            waiting += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]


def _check_tree_arguments(archive: zipfile.ZipFile, node: dict[str, Any]) -> None:
    """Scikit-learn's tree reads ``n_outputs`` numbers of classes from an array whose length it does not check."""
    _, classes, outputs = node["__reduce__"]["args"]["content"]
    n_classes = np.load(io.BytesIO(archive.read(classes["file"])), allow_pickle=False)
    if n_classes.shape != (json.loads(outputs["content"]),):
        raise UnsafeEstimatorError("a tree with another number of outputs than it has numbers of classes")
