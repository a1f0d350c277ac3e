"""The declared format of a submission file. One declaration drives writing, checking, scoring and ``kit show``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

Kind = Literal["integer", "number", "text"]
Header = Literal["required", "optional", "absent"]
Row = Sequence[Any]
"""The cells of one row, in the order of the format's columns."""


class CellRule(Protocol):
    """Return what is wrong with a text cell, or None."""

    def __call__(self, cell: str, /) -> str | None: ...


@dataclass(frozen=True)
class Column:
    """One column of a submission. Use :func:`integer`, :func:`number` or :func:`text` to make one."""

    name: str
    kind: Kind
    low: float | None = None
    """The lowest value allowed."""
    high: float | None = None
    """The highest value allowed."""
    blank: bool = False
    """Whether a text cell may be empty."""
    rule: CellRule | None = None
    """A further rule for text cells."""
    meaning: str = ""
    """A line of description for ``kit show``."""
    decimal: Literal[".", ","] = "."
    """The decimal mark of a column of numbers, the only one that is written and read."""

    @property
    def expected(self) -> str:
        """The values that a cell may hold, in words: ``integer from 0 to 9``."""
        bounds = {
            (False, False): "",
            (True, False): f" of at least {_plain(self.low)}",
            (False, True): f" of at most {_plain(self.high)}",
            (True, True): f" from {_plain(self.low)} to {_plain(self.high)}",
        }[self.low is not None, self.high is not None]
        mark = " with a decimal comma" if self.decimal == "," else ""
        return f"{self.kind}{mark}{bounds}" + (" or blank" if self.blank else "")


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if abs(value) < 1e6 else str(value)


def integer(name: str, low: int | None = None, high: int | None = None, *, meaning: str = "") -> Column:
    """A column of whole numbers, written without a decimal point."""
    return Column(name, "integer", low, high, meaning=meaning)


def number(
    name: str,
    low: float | None = None,
    high: float | None = None,
    *,
    decimal: Literal[".", ","] = ".",
    meaning: str = "",
) -> Column:
    """A column of finite decimal numbers. A number with a ``decimal`` comma is quoted where commas divide the cells."""
    return Column(name, "number", low, high, meaning=meaning, decimal=decimal)


def text(name: str, *, blank: bool = False, rule: CellRule | None = None, meaning: str = "") -> Column:
    """A column of text; ``rule(cell)`` returns what is wrong with a cell, or None."""
    return Column(name, "text", blank=blank, rule=rule, meaning=meaning)


@dataclass(frozen=True)
class Fault:
    """One fault of a submission."""

    kind: str
    line: int | None
    """The line of the file, counted from 1, header included; None if the fault is not in one line."""
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
        """Select rows by their positions, in that order, or by a boolean mask."""
        return Table({name: values[rows] for name, values in self.columns.items()}, self.lines[rows])


class Review(Protocol):
    """Yield warnings about a well-formed submission: what the contest accepts but the user should see."""

    def __call__(self, table: Table, /) -> Iterable[Fault]: ...


@dataclass(frozen=True, kw_only=True)
class Format:
    """A submission file: its columns, which of them is the id, and what the contest requires of the rest."""

    columns: tuple[Column, ...]
    id: str | None
    """The name of the id column. None: a row's number in the file is its id."""
    filename: str = "submission.csv"
    delimiter: str = ","
    header: Header = "required"
    """``required``, ``optional`` (read with or without, written with) or ``absent``."""
    rows_per_id: tuple[int, int | None] = (1, 1)
    """The fewest and the most rows of an id; None: any number. ``(0, None)``: an id, such as a scan, may have none."""
    ordered: bool = False
    """True: rows must be in the contest's own order."""
    review: Review | None = None

    @property
    def one_row_per_id(self) -> bool:
        """Whether each id has exactly one row."""
        return self.rows_per_id == (1, 1)

    @property
    def rows_in_words(self) -> str:
        """How many rows an id may have: ``one row per id``."""
        fewest, most = self.rows_per_id
        if most is None:
            return f"at least {fewest} row{'s' * (fewest > 1)} per id" if fewest else "any number of rows per id"
        if fewest == most:
            return "one row per id" if most == 1 else f"{most} rows per id"
        return f"{fewest} to {most} rows per id"

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
