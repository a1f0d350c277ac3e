"""The id of a sample: the column that a submission names rows by, or a row's number where there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kit.errors import DataError
from kit.inspection.columns import INTEGER, LEADING_ZERO
from kit.inspection.findings import Fact
from kit.inspection.roles import Roles
from kit.inspection.tables import SourceTable
from kit.wording import counted

DIGITS = 18  # that every number of 64 bits may have
ID_WORD = re.compile(
    r"(?:(?i:row_?id|id|index|key|uuid|.*[_ ]id|image|image_?name|file_?name)|.*[a-z](?:Id|ID)|name|.*编号|.*序号)\Z"
)


@dataclass(frozen=True)
class IdColumn:
    """Where ids come from: a column of the tables (``name``), or row numbers that begin with ``first``."""

    name: str | None
    written: str
    """The id column's name in a submission."""
    first: int
    text: bool
    """Whether ids are text, as codes with leading zeros are, and not whole numbers."""
    fact: Fact
    warnings: tuple[str, ...] = ()


def find_id(roles: Roles, given: str) -> IdColumn:
    """Find the id column of a contest whose samples are rows of tables."""
    table = roles.test or roles.training
    if given:
        return _given(table, roles, given)
    if roles.sample is not None:
        return _of_sample(roles, roles.sample, table)
    for name in table.names:
        shared = roles.train is None or name in roles.train.names
        if shared and ID_WORD.match(name) and _unique(table, name):
            reason = f"all values in {table.path.name} differ and the name is an id's; no sample submission shows it"
            return _column(name, name, table, Fact("id column", name, "likely", reason, "--id"))
    reason = "no column is called like an id with values that all differ: rows are numbered from 0"
    return IdColumn(None, "id", 0, False, Fact("id column", "none: row numbers from 0", "unclear", reason, "--id"))


def same_name(first: str, second: str) -> bool:
    """Whether two names differ in case, spaces and underscores at most.

    >>> same_name("Image_ID", "imageId")
    True
    """
    return _plain(first) == _plain(second)


def ids_are_text(values: list[str]) -> bool:
    """Whether ids are anything but plain whole numbers of 64 bits; 007 is text."""
    return not all(INTEGER.match(value) and not LEADING_ZERO.match(value) and len(value) <= DIGITS for value in values)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _given(table: SourceTable, roles: Roles, given: str) -> IdColumn:
    if given not in table.names:
        raise DataError("--id names no column", expected=", ".join(table.names), found=given, where=table.path)
    _refuse_repeated(table, given)
    written = roles.sample.names[0] if roles.sample else given
    return _column(given, written, table, Fact("id column", given, "given", "--id"))


def _of_sample(roles: Roles, sample: SourceTable, table: SourceTable) -> IdColumn:
    """The id as the sample submission's first column shows it: by name, by values, or as row numbers."""
    written, ids = sample.names[0], sample[sample.names[0]].tolist()
    wanted = set(ids)
    by_name = [name for name in table.names if same_name(name, written)]
    by_value = [name for name in table.names if roles.test is not None and set(table[name]) == wanted]
    _refuse_several_columns(sample, table, roles)
    for name in [*by_name, *by_value]:
        _refuse_repeated(table, name)
        confident = roles.test is not None and set(table[name]) == wanted
        if roles.test is not None and ids and not wanted & set(table[name]):
            raise _no_common_id(sample, table, name)
        warnings = () if confident or roles.test is None else (_difference(sample, table, name),)
        reason = f"first column of {sample.path.name}" + (", the same values" if confident else "")
        fact = Fact("id column", name, "certain" if confident else "likely", reason, "--id")
        return _column(name, written, table, fact, warnings)
    first = _row_numbers(ids, len(table))
    if roles.test is not None and first is not None:
        reason = f"{written!r} of {sample.path.name} counts the rows of {table.path.name} and is no column of it"
        value = f"{written}: row numbers from {first}"
        return IdColumn(None, written, first, False, Fact("id column", value, "certain", reason))
    raise DataError(
        "the sample submission's ids are in no column of the test part",
        expected=f"a column {written!r}, or as many ids as rows ({len(table):,})",
        found=f"{len(ids):,} ids such as {ids[0] if ids else None!r}; columns {', '.join(table.names)[:200]}",
        where=sample.path,
        remedy="name the column with --id",
    )


def _refuse_several_columns(sample: SourceTable, table: SourceTable, roles: Roles) -> None:
    """Refuse a submission that names its rows by several columns of the test part together, such as city and year."""
    if roles.test is None:
        return
    named = [name for name in sample.names if name in table.names]
    if len(named) > 1 and table[named[0]].duplicated().any() and not table.frame.duplicated(named).any():
        raise DataError(
            "a submission names its rows by several columns, which is not supported",
            expected="one column of ids",
            found=", ".join(named),
            where=sample.path,
            remedy="join them into one column of ids in a copy of the tables; kit new-task NAME writes an example",
        )


def _row_numbers(ids: list[str], rows: int) -> int | None:
    for first in (0, 1):
        if ids == [str(first + position) for position in range(rows)]:
            return first
    return None


def _column(name: str, written: str, table: SourceTable, fact: Fact, warnings: tuple[str, ...] = ()) -> IdColumn:
    return IdColumn(name, written, 0, ids_are_text(table[name].tolist()), fact, warnings)


def _unique(table: SourceTable, name: str) -> bool:
    return bool(table[name].is_unique) and "" not in set(table[name])


def _refuse_repeated(table: SourceTable, name: str) -> None:
    repeated = table[name][table[name].duplicated()]
    if len(repeated):
        raise DataError(
            "ids repeat in the part that is predicted",
            expected="one row for each id",
            found=f"{counted(len(repeated), 'repeated id')}, such as {repeated.iloc[0]!r}",
            where=f"{table.path}, column {name!r}",
            remedy="keep one row of each, or name another column with --id",
        )


def _no_common_id(sample: SourceTable, table: SourceTable, name: str) -> DataError:
    return DataError(
        f"no id of {sample.path.name} is in {table.path.name}",
        expected=f"ids such as {table[name].iloc[0]!r}" if len(table) else "at least one row",
        found=f"ids such as {sample[sample.names[0]].iloc[0]!r}",
        where=f"{table.path}, column {name!r}",
        remedy="write them alike in a copy of the tables, or name the column with --id",
    )


def _difference(sample: SourceTable, table: SourceTable, name: str) -> str:
    wanted, found = set(sample[sample.names[0]]), set(table[name])
    return (
        f"{len(wanted - found):,} ids of {sample.path.name} are not in {table.path.name}, "
        f"{len(found - wanted):,} of {table.path.name} are not in {sample.path.name}"
    )
