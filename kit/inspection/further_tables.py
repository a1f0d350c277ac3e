"""Tables beside those of the parts, such as stores.csv: their columns belong to the rows that have the same keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kit.inspection.tables import SourceTable

if TYPE_CHECKING:
    from pandas import DataFrame

FEWEST = 0.05  # of the rows of each part must have a partner
PART = re.compile(r"train|test", re.I)


@dataclass(frozen=True)
class Lookup:
    """A table for the training part and one for the test part, often the same, whose rows ``keys`` name."""

    train: SourceTable
    test: SourceTable
    keys: tuple[str, ...]

    @property
    def names(self) -> str:
        """The files for people."""
        return " and ".join(dict.fromkeys((self.train.path.name, self.test.path.name)))


def find_lookups(train: SourceTable, test: SourceTable, others: Sequence[SourceTable]) -> list[Lookup]:
    """Find tables with further columns, whose columns in common with both parts name each of their rows once."""
    found: list[Lookup] = []
    known = {*train.names, *test.names}
    for table in others:
        partner = _partner(table, others)
        keys = tuple(name for name in table.names if name in train.names and name in test.names)
        new = [name for name in table.names if name not in keys]
        if partner is None or not keys or not new or known & {*new}:
            continue
        if set(partner.names) != set(table.names):
            continue
        if _fits(table, train, keys) and _fits(partner, test, keys):
            found.append(Lookup(table, partner, keys))
            known |= {*new}
    return found


def with_lookups(part: SourceTable, tables: Sequence[tuple[SourceTable, tuple[str, ...]]]) -> SourceTable:
    """The table of a part with the columns of others; cells without a partner are empty."""
    frame = part.frame
    for table, keys in tables:
        frame = frame.merge(table.frame, on=list(keys), how="left", sort=False).fillna("")
    return replace(part, frame=frame)


def _partner(table: SourceTable, others: Sequence[SourceTable]) -> SourceTable | None:
    """The table for the test part: test_identity.csv of train_identity.csv; None for that itself, else the table."""
    name = table.path.name
    words = {word.lower() for word in PART.findall(name)}
    if words == {"train"}:
        swapped = PART.sub("test", name).lower()
        return next((other for other in others if other.path.name.lower() == swapped), None)
    return None if words else table


def _fits(table: SourceTable, part: SourceTable, keys: Sequence[str]) -> bool:
    """Whether the keys name rows of the table once, and some rows of the part."""
    if table.frame.duplicated(list(keys)).any():
        return False
    rows = _rows(part.frame, keys)
    known = set(_rows(table.frame, keys))
    return sum(row in known for row in rows) >= FEWEST * len(rows)


def _rows(frame: DataFrame, keys: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(frame[name] for name in keys), strict=True))
