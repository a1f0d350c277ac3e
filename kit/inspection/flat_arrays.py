"""A contest whose arrays hold a vector of features a sample: looked at as a table of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kit.blocks.frames import array_columns
from kit.inspection.findings import Inspection
from kit.inspection.options import Options
from kit.inspection.roles import Roles
from kit.inspection.stored_arrays import StoredArray
from kit.inspection.tables import SourceTable
from kit.inspection.tabular import inspect_table

X, Y, LABELS = "x*", "y", "y*"


def inspect_vectors(parts: Mapping[str, StoredArray], roles: Roles, options: Options) -> Inspection:
    """Inspect the arrays "train x", "train y" and perhaps "test x" as a table: columns x0, x1, ... and y or y0, ..."""
    options.refuse_others("arrays of vectors", "metric", "kind", "positive")
    y = parts["train y"]
    several = len(y.shape) > 1 and y.shape[1] > 1
    train = {X: parts["train x"], LABELS if several else Y: y}
    test = {X: parts["test x"]} if "test x" in parts else {}
    targets = tuple(f"y{number}" for number in range(y.shape[1])) if several else (Y,)
    tables = Roles(_table(train), _table(test) if test else None, roles.sample)
    found = inspect_table(tables, replace(options, target=() if test else targets))
    used = [*train.values(), *test.values()]
    unused = [array.words for role, array in parts.items() if array not in used]
    arrays = {
        part: {column: [array.path.name, array.key] for column, array in columns.items()}
        for part, columns in (("train", train), ("test", test))
    }
    warnings = (*found.warnings, *(f"not used: {words}" for words in unused))
    return replace(found, source={**found.source, "arrays": arrays}, warnings=warnings)


def _table(arrays: Mapping[str, StoredArray]) -> SourceTable:
    frame = array_columns({column: array.read() for column, array in arrays.items()})
    path = next(iter(arrays.values())).path
    return SourceTable(path, frame.astype(str).replace("nan", ""), "utf-8", ",")
