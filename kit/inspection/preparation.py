"""What is done to the tables before their columns are looked at: a table is divided, others join it, ids are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kit.inspection.columns import MISSING_NUMBER
from kit.inspection.findings import Fact
from kit.inspection.further_tables import Lookup, find_lookups, with_lookups
from kit.inspection.ids import same_name
from kit.inspection.joined_ids import IdParts, find_keys, find_parts, with_ids
from kit.inspection.picture_parts import part_word
from kit.inspection.roles import Roles, is_answers
from kit.inspection.tables import SourceTable
from kit.inspection.units import find_units, refuse_points, with_numbers

PART_NAME = re.compile(r"(?:data_?)?(?:split|set|subset|part|partition|usage|phase)(?:_?name)?", re.I)
MOST_PARTS = 8


@dataclass(frozen=True)
class Prepared:
    """The tables as columns are looked for in them, and how a reader makes them of the files."""

    roles: Roles
    unanswered: int = 0
    """Rows of the training table that are the test part: their target is missing."""
    part_column: str = ""
    """The column of the only table that says which rows are the test part, and what it holds in these."""
    test_values: tuple[str, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    units: tuple[str, ...] = ()
    """Columns whose numbers are written with a unit."""
    parts: IdParts | None = None
    facts: tuple[Fact, ...] = ()


def prepare_tables(roles: Roles) -> Prepared:
    """Divide the one table, look up columns in others, and make ids of several columns, where the files ask for it."""
    by_column = divide_by_column(roles)
    roles, unanswered, divided = _divided(by_column.roles)
    roles, lookups, looked_up = _looked_up(roles)
    for table in (roles.train, roles.test, roles.sample):
        refuse_points(table)
    units = find_units(roles)
    roles, parts, made = _identified(with_numbers(roles, units))
    facts = (*by_column.facts, *divided, *looked_up, *made, *_unit_facts(units))
    return replace(
        by_column,
        roles=roles,
        unanswered=unanswered,
        lookups=tuple(lookups),
        units=tuple(units),
        parts=parts,
        facts=facts,
    )


def _unit_facts(units: Mapping[str, str]) -> list[Fact]:
    value = ", ".join(f"{name} ({unit})" for name, unit in units.items())
    return [Fact("units", value, "likely", "every cell is a number with the same unit")] if units else []


def divide_by_column(roles: Roles) -> Prepared:
    """Divide the only table by a column such as "split", whose cells say "train", "val" or "test"."""
    train = roles.train
    if train is None or roles.test is not None:
        return Prepared(roles)
    for name in train.names:
        values = sorted(set(train[name])) if PART_NAME.fullmatch(name) else []
        parts = {value: part_word(value) for value in values[:MOST_PARTS]}
        if len(values) != len(parts) or not {"train", "test"} <= {*parts.values()} <= {"train", "valid", "test"}:
            continue
        tests = tuple(value for value, part in parts.items() if part == "test")
        asked = train[name].isin(tests)
        frame = train.frame.drop(columns=[name])
        test = replace(train, frame=frame[asked].reset_index(drop=True))
        rest = replace(train, frame=frame[~asked].reset_index(drop=True))
        value = f"{len(test):,} rows of {train.path.name} are the test part"
        fact = Fact("divided", value, "certain", f"{name!r} holds {', '.join(tests)}")
        return Prepared(replace(roles, train=rest, test=test), part_column=name, test_values=tests, facts=(fact,))
    return Prepared(roles)


def _divided(roles: Roles) -> tuple[Roles, int, list[Fact]]:
    """Take rows of the only table as the test part: the sample submission asks for them, and they have no target."""
    train, sample = roles.train, roles.sample
    if train is None or sample is None or roles.test is not None or len(sample.names) < 2:
        return roles, 0, []
    id = next((name for name in train.names if same_name(name, sample.names[0])), None)
    targets = [name for name in train.names if any(same_name(name, written) for written in sample.names[1:])]
    if id is None or len(targets) != len(sample.names) - 1:
        return roles, 0, []
    asked = train[id].isin(set(sample[sample.names[0]]))
    bare = train.frame[targets].isin(MISSING_NUMBER).all(axis=1)
    if not asked.any() or asked.all() or not bare[asked].all():
        return roles, 0, []
    test = replace(train, frame=train.frame[asked].drop(columns=targets).reset_index(drop=True))
    rest = replace(train, frame=train.frame[~asked].reset_index(drop=True))
    reason = f"the ids of {sample.path.name}, which have no target"
    fact = Fact("divided", f"{len(test):,} rows of {train.path.name} are the test part", "certain", reason)
    return replace(roles, train=rest, test=test), len(test), [fact]


def _looked_up(roles: Roles) -> tuple[Roles, list[Lookup], list[Fact]]:
    train, test = roles.train, roles.test
    if train is None or test is None:
        return roles, [], []
    lookups = find_lookups(train, test, [table for table in roles.others if not is_answers(table.path)])
    if not lookups:
        return roles, [], []
    used = [table for lookup in lookups for table in (lookup.train, lookup.test)]
    others = tuple(table for table in roles.others if not any(table is other for other in used))
    facts = [
        Fact("joined", f"{lookup.names} by {', '.join(lookup.keys)}", "likely", "its keys name each row once")
        for lookup in lookups
    ]
    train = with_lookups(train, [(lookup.train, lookup.keys) for lookup in lookups])
    test = with_lookups(test, [(lookup.test, lookup.keys) for lookup in lookups])
    return replace(roles, train=train, test=test, others=others), lookups, facts


def _identified(roles: Roles) -> tuple[Roles, IdParts | None, list[Fact]]:
    test, sample = roles.test, roles.sample
    if roles.train is None or test is None or sample is None:
        return roles, None, []
    keys = find_keys(sample, test)
    if keys is not None:
        return _with_keys(roles, roles.train, test, sample, keys)
    if sample.names[0] in roles.train.names:
        return roles, None, []
    name, ids = sample.names[0], sample[sample.names[0]].tolist()
    if any(same_name(column, name) or set(test[column]) == set(ids) for column in test.names):
        return roles, None, []
    parts = find_parts(ids, test)
    if parts is None:
        return roles, None, []
    fact = Fact("id", f"{name}: {parts.words}", "certain", f"these columns, joined, are the ids of {sample.path.name}")
    return replace(roles, train=with_ids(roles.train, name, parts), test=with_ids(test, name, parts)), parts, [fact]


def _with_keys(
    roles: Roles, train: SourceTable, test: SourceTable, sample: SourceTable, keys: IdParts
) -> tuple[Roles, IdParts, list[Fact]]:
    """The tables with one column of ids that stands for several, and the sample submission with it alone."""
    name = "_".join(keys.columns)
    made = with_ids(sample, name, keys)
    asked = replace(made, frame=made.frame[[name, *[c for c in sample.names if c not in keys.columns]]])
    tables = replace(roles, train=with_ids(train, name, keys), test=with_ids(test, name, keys), sample=asked)
    reason = f"{sample.path.name} begins with them, and they name each row once"
    return tables, keys, [Fact("id", f"{', '.join(keys.columns)} together", "certain", reason)]
