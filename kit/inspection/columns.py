"""One column of a table: what its cells are, what is missing, and whether a model can use it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kit.inspection.findings import ColumnReport, Feature
from kit.inspection.tables import NUMBER

if TYPE_CHECKING:
    from pandas import Series

MISSING = ("", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "null", "NULL", "?", "#N/A", "<NA>")
INFINITE = tuple(sign + word for sign in ("", "+", "-") for word in ("inf", "Inf", "INF", "infinity", "Infinity"))
MISSING_NUMBER = (*MISSING, "None", "none", "-", ".", "missing", *INFINITE)
LONGEST = 40  # characters of a cell that is looked at as one of these, with spaces around it
INTEGER = re.compile(r"[+-]?\d+\Z")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+\Z")
LEADING_ZERO = re.compile(r"0\d+\Z")
DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}[-/ ][A-Za-z]{3}[-/ ]\d{2,4})"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?\Z"
)
TEXT_NAMES = re.compile(
    r"(?:full_?|clean_?|raw_?)?(?:text|comments?|comment_text|reviews?|review_text|titles?|headlines?|descriptions?|"
    r"content|sentences?|questions?|question_text|tweets?|essays?|body|abstract|messages?|excerpt|phrase|documents?|"
    r"utterance|summary|narrative|notes?)\d?\Z",
    re.I,
)
DAY_FIRST = re.compile(r"(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.]\d{4}")
MANY_WORDS = 6  # a cell of so many on average is prose
FEW_WORDS = 2.5  # enough where the column is called like a text
CODES = "names or codes"
DIFFERENT = 0.5  # more distinct texts than this fraction of the rows are names or codes, not categories
CLASSES = 30  # numbers of so few values may be classes
FEW_CLASSES = 10  # of more values, of which some are much rarer, they are rather a count


@dataclass(frozen=True)
class Cells:
    """The cells of a column, counted: distinct cell to number of rows, without those that mean "missing"."""

    counts: Mapping[str, int]
    missing: Mapping[str, int]

    @cached_property
    def rows(self) -> int:
        """Rows whose cell is not missing."""
        return sum(self.counts.values())

    @cached_property
    def numeric(self) -> bool:
        """Whether every cell is a number, none of them a code such as 007."""
        return bool(self.counts) and all(map(is_number, self.counts)) and not self.zero_padded

    @cached_property
    def whole(self) -> bool:
        """Whether every cell is a whole number, such as 3 or 3.0."""
        return self.numeric and bool((self.numbers % 1 == 0).all())

    @cached_property
    def zero_padded(self) -> bool:
        """Whether cells are codes such as 007, which are no numbers."""
        return any(map(LEADING_ZERO.match, self.counts)) and all(map(INTEGER.match, self.counts))

    @cached_property
    def commas(self) -> bool:
        """Whether cells are numbers and some have a decimal comma."""
        return self.numeric and any(DECIMAL_COMMA.match(cell.strip()) for cell in self.counts)

    @cached_property
    def dates(self) -> bool:
        """Whether every cell is a date or a time with a date."""
        return bool(self.counts) and all(map(DATE.match, self.counts))

    @cached_property
    def words(self) -> float:
        """Words of a cell on average, over all rows."""
        return sum(len(cell.split()) * count for cell, count in self.counts.items()) / max(1, self.rows)

    @cached_property
    def numbers(self) -> np.ndarray:
        """The distinct numbers in ascending order, float64."""
        return np.unique([number(cell) for cell in self.counts])

    @cached_property
    def different(self) -> float:
        """Distinct cells as a fraction of the rows that have one."""
        return len(self.counts) / max(1, self.rows)


def count_cells(column: Series[str]) -> Cells:
    """Count the cells of a column. In a column of numbers "None" or "-" means missing too, among texts it is a text."""
    counts = column.value_counts(sort=False)
    found = dict(zip(map(str, counts.index.tolist()), counts.tolist(), strict=True))
    odd = {cell: cell.strip() for cell in found if len(cell) <= LONGEST and cell.strip() in MISSING_NUMBER}
    numbers = found.keys() - odd.keys()
    if not numbers or not all(map(is_number, numbers)):
        odd = {cell: text for cell, text in odd.items() if text in MISSING}
    missing = {text or "empty": found[cell] for cell, text in odd.items()}
    return Cells({cell: count for cell, count in found.items() if cell not in odd}, missing)


def days_first(cells: Iterable[str]) -> bool | None:
    """Whether dates such as 25/12/2019 begin with the day; None where no date tells."""
    matches = [match for match in map(DAY_FIRST.match, cells) if match]
    if any(int(match["first"]) > 12 for match in matches):
        return True
    return False if not matches or any(int(match["second"]) > 12 for match in matches) else None


def is_number(cell: str) -> bool:
    """Whether a cell is a finite number, with a decimal point or a decimal comma."""
    cell = cell.strip()
    return bool(NUMBER.match(cell) or DECIMAL_COMMA.match(cell))


def number(cell: str) -> float:
    """The number in a cell; its decimal mark may be a comma."""
    return float(cell.strip().replace(",", "."))


def describe_column(name: str, cells: Cells, *, time: bool = False) -> ColumnReport:
    """Say how a feature column can be used, and what is remarkable about it."""
    feature, note = _feature(name, cells)
    low = high = None
    if feature == "number" or (feature == "left out" and cells.numeric):
        values = cells.numbers
        low, high = float(values[0]), float(values[-1])
    if time and not note:
        note = "time"
    return ColumnReport(name, feature, cells.missing, len(cells.counts), low, high, note)


def _feature(name: str, cells: Cells) -> tuple[Feature, str]:
    if len(cells.counts) == 0:
        return "left out", "every cell is missing"
    if len(cells.counts) == 1 and not cells.missing:
        return "left out", "every cell is the same"
    if cells.dates:
        return "date", ""
    if cells.numeric:
        return "number", "decimal commas" if cells.commas else ""
    if is_text(name, cells):
        return "text", f"{cells.words:.0f} words on average"
    if cells.different > DIFFERENT and len(cells.counts) > 20:
        return "left out", f"{len(cells.counts):,} different texts in {cells.rows:,} cells: {CODES}"
    return "category", "codes with leading zeros" if cells.zero_padded else ""


def is_text(name: str, cells: Cells) -> bool:
    """Whether a column holds prose: many words, or some and a name such as "review", and rarely the same twice."""
    if cells.numeric or cells.dates or cells.different < 0.3 or len(cells.counts) < 5:
        return False
    words = cells.words
    return words >= MANY_WORDS or (words >= FEW_WORDS and TEXT_NAMES.match(name.strip()) is not None)
