"""A training part in several tables, such as features and labels, that have their ids in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kit.inspection.tables import SourceTable


@dataclass(frozen=True)
class JoinedTables:
    """``train`` has the columns of all tables: of its own and of ``others``, joined by the columns ``keys``."""

    train: SourceTable
    others: tuple[SourceTable, ...]
    keys: tuple[str, ...]


def join_tables(tables: Sequence[SourceTable], test: SourceTable | None) -> JoinedTables | None:
    """Join tables by the columns that all of them have, if these name the same rows once in each; else None.

    The first table is that with the most columns of the test part, and the others follow in their order.
    """
    if len(tables) < 2:
        return None
    known = set(test.names) if test is not None else set()
    first = max(tables, key=lambda table: (len(known & set(table.names)), len(table.names)))
    others = tuple(table for table in tables if table is not first)
    keys = [name for name in first.names if all(name in table.names for table in others)]
    columns = [name for table in others for name in table.names if name not in keys]
    if not keys or len({*first.names, *columns}) < len(first.names) + len(columns):
        return None
    rows = _rows(first, keys)
    if rows is None or any(_rows(table, keys) != rows for table in others):
        return None
    frame = first.frame
    for table in others:
        frame = frame.merge(table.frame, on=keys, how="left", sort=False)
    return JoinedTables(replace(first, frame=frame), others, tuple(keys))


def _rows(table: SourceTable, keys: Sequence[str]) -> set[tuple[str, ...]] | None:
    """The values of the keys; None if one repeats."""
    values = list(zip(*(table[name] for name in keys), strict=True))
    found = set(values)
    return found if len(found) == len(values) else None
