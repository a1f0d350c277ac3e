"""The declared format of a submission file. One declaration drives writing, checking, scoring and ``kit show``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Kind = Literal["integer", "number", "text"]
Header = Literal["required", "optional", "absent"]
Row = Sequence[Any]


@dataclass(frozen=True)
class Column:
    """One column: its name, the type of its cells and the range or rule they keep.

    ``low`` and ``high`` are inclusive. ``rule`` judges a text cell and returns what is wrong with it, or None.
    Use :func:`integer`, :func:`number` or :func:`text` to make one.
    """

    name: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    blank: bool = False
    rule: Callable[[str], str | None] | None = None
    meaning: str = ""

    @property
    def expected(self) -> str:
        """What a cell must hold, in words: ``integer from 0 to 9``."""
        bounds = {
            (False, False): "",
            (True, False): f" of at least {_plain(self.low)}",
            (False, True): f" of at most {_plain(self.high)}",
            (True, True): f" from {_plain(self.low)} to {_plain(self.high)}",
        }[self.low is not None, self.high is not None]
        return f"{self.kind}{bounds}" + (" or blank" if self.blank else "")


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if abs(value) < 1e6 else str(value)


def integer(name: str, low: int | None = None, high: int | None = None, *, meaning: str = "") -> Column:
    """A column of whole numbers, written without a decimal point."""
    return Column(name, "integer", low, high, meaning=meaning)


def number(name: str, low: float | None = None, high: float | None = None, *, meaning: str = "") -> Column:
    """A column of finite decimal numbers."""
    return Column(name, "number", low, high, meaning=meaning)


def text(
    name: str, *, blank: bool = False, rule: Callable[[str], str | None] | None = None, meaning: str = ""
) -> Column:
    """A column of text; ``rule(cell)`` returns what is wrong with a cell, or None."""
    return Column(name, "text", blank=blank, rule=rule, meaning=meaning)


@dataclass(frozen=True)
class Fault:
    """One fault of a submission. ``line`` counts from 1, a header being line 1; None where there is none."""

    kind: str
    line: int | None
    id: str | None
    expected: str
    found: str
    remedy: str

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        return {name: getattr(self, name) for name in ("kind", "line", "id", "expected", "found", "remedy")}


@dataclass(frozen=True)
class Table:
    """A parsed submission: one NumPy array a column (int64, float64 or object of str), all of one length.

    ``lines`` holds the line number of every row in the file it came from (shape (rows,), int64).
    """

    columns: Mapping[str, np.ndarray]
    lines: np.ndarray

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column]

    def take(self, rows: np.ndarray) -> Table:
        """The rows at these positions (or under this boolean mask), in that order."""
        return Table({name: values[rows] for name, values in self.columns.items()}, self.lines[rows])


@dataclass(frozen=True, kw_only=True)
class Format:
    """A submission file: its columns, which of them is the id, and how strict the contest is about the rest.

    - ``id``: the name of the id column. None means that the line's place in the file is its id.
    - ``one_row_per_id``: False where an id (a scan) may have any number of rows, none included.
    - ``ordered``: True where rows must stand in the contest's own order.
    - ``header``: ``required``, ``optional`` (either is accepted; written) or ``absent``.
    - ``review``: judges a whole well-formed file and yields warnings (what the contest accepts but a user should know).
    """

    columns: tuple[Column, ...]
    id: str | None
    filename: str = "submission.csv"
    delimiter: str = ","
    header: Header = "required"
    one_row_per_id: bool = True
    ordered: bool = False
    review: Callable[[Table], Iterable[Fault]] | None = None

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def values(self) -> tuple[Column, ...]:
        """The columns other than the id."""
        return tuple(column for column in self.columns if column.name != self.id)
