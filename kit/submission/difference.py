"""What differs between two submissions of one format, by their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.contract.format import Format, Table

Cells = tuple[Any, ...]


@dataclass(frozen=True)
class Changed:
    """The rows of one id in both files, without the id; an empty tuple where a file has none."""

    id: str
    first: tuple[Cells, ...]
    second: tuple[Cells, ...]


@dataclass(frozen=True)
class Difference:
    """``ids`` counts the ids of both files together, ``changed`` those whose rows differ; ``shown`` are the first."""

    ids: int
    changed: int
    shown: tuple[Changed, ...]


def difference(format: Format, first: Table, second: Table, limit: int) -> Difference:
    """Compare two parsed submissions; the order of rows does not matter. At most ``limit`` changes are listed."""
    before, after = _rows_by_id(format, first), _rows_by_id(format, second)
    ids = list(dict.fromkeys([*before, *after]))
    changed = [id for id in ids if before.get(id) != after.get(id)]
    shown = [Changed(id, before.get(id, ()), after.get(id, ())) for id in changed[:limit]]
    return Difference(len(ids), len(changed), tuple(shown))


def _rows_by_id(format: Format, table: Table) -> Mapping[str, tuple[Cells, ...]]:
    names = [column.name for column in format.values]
    columns: Sequence[list[Any]] = [table[name].tolist() for name in names]
    ids = range(1, len(table) + 1) if format.id is None else table[format.id].tolist()
    found: dict[str, list[Cells]] = {}
    for id, *cells in zip(ids, *columns, strict=True):
        found.setdefault(str(id), []).append(tuple(cells))
    return {id: tuple(sorted(rows)) for id, rows in found.items()}
