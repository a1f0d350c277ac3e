"""The submission's columns, their order and their ranges, from the sample submission or as the kit's own."""

from __future__ import annotations

from dataclasses import replace

from kit.errors import DataError
from kit.inspection.columns import Cells, count_cells
from kit.inspection.findings import Confidence, Fact, SubmissionColumn, SubmissionShape, Values
from kit.inspection.ids import IdColumn
from kit.inspection.kinds import TargetKind
from kit.inspection.metric_names import wants_probabilities
from kit.inspection.rankings import find_ranking
from kit.inspection.roles import Roles
from kit.inspection.tables import SourceTable
from kit.inspection.targets import Targets


def find_submission(
    sample: SourceTable | None, id: IdColumn, targets: Targets, kind: TargetKind, metric: str
) -> tuple[SubmissionShape, tuple[Fact, ...]]:
    """Find the columns of a submission with their ranges. ``metric`` is the option, empty if it is not given.

    Numbers are written as the sample submission has them: with decimal commas, or rounded if the target is whole too.
    """
    shape, facts = _find_columns(sample, id, targets, kind, metric)
    if sample is None:
        return shape, facts
    cells = [count_cells(sample[name]) for name in sample.names[1:]]
    if any(column.commas for column in cells):
        columns = tuple(replace(c, decimal=",") if c.kind == "number" else c for c in shape.columns)
        shape, facts = replace(shape, columns=columns), _with_words(facts, "decimal commas")
    if shape.labels == "numbers" and kind.whole and all(column.whole for column in cells):
        shape = replace(shape, whole=True)
        facts = _with_words(facts, f"rounded: those of {sample.path.name} and of the training part are whole")
    return shape, facts


def _with_words(facts: tuple[Fact, ...], words: str) -> tuple[Fact, ...]:
    """The facts, with words added to the line about the values."""
    return tuple(replace(f, value=f"{f.value}; {words}") if f.name == "values" else f for f in facts)


def _find_columns(
    sample: SourceTable | None, id: IdColumn, targets: Targets, kind: TargetKind, metric: str
) -> tuple[SubmissionShape, tuple[Fact, ...]]:
    id_column = SubmissionColumn(id.written, "text" if id.text else "integer")
    if kind.separator and not _are_labels(sample, kind):
        return _cell_of_labels(sample, id_column, targets, kind)
    if kind.kind in ("multi-label", "several numbers"):
        return _columns_of_targets(sample, id_column, targets, kind)
    if targets.class_columns:
        return _columns_of_classes(sample, id_column, targets)
    if sample is not None and len(sample.names) != 2:
        raise DataError(
            "the sample submission has columns that are not understood",
            expected=f"{id.written} and {targets.names[0]}, or a column for each class",
            found=", ".join(sample.names)[:200],
            where=sample.path,
        )
    written = sample.names[1] if sample is not None else targets.names[0]
    cells = count_cells(sample[written]) if sample is not None else None
    source = sample.path.name if sample else ""
    delimiter = delimiter_of(sample)
    ranking = find_ranking(cells, kind, metric)
    if ranking:
        columns = id_column, SubmissionColumn(written, "text", meaning=ranking.meaning)
        shape = SubmissionShape(columns, "ranking", source, ranking.rows, ranking.ranks, ranking.separator, delimiter)
        return shape, (_columns_fact(shape), ranking.fact)
    value, labels, fact = _one_column(written, cells, kind, metric, sample)
    shape = SubmissionShape((id_column, value), labels, source, delimiter=delimiter)
    return shape, (_columns_fact(shape), fact)


def refuse_keys(shape: SubmissionShape, roles: Roles) -> None:
    """Refuse rows that several columns name, where a submission holds anything but a class or numbers."""
    if shape.labels in ("class", "numbers"):
        return
    raise DataError(
        "a submission names its rows by several columns, which is supported for classes and numbers only",
        expected="one column of ids",
        found=shape.labels,
        where=roles.sample.path if roles.sample else None,
        remedy="join them into one column of ids in a copy of the tables; kit new-task NAME writes an example",
    )


def _are_labels(sample: SourceTable | None, kind: TargetKind) -> bool:
    """Whether the sample submission has a column for each label."""
    return sample is not None and set(sample.names[1:]) == set(kind.classes)


def _cell_of_labels(
    sample: SourceTable | None, id_column: SubmissionColumn, targets: Targets, kind: TargetKind
) -> tuple[SubmissionShape, tuple[Fact, ...]]:
    """A submission that holds several labels in one cell, as the training table does."""
    names = sample.names if sample is not None else [id_column.name, targets.names[0]]
    if len(names) != 2:
        raise DataError(
            "the sample submission has columns that are not understood",
            expected=f"{id_column.name} and {targets.names[0]}, or a column for each label",
            found=", ".join(names)[:200],
            where=sample.path if sample is not None else None,
        )
    meaning = f"labels, divided by {kind.separator!r}"
    shape = SubmissionShape(
        (id_column, SubmissionColumn(names[1], "text", meaning=meaning)),
        "labels",
        sample.path.name if sample is not None else "",
        separator=kind.separator,
        delimiter=delimiter_of(sample),
    )
    fact = Fact("values", meaning, "certain" if sample is not None else "likely", "as in the training part")
    return shape, (_columns_fact(shape), fact)


def delimiter_of(sample: SourceTable | None) -> str:
    """The delimiter of a submission: that of the sample submission, else a comma."""
    return sample.delimiter if sample is not None else ","


def _one_column(
    name: str, cells: Cells | None, kind: TargetKind, metric: str, sample: SourceTable | None
) -> tuple[SubmissionColumn, Values, Fact]:
    if kind.kind == "regression":
        words = "numbers" if kind.low is None else f"numbers; {kind.low:g} to {kind.high:g} in the training part"
        return SubmissionColumn(name, "number"), "numbers", Fact("values", words, "certain", "regression")
    labels, confidence, reason = _labels_or_probability(cells, kind, metric, sample)
    if labels == "probability":
        meaning = f"probability of {kind.classes[1]}"
        return (
            SubmissionColumn(name, "number", 0, 1, meaning),
            labels,
            Fact("values", meaning, confidence, reason, "--metric"),
        )
    fact = Fact(
        "values",
        f"a class: {', '.join(kind.classes[:6])}{', ...' * (len(kind.classes) > 6)}",
        confidence,
        reason,
        "" if confidence == "certain" else "--metric",
    )
    if kind.numeric and all(name.isdigit() or name.lstrip("-").isdigit() for name in kind.classes):
        numbers = [int(name) for name in kind.classes]
        return SubmissionColumn(name, "integer", min(numbers), max(numbers)), "class", fact
    if kind.kind == "binary" and cells is not None and set(cells.counts) & {"0", "1"} and not _names_class(cells, kind):
        meaning = f"1 is {kind.classes[1]}, 0 is {kind.classes[0]}"
        fact = Fact(
            "values", meaning, "unclear", "the sample submission holds numbers instead of classes", "--positive"
        )
        return SubmissionColumn(name, "integer", 0, 1, meaning), "class", fact
    return SubmissionColumn(name, "text", meaning="a class"), "class", fact


def _names_class(cells: Cells, kind: TargetKind) -> bool:
    """Whether a cell of the sample submission is a class."""
    return bool(set(cells.counts) & set(kind.classes))


def _labels_or_probability(
    cells: Cells | None, kind: TargetKind, metric: str, sample: SourceTable | None
) -> tuple[Values, Confidence, str]:
    """Whether one value column holds classes or the probability of the positive class."""
    if kind.kind != "binary":
        return "class", "certain", f"{len(kind.classes)} classes in one column"
    where = sample.path.name if sample is not None else ""
    if metric:
        probability = wants_probabilities(metric)
        return ("probability" if probability else "class"), "given", f"--metric {metric}"
    if cells is None:
        return "class", "unclear", "no sample submission shows whether classes or probabilities are wanted"
    if cells.numeric and not cells.whole:
        return "probability", "certain", f"{where} holds decimals"
    found = set(cells.counts)
    if len(found) > 1 and found <= set(kind.classes):
        return "class", "certain", f"{where} holds both classes"
    if found and found <= {"0", "1", "0.0", "1.0"} and not found <= set(kind.classes):
        return "probability", "likely", f"{where} holds {', '.join(sorted(found))}, which are no classes"
    if found <= {"0.0", "1.0"}:
        return "probability", "likely", f"{where} holds {', '.join(sorted(found))} with a decimal point"
    shown = f"{where} holds only {next(iter(found))!r}" if found else f"{where} is empty"
    return "class", "unclear", f"{shown}: classes or probabilities (--metric auc if the contest says so)"


def _columns_of_targets(
    sample: SourceTable | None, id_column: SubmissionColumn, targets: Targets, kind: TargetKind
) -> tuple[SubmissionShape, tuple[Fact, ...]]:
    columns = [id_column]
    written = sample.names[1:] if sample is not None else list(targets.names)
    multi = kind.kind == "multi-label"
    for name in written:
        columns.append(SubmissionColumn(name, "number", 0 if multi else None, 1 if multi else None))
    labels: Values = "probabilities" if multi else "numbers"
    shape = SubmissionShape(
        tuple(columns),
        labels,
        sample.path.name if sample else "",
        delimiter=delimiter_of(sample),
    )
    words = "a probability for each label" if multi else "a number for each target"
    fact = Fact("values", words, "certain" if sample else "likely", f"{len(written)} value columns")
    return shape, (_columns_fact(shape), fact)


def _columns_of_classes(
    sample: SourceTable | None, id_column: SubmissionColumn, targets: Targets
) -> tuple[SubmissionShape, tuple[Fact, ...]]:
    source = sample.path.name if sample else ""
    values = [
        SubmissionColumn(name, "number", 0, 1, f"probability of {label}") for label, name in targets.class_columns
    ]
    shape = SubmissionShape((id_column, *values), "probabilities", source, delimiter=delimiter_of(sample))
    fact = Fact("values", "a probability for each class", "certain", f"{len(values)} columns are the classes")
    return shape, (_columns_fact(shape), fact)


def _columns_fact(shape: SubmissionShape) -> Fact:
    names = [column.name for column in shape.columns]
    shown = ", ".join(names[:8]) + (f", ... ({len(names)} columns)" if len(names) > 8 else "")
    if shape.source:
        return Fact("submission", shown, "certain", f"the columns of {shape.source}, in its order of rows")
    return Fact("submission", shown, "unclear", "there is no sample submission: the kit's own form")
