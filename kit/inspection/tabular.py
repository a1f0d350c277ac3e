"""A contest whose samples are the rows of tables: numbers, categories, dates and texts, or the pixels of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kit.errors import DataError
from kit.inspection.columns import Cells, count_cells, days_first, number
from kit.inspection.features import (
    column_facts,
    describe_features,
    feature_names,
    missing_facts,
    missing_words,
    pixel_side,
)
from kit.inspection.findings import ColumnReport, Fact, Inspection
from kit.inspection.grouping import find_group, find_time, repeated_id
from kit.inspection.ids import IdColumn, find_id
from kit.inspection.kinds import TargetKind, balance_fact, find_kind
from kit.inspection.metric_names import choose_metric
from kit.inspection.options import Options
from kit.inspection.preparation import Prepared, prepare_tables
from kit.inspection.roles import Roles, is_answers
from kit.inspection.submissions import find_submission, refuse_keys
from kit.inspection.targets import Targets, find_targets


def inspect_table(roles: Roles, options: Options) -> Inspection:
    """Inspect a contest of tables. Raises DataError for what is not understood, naming it."""
    options.refuse_others("tables", "target", "metric", "group", "time", "id", "kind", "positive")
    prepared = prepare_tables(roles)
    roles = prepared.roles
    train = roles.training
    id = find_id(roles, options.id)
    targets = find_targets(roles, id, options.target)
    cells = {name: count_cells(train[name]) for name in train.names}
    targets, kind = target_kind(roles, targets, cells, options)
    if kind.kind == "masks":
        raise DataError(
            "the target holds run-length encoded masks, but there are no images",
            expected="images whose names are ids of the table",
            found=f"column {targets.names[0]!r}",
            where=train.path,
        )
    submission, submission_facts = find_submission(roles.sample, id, targets, kind, options.metric)
    if prepared.parts is not None and prepared.parts.apart:
        refuse_keys(submission, roles)
    metric, metric_fact = choose_metric(
        options.metric, kind.kind, submission.labels, skewed=kind.skewed, ranks=submission.ranks, low=kind.low
    )
    used = {name: cells[name] for name in feature_names(roles, id, targets, cells)}
    group, group_facts = find_group(roles, used, options.group)
    repeated = id.name is not None and id.name in train.names and bool(train[id.name].duplicated().any())
    if repeated and not options.group:
        group, fact = repeated_id(cells[str(id.name)], str(id.name))
        group_facts = [fact]
    time, time_facts = find_time(roles, used, options.time)
    columns = describe_features(used, roles, time, group)
    side = pixel_side(columns)
    facts = [*table_facts(roles), *prepared.facts, id.fact, targets.fact, *kind.facts, *submission_facts, metric_fact]
    facts += [*group_facts, *time_facts, *column_facts(columns, side), *missing_facts(columns, kind)]
    warnings = [
        *id.warnings,
        *targets.warnings,
        *warn_of_rows(roles, targets),
        *_table_warnings(roles, id, targets, columns),
    ]
    return Inspection(
        layout="arrays" if side else "table",
        kind=kind.kind,
        targets=targets.names,
        classes=classes_in_order(kind, targets),
        numeric_classes=kind.numeric,
        id=id.name,
        first_id=id.first,
        columns=tuple(columns),
        submission=submission,
        metric=metric,
        group=group,
        time=time,
        source={
            **table_source(roles),
            **prepared_source(prepared),
            **({"pixels": side, "how": "pixels"} if side else {}),
            "one_hot": kind.one_hot,
            "separator": kind.separator,
            "id_in_train": id.name in train.names,
            "arrays": {},
            "joined": tuple(table.path.name for table in roles.joined),
            "joined_by": roles.keys,
            "sample_order": prepared.unanswered > 0 or _needs_order(roles, id),
            "days_first": any(days_first(column.counts) for column in used.values() if column.dates),
            "missing": missing_words(roles, columns),
            "commas": any(cells[name].commas for name in (*used, *targets.names)),
        },
        counts={"train": len(train) - kind.missing, "test": len(roles.test) if roles.test else 0},
        balance=kind.balance or {},
        facts=tuple(facts),
        warnings=tuple(warnings),
        scales=kind.scales,
        missing_targets=kind.missing + prepared.unanswered,
        repeated_ids=repeated,
    )


def target_kind(
    roles: Roles, targets: Targets, cells: Mapping[str, Cells], options: Options
) -> tuple[Targets, TargetKind]:
    """The kind of the targets; columns of 0 and 1 of which each row has exactly one 1 are the classes of one target."""
    values = None
    if roles.sample is not None and len(roles.sample.names) == 2:
        values = count_cells(roles.sample[roles.sample.names[1]])
    kind = find_kind({name: cells[name] for name in targets.names}, values, options.kind, options.positive)
    if kind.kind != "multi-label" or options.kind or kind.missing or len(targets.names) < 3:
        return targets, kind
    ones = sum(roles.training[name].map(number) for name in targets.names)
    if not (ones == 1).all():
        return targets, kind
    reason = "every row has exactly one 1 in these columns"
    count = Fact("kind", f"{len(targets.names)} classes, one column for each", "certain", reason, "--kind")
    facts = (count, balance_fact(kind.balance or {}))
    return replace(targets, class_columns=tuple((name, name) for name in targets.names)), replace(
        kind, kind="classes", one_hot=True, facts=facts
    )


def classes_in_order(kind: TargetKind, targets: Targets) -> tuple[str, ...]:
    """The classes in the order of the submission's columns, where it has one column per class."""
    return tuple(label for label, _ in targets.class_columns) or kind.classes


def _needs_order(roles: Roles, id: IdColumn) -> bool:
    """Whether the sample submission has other rows than the test part, or another order."""
    if roles.sample is None or roles.test is None or id.name is None:
        return False
    return bool(roles.sample[id.written].tolist() != roles.test[id.name].tolist())


def table_source(roles: Roles) -> dict[str, object]:
    """The tables' names and how they are written, for the reader."""
    named = {"train": roles.train, "test": roles.test, "sample": roles.sample}
    source: dict[str, object] = {role: table.path.name if table else "" for role, table in named.items()}
    return {**source, "forms": table_forms(roles)}


def prepared_source(prepared: Prepared) -> dict[str, object]:
    """How a reader joins further tables and makes ids."""
    lookups, parts = prepared.lookups, prepared.parts
    tables = [table for lookup in lookups for table in (lookup.train, lookup.test)]
    return {
        "forms": {**table_forms(prepared.roles), **{table.path.name: table.form for table in tables}},
        "lookups": {lookup.train.path.name: lookup.keys for lookup in lookups},
        "test_lookups": {lookup.test.path.name: lookup.keys for lookup in lookups},
        "units": prepared.units,
        "part_column": prepared.part_column,
        "test_values": prepared.test_values,
        "id_parts": parts.columns if parts else (),
        "id_separator": parts.separator if parts else "",
        "keys": parts.columns if parts and parts.apart else (),
    }


def table_forms(roles: Roles) -> dict[str, dict[str, Any]]:
    """How each table is written, by its name."""
    tables = [table for table in (roles.train, roles.test, roles.sample, *roles.joined) if table is not None]
    return {table.path.name: table.form for table in tables}


def table_facts(roles: Roles) -> list[Fact]:
    """The lines about the tables themselves."""
    facts = []
    for words, table in (
        ("training part", roles.train),
        ("test part", roles.test),
        ("sample submission", roles.sample),
    ):
        if table is None:
            facts.append(Fact(words, "none", "certain", "no such table"))
            continue
        value = f"{table.path.name}: {len(table):,} rows, {len(table.names)} columns"
        how = [{",": "", "\t": "tabs", ";": "semicolons", "|": "bars", " ": "spaces"}[table.delimiter]]
        how += [table.encoding if table.encoding != "utf-8" else ""]
        how += ["an index column is left out" if table.index else ""]
        how += ["without a header" if table.header else ""]
        if table is roles.train and roles.joined:
            how += [f"joined with {', '.join(t.path.name for t in roles.joined)} by {', '.join(roles.keys)}"]
        facts.append(Fact(words, value, "certain", ", ".join(filter(None, how)) or "by its name"))
    for table in roles.others:
        answers = is_answers(table.path)
        reason = "its name says that it holds answers: never read" if answers else "its name is that of no part"
        facts.append(Fact("not used", table.path.name, "certain" if answers else "likely", reason))
    return facts


def warn_of_rows(roles: Roles, targets: Targets) -> list[str]:
    """Warn of further tables with the training part's columns, such as dev.csv: their rows are not used."""
    train, found = roles.training, []
    for table in roles.others:
        if not is_answers(table.path) and {*table.names} >= {*targets.names} and {*table.names} == {*train.names}:
            way = f"append them to {train.path.name} in a copy of the files to train on them"
            found.append(f"{len(table):,} rows of {table.path.name} have labels and are not used: {way}")
    return found


def _table_warnings(roles: Roles, id: IdColumn, targets: Targets, columns: Sequence[ColumnReport]) -> list[str]:
    train, test = roles.training, roles.test
    warnings = []
    if targets.dropped:
        warnings.append(f"only the training part has {', '.join(targets.dropped)}: not a target, not used")
    if not any(column.feature != "left out" for column in columns):
        raise _nothing_to_learn_from(roles)
    if roles.sample is not None and not roles.sample.encoding.startswith("utf"):
        encoding = roles.sample.encoding
        warnings.append(
            f"{roles.sample.path.name} is written in {encoding}; a submission is UTF-8, as most contests want"
        )
    new = [name for name in (test.names if test else []) if name not in train.names and name != id.name]
    if new:
        warnings.append(f"only the test part has {', '.join(new[:8])}: not used")
    if id.name is not None and id.name in train.names:
        repeated = int(train[id.name].duplicated().sum())
        if repeated:
            warnings.append(f"{repeated:,} rows of {train.path.name} repeat an id: samples are named by their rows")
    twice = int(train.frame.drop(columns=[id.name] if id.name in train.names else []).duplicated().sum())
    if twice:
        warnings.append(f"{twice:,} rows of {train.path.name} are copies of others")
    vague = [c.name for c in columns if c.feature == "date" and days_first(train[c.name]) is None]
    if vague:
        warnings.append(f"dates in {', '.join(vague)} do not tell day from month: the month is taken to be first")
    return warnings


def _nothing_to_learn_from(roles: Roles) -> DataError:
    """No column is left: the two parts may have no name in common, although they mean the same."""
    train, test = roles.training, roles.test
    if test is not None and not len(test):
        return DataError("the test part has no rows", where=test.path, remedy="download it again, or move it elsewhere")
    found = ", ".join(train.names)[:200]
    if test is not None and not {*train.names} & {*test.names}:
        found = f"{found} in {train.path.name}; {', '.join(test.names)[:200]} in {test.path.name}"
        remedy = "write the columns' names in both alike in a copy of the files"
        return DataError("the parts have no column in common", found=found, where=train.path.parent, remedy=remedy)
    return DataError("no column is left to learn from", found=found, where=train.path)
