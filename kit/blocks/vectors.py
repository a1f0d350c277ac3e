"""Rows of a table as vectors of numbers, which networks and estimators take alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kit.errors import DataError

if TYPE_CHECKING:
    from pandas import DataFrame, Series

LEVELS = 200
"""Categories of one column that have a code of their own; the rarer ones have the code 0 together."""
DATE_PARTS = 4
MISSING = ("", "NA", "NaN")


def number_count(numbers: Sequence[str], dates: Sequence[str] = ()) -> int:
    """How many numbers a vector of :func:`vectors` begins with: the values, and for each whether it is missing."""
    return 2 * (len(numbers) + DATE_PARTS * len(dates))


def vectors(
    rows: DataFrame,
    train: DataFrame,
    *,
    numbers: Sequence[str],
    categories: Sequence[str] = (),
    dates: Sequence[str] = (),
    missing: Sequence[str] = MISSING,
    days_first: bool = False,
    decimal: str = ".",
) -> np.ndarray:
    """Turn rows into vectors, float32 (N, F): standardized numbers, 1 for each that is missing, codes of categories.

    A date becomes days since 1970, month, day of the week and hour. Means, deviations and codes are those of the
    training part ``train``, with which both parts are therefore turned; no target takes part. Raises DataError with
    column and line for a text among numbers.
    """
    values = [_standardized(*(_numbers(part[name], missing, decimal) for part in (rows, train))) for name in numbers]
    for name in dates:
        pairs = zip(_date_parts(rows[name], days_first), _date_parts(train[name], days_first), strict=True)
        values += [_standardized(*pair) for pair in pairs]
    unknown = [np.isnan(column) for column in values]
    codes = [_codes(rows[name], train[name]) for name in categories]
    columns = [*map(np.nan_to_num, values), *unknown, *codes]
    return np.column_stack(columns).astype(np.float32) if columns else np.zeros((len(rows), 0), np.float32)


@dataclass(frozen=True)
class TargetScale:
    """Numbers as a model learns them: less ``centre``, divided by ``spread``; with ``logarithms``, log(1 + y) is.

    >>> scale = TargetScale((10.0,), (2.0,))
    >>> scale.to_model(np.array([14.0])).tolist(), scale.from_model(np.array([2.0])).tolist()
    ([2.0], [14.0])
    """

    centre: tuple[float, ...]
    spread: tuple[float, ...]
    logarithms: bool = False

    def to_model(self, values: np.ndarray) -> np.ndarray:
        """Turn targets (K,) into what a model learns, float32 (K,)."""
        numbers = np.log1p(values) if self.logarithms else np.asarray(values)
        return np.asarray((numbers - np.array(self.centre)) / np.array(self.spread), np.float32)

    def from_model(self, values: np.ndarray) -> np.ndarray:
        """Turn a model's predictions (K,) into the contest's units, float64 (K,)."""
        numbers = np.asarray(values, np.float64).reshape(-1) * np.array(self.spread) + np.array(self.centre)
        return np.asarray(np.maximum(0, np.expm1(numbers)) if self.logarithms else numbers)


def rounded(values: np.ndarray) -> list[float]:
    """Round numbers (K,) to whole ones; one that is not finite stays, so that the writing refuses it.

    >>> rounded(np.array([2.6, np.nan]))
    [3, nan]
    """
    return [round(value) if np.isfinite(value) else value for value in values.tolist()]


def _numbers(cells: Series[str], missing: Sequence[str], decimal: str) -> np.ndarray:
    """Cells as numbers, NaN where one is missing or too large for a double. Raises DataError for any other text."""
    import pandas

    if cells.dtype != object:
        return np.asarray(cells, np.float64)
    text = cells.str.strip()
    unknown = text.isin(missing)
    values = pandas.to_numeric(text.mask(unknown).str.replace(decimal, "."), errors="coerce")
    wrong = cells.index[values.isna() & ~unknown]
    if len(wrong):
        where = f"column {cells.name!r}, line {wrong[0] + 2}"
        raise DataError("a cell is no number", found=repr(cells[wrong[0]][:60]), where=where)
    found = np.asarray(values, np.float64)
    return np.where(np.isfinite(found), found, np.nan)  # such as 1e400


def _date_parts(cells: Series[str], days_first: bool) -> list[np.ndarray]:
    import pandas

    dates = pandas.to_datetime(cells, format="mixed", dayfirst=days_first, errors="coerce", utc=True)
    days = (dates - pandas.Timestamp(0, tz="UTC")) / pandas.Timedelta(days=1)
    return [np.asarray(part, np.float64) for part in (days, dates.dt.month, dates.dt.day_of_week, dates.dt.hour)]


def _standardized(values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    known = reference[np.isfinite(reference)]
    return (values - known.mean()) / (known.std() or 1.0) if len(known) else values


def _codes(cells: Series[str], reference: Series[str]) -> np.ndarray:
    """The rank of each cell's category in the training part, the most frequent first; 0 for a rare or unknown one."""
    counts = reference.value_counts()
    ranked = sorted(counts.index, key=lambda category: (-counts[category], category))[:LEVELS]
    return np.asarray(cells.map({category: rank + 1 for rank, category in enumerate(ranked)}).fillna(0), np.float64)
