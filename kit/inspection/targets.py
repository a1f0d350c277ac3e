"""The target columns: what the training table has and the test table has not, as the sample submission confirms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kit.errors import DataError
from kit.inspection.columns import Cells, count_cells
from kit.inspection.findings import Fact
from kit.inspection.ids import IdColumn, same_name
from kit.inspection.kinds import SEPARATORS, labels_of
from kit.inspection.roles import Roles
from kit.inspection.tables import SourceTable

TARGET_NAMES = (
    "target",
    "label",
    "labels",
    "class",
    "y",
    "outcome",
    "response",
    "category",
    "expected",
    "标签",
    "类别",
    "目标",
)


@dataclass(frozen=True)
class Targets:
    """The target columns of the training table, and those of the submission that they fill."""

    names: tuple[str, ...]
    fact: Fact
    class_columns: tuple[tuple[str, str], ...] = ()
    """Class and submission column, in the submission's order, where it has one column per class."""
    dropped: tuple[str, ...] = ()
    """Columns that only the training table has and that are no target."""
    warnings: tuple[str, ...] = field(default=())


def find_targets(roles: Roles, id: IdColumn, given: tuple[str, ...]) -> Targets:
    """Find the target columns. Raises DataError where the files show none."""
    train = roles.training
    unknown = [name for name in given if name not in train.names]
    if unknown:
        raise DataError(
            "--target names no column", expected=", ".join(train.names)[:300], found=unknown[0], where=train.path
        )
    candidates = [name for name in train.names if name != id.name and not same_name(name, id.written)]
    only = [name for name in candidates if roles.test is None or name not in roles.test.names]
    if given:
        dropped = tuple(name for name in only if name not in given) if roles.test is not None else ()
        columns = _class_columns(train, given[0], roles.sample, id) if len(given) == 1 else ()
        return Targets(given, Fact("target", ", ".join(given), "given", "--target"), columns, dropped)
    if roles.sample is not None:
        return _of_sample(roles, train, roles.sample, id, candidates, only)
    return _guessed(roles, train, candidates, only)


def _of_sample(
    roles: Roles, train: SourceTable, sample: SourceTable, id: IdColumn, candidates: list[str], only: list[str]
) -> Targets:
    written = sample.names[1:]
    if not written:
        raise DataError("the sample submission has no value column", found=sample.names, where=sample.path)
    found = [next((name for name in candidates if same_name(name, column)), "") for column in written]
    if all(found):
        return _named(roles, sample, found, only)
    options = only if roles.test is not None else candidates
    for name in sorted(options, key=lambda name: name.lower() not in TARGET_NAMES):
        columns = _class_columns(train, name, sample, id)
        if columns:
            reason = f"its {len(columns)} classes are the columns of {sample.path.name}"
            dropped = tuple(other for other in only if other != name) if roles.test is not None else ()
            return Targets((name,), Fact("target", name, "certain", reason, "--target"), columns, dropped)
    if len(written) == 1 and roles.test is not None and len(only) == 1:
        reason = f"the only column that {roles.test.path.name} lacks; {sample.path.name} calls it {written[0]!r}"
        return Targets((only[0],), Fact("target", only[0], "likely", reason, "--target"))
    if len(written) == 1:
        return _guessed(roles, train, candidates, only)
    raise DataError(
        "the sample submission's columns are neither targets nor classes of the training table",
        expected=", ".join(written)[:200],
        found=", ".join(only or candidates)[:200],
        where=sample.path,
        remedy="name the target with --target",
    )


def _named(roles: Roles, sample: SourceTable, found: list[str], only: list[str]) -> Targets:
    """The targets that the sample submission names; the test table may hold them too, empty or not."""
    reason = f"the value column{'s' * (len(found) > 1)} of {sample.path.name}"
    warnings: tuple[str, ...] = ()
    present = [name for name in found if roles.test is not None and name in roles.test.names]
    if present and roles.test is not None:
        cells = sum(count_cells(roles.test[name]).rows for name in present)
        what = f"holds values in {cells:,} cells" if cells else "is empty there"
        warnings = (f"{roles.test.path.name} has the target {', '.join(present)} too: it {what} and is not read",)
    dropped = tuple(name for name in only if name not in found) if roles.test is not None else ()
    return Targets(tuple(found), Fact("target", ", ".join(found), "certain", reason, "--target"), (), dropped, warnings)


def _guessed(roles: Roles, train: SourceTable, candidates: list[str], only: list[str]) -> Targets:
    """Without a sample submission: the columns that the test table lacks, one called like a target, or the last."""
    if roles.test is not None and len(only) == 1:
        reason = f"the only column that {roles.test.path.name} lacks"
        return Targets((only[0],), Fact("target", only[0], "certain", reason, "--target"))
    pool = only if roles.test is not None and only else candidates
    if not pool:
        raise DataError("there is no target column", found=", ".join(train.names)[:200], where=train.path)
    named = [name for name in pool if name.lower() in TARGET_NAMES]
    target = named[0] if named else pool[-1]
    reason = f"called like a target, among {len(pool)} candidates" if named else f"the last of {len(pool)} candidates"
    dropped = tuple(name for name in only if name != target) if roles.test is not None and only else ()
    return Targets((target,), Fact("target", target, "likely" if named else "unclear", reason, "--target"), (), dropped)


def _class_columns(
    train: SourceTable, name: str, sample: SourceTable | None, id: IdColumn
) -> tuple[tuple[str, str], ...]:
    """Pairs of class and submission column, if the sample submission has a column for each class of this target."""
    if sample is None:
        return ()
    columns = [column for column in sample.names if column != id.written]
    cells = count_cells(train[name])
    return match_classes(cells, columns) or _match_labels(cells, columns)


def _match_labels(cells: Cells, columns: list[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of label and column where the columns are the labels that cells list, several in one."""
    for separator in SEPARATORS:
        if len(columns) > 1 and {label for cell in cells.counts for label in labels_of(cell, separator)} == set(
            columns
        ):
            return tuple((column, column) for column in columns)
    return ()


def match_classes(cells: Cells, columns: list[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of class and column where the columns are called like the classes, all behind one prefix if any.

    >>> match_classes(Cells({"1": 5, "2": 4}, {}), ["Class_1", "Class_2"])
    (('1', 'Class_1'), ('2', 'Class_2'))
    """
    classes = {re.sub(r"\s+", " ", cell.strip()): cell for cell in cells.counts}
    if len(columns) < 2 or len(columns) != len(classes):
        return ()
    prefixes = {
        column[: len(column) - len(cell)] for cell in classes for column in columns[:1] if column.endswith(cell)
    }
    for prefix in sorted(prefixes, key=len):
        if {column.removeprefix(prefix) for column in columns} == set(classes):
            return tuple((classes[column.removeprefix(prefix)], column) for column in columns)
    return ()
