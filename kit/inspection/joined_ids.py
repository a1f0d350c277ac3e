"""Ids that no column holds, but several together: 1_2011-08-05 of the columns Store and Date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from kit.inspection.tables import SourceTable

SEPARATORS = ("_", "-", " ", ":", "/", "|", "x", ".", "")
APART = " | "
"""What stands between the cells of an id that the submission has in columns of their own."""
MOST = 20  # columns of which pairs and triples are tried; of FEW also four at once
FEW = 8


@dataclass(frozen=True)
class IdParts:
    """The columns whose cells make an id, with what stands between them."""

    columns: tuple[str, ...]
    separator: str
    apart: bool = False
    """Whether a submission has these columns themselves instead of an id."""

    @property
    def words(self) -> str:
        """The id for people."""
        return self.separator.join(f"<{name}>" for name in self.columns)


def find_parts(ids: Sequence[str], test: SourceTable) -> IdParts | None:
    """Find the columns of the test part whose cells, joined, are the ids of the sample submission."""
    wanted = set(ids)
    if len(test) == 0 or len(wanted) != len(test):
        return None
    first = {name: str(test[name].iloc[0]) for name in test.names[:MOST]}
    for columns in _choices(list(first)):
        cells = [first[name] for name in columns]
        for separator in SEPARATORS:
            parts = IdParts(columns, separator)
            if separator.join(cells) in wanted and set(joined_ids(test, parts)) == wanted:
                return parts
    return None


def find_keys(sample: SourceTable, test: SourceTable) -> IdParts | None:
    """Find the columns that a sample submission begins with and that name the rows of the test part together."""
    names = [name for name in sample.names if name in test.names]
    parts = IdParts(tuple(names), APART, apart=True)
    if len(names) < 2 or sample.names[: len(names)] != names or test[names[0]].is_unique:
        return None
    asked, known = joined_ids(sample, parts), joined_ids(test, parts)
    apart = all(APART not in cell for name in names for cell in test[name])
    return parts if apart and len(set(asked)) == len(asked) and sorted(asked) == sorted(known) else None


def joined_ids(table: SourceTable, parts: IdParts) -> list[str]:
    """The ids of a table's rows."""
    return [parts.separator.join(cells) for cells in zip(*(table[name] for name in parts.columns), strict=True)]


def with_ids(table: SourceTable, name: str, parts: IdParts) -> SourceTable:
    """The table with a column of ids, if it has all columns that they are made of."""
    if not set(parts.columns) <= set(table.names):
        return table
    return replace(table, frame=table.frame.assign(**{name: joined_ids(table, parts)}))


def _choices(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for count in (2, 3, 4):
        if count < 4 or len(names) <= FEW:
            yield from permutations(names, count)
