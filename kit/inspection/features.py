"""The feature columns of a table: which there are, how each is used, and whether they are the pixels of images."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kit.errors import DataError
from kit.inspection.columns import CODES, MISSING_NUMBER, Cells, count_cells, describe_column, is_number
from kit.inspection.findings import ColumnReport, Fact
from kit.inspection.ids import IdColumn
from kit.inspection.kinds import TargetKind
from kit.inspection.roles import Roles
from kit.inspection.targets import Targets

PIXELS = re.compile(r"(?:p|px|pix|pixel|col|x|v)?[ _.-]?\d+(?:x\d+)?\Z", re.I)
FEWEST_PIXELS = 64  # 8 x 8


def feature_names(roles: Roles, id: IdColumn, targets: Targets, cells: Mapping[str, Cells]) -> list[str]:
    """The columns of both parts that are no target; the id is one of them where it is a date, as in bike sharing."""
    train, test = roles.training, roles.test
    out = {*targets.names, *targets.dropped}
    if id.name is not None and not (id.name in cells and cells[id.name].dates):
        out.add(id.name)
    return [name for name in train.names if name not in out and (test is None or name in test.names)]


def describe_features(
    used: Mapping[str, Cells], roles: Roles, time: str | None, group: str | None
) -> list[ColumnReport]:
    """Say how each feature column is used. Beside a column of prose, titles of several words are texts too."""
    columns = [_described(name, cells, roles, time, group) for name, cells in used.items()]
    if not any(column.feature == "text" for column in columns):
        return columns
    return [
        replace(column, feature="text", note=f"{used[column.name].words:.0f} words on average, beside prose")
        if _is_title(column, used[column.name])
        else column
        for column in columns
    ]


def _is_title(column: ColumnReport, cells: Cells) -> bool:
    return column.feature == "left out" and column.note.endswith(CODES) and cells.words >= 2


def _described(name: str, cells: Cells, roles: Roles, time: str | None, group: str | None) -> ColumnReport:
    report = describe_column(name, cells, time=name == time)
    if name == group:
        return replace(report, feature="left out", note="the group")
    if name == time and report.feature == "number":
        return replace(report, feature="left out", note="the time")
    if report.feature != "left out" and roles.test is not None and roles.test[name].isin(MISSING_NUMBER).all():
        return replace(report, feature="left out", note="every cell is missing in the test part")
    return report


def pixel_side(columns: Sequence[ColumnReport]) -> tuple[int, int, int] | None:
    """Height, width and channels, if the columns are pixels: numbered, 0 to 255, as many as a square has."""
    if len(columns) < FEWEST_PIXELS:
        return None
    named = [column for column in columns if PIXELS.match(column.name)]
    lows = [column.low for column in columns if column.low is not None]
    highs = [column.high for column in columns if column.high is not None]
    constant = all(column.feature == "number" or column.note == "every cell is the same" for column in columns)
    bounded = bool(lows) and min(lows) >= 0 and max(highs) <= 255 and max(highs) > 1
    if len(named) != len(columns) or not constant or not bounded:
        return None
    for channels in (1, 3):
        side = math.isqrt(len(columns) // channels)
        if side * side * channels == len(columns):
            return side, side, channels
    return None


def column_facts(columns: Sequence[ColumnReport], side: tuple[int, int, int] | None) -> list[Fact]:
    """The lines about the feature columns."""
    if side:
        value = f"{len(columns)} columns are pixels of {side[0]} x {side[1]} images"
        reason = "numbered columns of 0 to 255, as many as a square has"
        return [Fact("features", value, "likely", reason)]
    facts = []
    for feature, words in (
        ("number", "numbers"),
        ("category", "categories"),
        ("text", "texts"),
        ("date", "dates"),
        ("left out", "left out"),
    ):
        names = [column.name for column in columns if column.feature == feature]
        if names:
            shown = ", ".join(names[:8]) + (f", ... ({len(names)})" if len(names) > 8 else "")
            notes = sorted({column.note for column in columns if column.feature == feature and column.note})
            reason = "; ".join(notes[:3]) or {"number": "every cell is a number"}.get(feature, "by their cells")
            facts.append(Fact(words, shown, "certain" if feature == "number" else "likely", reason))
    return facts


def missing_facts(columns: Sequence[ColumnReport], kind: TargetKind) -> list[Fact]:
    """The lines about missing values."""
    with_missing = sorted((c for c in columns if c.missing), key=lambda c: -sum(c.missing.values()))
    facts = []
    if with_missing:
        shown = ", ".join(_missing_in_words(column) for column in with_missing[:6])
        more = f", ... ({len(with_missing)} columns)" if len(with_missing) > 6 else ""
        facts.append(
            Fact("missing values", shown + more, "certain", "counted; categories keep them as one of their own")
        )
    else:
        facts.append(Fact("missing values", "none", "certain", "counted"))
    if kind.missing:
        reason = "rows without a target are left out of the training"
        facts.append(Fact("missing targets", f"{kind.missing:,}", "certain", reason))
    return facts


def _missing_in_words(column: ColumnReport) -> str:
    return f"{column.name} " + " ".join(f"{word!r} x {count:,}" for word, count in column.missing.items())


def missing_words(roles: Roles, columns: Sequence[ColumnReport]) -> list[str]:
    """The words that stand for a missing number in either part. Raises DataError for other texts in the test part."""
    words = {"", "NA", "NaN"}
    for column in columns:
        if column.feature != "number":
            continue
        words |= {word for word in column.missing if word != "empty"}
        if roles.test is not None:
            cells = count_cells(roles.test[column.name])
            if cells.counts and not cells.numeric:
                text = next(cell for cell in cells.counts if not is_number(cell))
                raise DataError(
                    "a column of numbers holds texts in the test part",
                    expected="numbers, or a word such as NA for a missing one",
                    found=f"{text[:60]!r} in column {column.name!r}",
                    where=roles.test.path,
                )
            words |= {word for word in cells.missing if word != "empty"}
    return sorted(words)
