"""Numbers that are written with a unit, such as 12.5%, $1,200 or 51,000 mi.: columns of them become plain numbers."""

from __future__ import annotations

import re
from dataclasses import replace

from kit.blocks.frames import plain_numbers
from kit.errors import DataError
from kit.inspection.columns import MISSING_NUMBER, count_cells
from kit.inspection.roles import Roles
from kit.inspection.tables import NUMBER, SourceTable

UNITS = (
    r"%|°[CF]?|k?g|mg|lbs?|oz|[kcm]?m|mi|ft|in|inch|sqft|m2|m²|m³|ml|l|cc|b?hp|k?wh?|v|hz|[mg]hz|[kmgt]b|k|s|secs?|ms|mins?|"
    r"h|hrs?|days?|weeks?|months?|mos?|years?|yrs?|usd|eur|gbp|inr|rs|cny|元|px|mp|mph|kmh|km/h|kmpl|mpg|x"
)
UNIT = re.compile(
    r"(?P<before>[$€£¥₹]?) ?[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
    rf"(?P<after>(?i:{UNITS})\.?| [A-Za-z%°²³/.]{{1,10}})?\Z"
)
POINTS = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?\Z")
MOST_CATEGORIES = 10  # fewer different cells, such as 36 months and 60 months, are as good as categories
THOUSANDS = "thousands separators"
FEWEST = 20  # cells that are looked at first


def find_units(roles: Roles) -> dict[str, str]:
    """The columns whose cells are numbers with one unit, or with thousands separators, and which it is.

    A column that a submission holds, a target, is one of them for its thousands separators alone.
    """
    train, test, sample = roles.train, roles.test, roles.sample
    if train is None:
        return {}
    asked = sample.names if sample is not None else []
    targets = [name for name in train.names if name in asked or (test is not None and name not in test.names)]
    found = {name: _unit(train, name) for name in train.names}
    return {name: unit for name, unit in found.items() if unit and (name not in targets or unit == THOUSANDS)}


def refuse_points(table: SourceTable | None) -> None:
    """Refuse columns of numbers such as 1.234,56, whose points would make texts of them."""
    if table is None:
        return
    for name in table.names:
        first = [cell for cell in table[name].head(5 * FEWEST) if cell not in MISSING_NUMBER]
        both = [cell for cell in first if "." in cell and "," in cell]
        if both and all(map(POINTS.match, first)):
            raise DataError(
                "numbers have points between thousands",
                expected="numbers such as 1234,56 or 1234.56",
                found=both[0],
                where=f"{table.path}, column {name!r}",
                remedy="write a copy: in pandas, read_csv(..., thousands='.', decimal=',') and to_csv",
            )


def with_numbers(roles: Roles, columns: dict[str, str]) -> Roles:
    """The tables with plain numbers in these columns."""
    return replace(roles, train=_plain(roles.train, columns), test=_plain(roles.test, columns))


def _plain(table: SourceTable | None, columns: dict[str, str]) -> SourceTable | None:
    return replace(table, frame=plain_numbers(table.frame, list(columns))) if table is not None else None


def _unit(table: SourceTable, name: str) -> str:
    first = [cell for cell in table[name].head(5 * FEWEST) if cell not in MISSING_NUMBER][:FEWEST]
    if not first or all(map(NUMBER.match, first)) or not all(map(UNIT.match, first)):
        return ""  # the whole column is read only where its first cells have a unit
    cells = {cell for cell in count_cells(table[name]).counts if cell not in MISSING_NUMBER}
    found = [UNIT.match(cell) for cell in cells]
    if len(cells) <= MOST_CATEGORIES or not all(found):
        return ""
    units = {(match["before"] + (match["after"] or "")).strip() for match in found if match}
    if len(units) > 1:
        return ""
    thousands = table.delimiter == "," and any("," in cell for cell in cells)
    return units.pop() or (THOUSANDS if thousands and not any(cell.startswith("0,") for cell in cells) else "")
