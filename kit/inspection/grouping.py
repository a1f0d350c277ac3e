"""Columns whose values repeat because rows belong together, and columns of time: both decide how to hold out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kit.errors import DataError
from kit.inspection.columns import Cells, days_first, number
from kit.inspection.findings import Fact
from kit.inspection.roles import Roles
from kit.inspection.tables import SourceTable

GROUP_NAME = re.compile(
    r"(?:patient|subject|user|customer|client|person|group|session|site|store|shop|household|family|speaker|author|"
    r"well|engine|machine|device|station|study|case|batch|series|scan|slide|question|query)(?:$|[^a-z]|id\b|Id\b)|"
    r".+[_ ]?(?:id|ID|Id)\Z",
    re.I,
)
TIME_WORDS = frozenset(["date", "datetime", "time", "timestamp", "year", "yr", "month", "mo", "week", "day"])
ORDER_WORDS = frozenset(["date", "datetime", "time", "timestamp", "year", "yr"])
"""Words of a column that orders rows in time on its own; months and weekdays do not."""
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def find_group(roles: Roles, cells: Mapping[str, Cells], given: str) -> tuple[str | None, list[Fact]]:
    """Find the column that groups rows; facts name every candidate.

    A column groups rows if it is called like one and none of its values is in the test part: then the contest itself
    divides by it.
    """
    train, test = roles.training, roles.test
    if given:
        return given, [_given_column(train, "group", given)]
    facts, found = [], None
    for name, column in cells.items():
        repeats = column.rows / max(1, len(column.counts))
        named = bool(GROUP_NAME.search(name))
        if not named or repeats < 1.5 or len(column.counts) < 3 or column.dates:
            continue
        what = f"{name}: {len(column.counts):,} values, {repeats:.1f} rows each"
        if test is None or name not in test.names:
            facts.append(Fact("group", what, "unclear", "the test part cannot be compared: not used", "--group"))
            continue
        common = len(set(column.counts) & set(test[name])) / len(column.counts)
        if common == 0 and found is None:
            found = name
            facts.append(
                Fact("group", what, "likely", "none of them is in the test part: folds keep it whole", "--group")
            )
        else:
            reason = f"{common:.0%} of them are in the test part too: not used to divide"
            facts.append(Fact("repeated values", what, "likely" if common > 0.2 else "unclear", reason, "--group"))
    return found, facts or [Fact("group", "none", "likely", "no column called like a group repeats", "--group")]


def repeated_id(cells: Cells, name: str) -> tuple[str, Fact]:
    """The id as the group, where it repeats in the training part."""
    value = f"{name}: {len(cells.counts):,} values, {cells.rows / max(1, len(cells.counts)):.1f} rows each"
    return name, Fact("group", value, "likely", "the id repeats in the training part: folds keep it whole", "--group")


def find_time(roles: Roles, cells: Mapping[str, Cells], given: str) -> tuple[str | None, list[Fact]]:
    """Find the column of time by which the contest divides: every test row is later than every training row."""
    train, test = roles.training, roles.test
    if given:
        return given, [_given_column(train, "time", given)]
    facts, found = [], None
    for name, column in cells.items():
        if not (column.dates or (column.numeric and _words(name) & TIME_WORDS and len(column.counts) > 2)):
            continue
        value = f"{name}: {_span(column)}"
        if test is None or name not in test.names:
            facts.append(Fact("time", value, "unclear", "the test part cannot be compared: folds are random", "--time"))
        elif _later(column, list(test[name])):
            if found is None and (column.dates or _words(name) & ORDER_WORDS):
                found = name
            facts.append(
                Fact("time", value, "likely", "every test row is later: the latest rows are held out", "--time")
            )
        else:
            facts.append(Fact("time", value, "likely", "test rows are of the same time: folds are random", "--time"))
    return found, facts or [Fact("time", "none", "likely", "no column of dates or times", "--time")]


def _given_column(train: SourceTable, what: str, column: str) -> Fact:
    """The fact that the option ``--what`` names this column. Raises DataError if the training table lacks it."""
    if column not in train.names:
        expected = ", ".join(train.names)[:300]
        raise DataError(f"--{what} names no column", expected=expected, found=column, where=train.path)
    return Fact(what, column, "given", f"--{what}")


def _words(name: str) -> set[str]:
    """The words of a column's name: ``YrSold`` holds yr and sold."""
    return {word.lower() for word in WORDS.findall(name)}


def sortable_time(cells: list[str]) -> list[float]:
    """Times as numbers in their order; NaN for a missing one. Dates of one column are written alike."""
    import pandas

    if all(cell.replace(".", "", 1).lstrip("-").isdigit() for cell in cells if cell):
        return [number(cell) if cell else float("nan") for cell in cells]
    first = bool(days_first(cells))
    parsed = pandas.to_datetime(pandas.Series(cells), format="mixed", dayfirst=first, errors="coerce", utc=True)
    return [float("nan") if value is pandas.NaT else value.timestamp() for value in parsed]


def _later(train: Cells, test: list[str]) -> bool:
    last = [value for value in sortable_time(list(train.counts)) if value == value]
    first = [value for value in sortable_time(list(set(test))) if value == value]
    return bool(last) and bool(first) and min(first) > max(last)


def _span(cells: Cells) -> str:
    pairs = [(value, cell) for value, cell in zip(sortable_time(list(cells.counts)), cells.counts, strict=True)]
    ordered = sorted(pair for pair in pairs if pair[0] == pair[0])
    return f"{ordered[0][1]} to {ordered[-1][1]}" if ordered else "no readable value"
