"""What kind of target it is: two classes, several, one number, several numbers, several labels at once, masks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kit.errors import DataError
from kit.inspection.columns import CLASSES, FEW_CLASSES, Cells, is_number, number
from kit.inspection.findings import Confidence, Fact, Kind, Scale

RLE = re.compile(r"\d+ \d+(?: \d+ \d+)*\Z")
RLE_NAMES = re.compile(r"rle|encoded|pixels|mask|segmentation|annotation|predicted", re.I)
POSITIVE = ("1", "1.0", "true", "True", "TRUE", "yes", "Yes", "YES", "y", "Y", "t", "positive", "pos", "P", "Ja")
SEPARATORS = (",", ";", "|", " ")
SEVERAL = 0.8  # of the labels stand in several combinations


@dataclass(frozen=True)
class TargetKind:
    """The kind of a target with its classes, as written, in the order of their numbers."""

    kind: Kind
    facts: tuple[Fact, ...]
    classes: tuple[str, ...] = ()
    numeric: bool = False
    """Whether classes are whole numbers."""
    balance: Mapping[str, int] | None = None
    one_hot: bool = False
    """Whether each class has a column of its own, and every row holds 1 in exactly one of them."""
    low: float | None = None
    high: float | None = None
    skewed: bool = False
    whole: bool = False
    """Whether every number is a whole one."""
    missing: int = 0
    separator: str = ""
    """What divides the labels where a cell of one column holds several."""
    scales: tuple[Scale, ...] = ()


def find_kind(targets: Mapping[str, Cells], sample: Cells | None, given: str, positive: str) -> TargetKind:
    """Find the kind of one or several target columns.

    ``sample`` are the value cells of the sample submission, where it has one value column. ``given`` is the option
    ``--kind``. Raises DataError for a target that is not understood.
    """
    names = list(targets)
    if len(names) > 1:
        return _several(targets, given)
    cells = targets[names[0]]
    if not cells.counts:
        raise DataError("the target column is empty", found=names[0])
    if given == "masks" or (not given and is_rle(names[0], cells)):
        reason = "cells are pairs of start and length" if not given else "--kind"
        return TargetKind("masks", (Fact("kind", "masks", "given" if given else "certain", reason, "--kind"),))
    if given == "multi-label":
        return _labels(cells, _separator(cells) or _any_separator(cells), "given", "--kind")
    if given == "regression":
        return _numbers(names[0], cells, "given", "--kind")
    if given in ("binary", "classes"):
        return _classes(cells, "given", "--kind", positive)
    if given:
        raise DataError(
            "--kind does not fit one target column", expected="binary, classes, multi-label or regression", found=given
        )
    return _one(names[0], cells, sample, positive)


def is_rle(name: str, cells: Cells) -> bool:
    """Whether a column holds run-length encoded masks: pairs of numbers, longer than two in some cells."""
    masks = [cell for cell in cells.counts if cell.strip() not in ("-1", "1 0", "")]
    pairs = bool(masks) and all(RLE.match(cell.strip()) for cell in masks)
    return pairs and (bool(RLE_NAMES.search(name)) or any(len(cell.split()) >= 4 for cell in masks))


def _one(name: str, cells: Cells, sample: Cells | None, positive: str) -> TargetKind:
    distinct, rows = len(cells.counts), cells.rows
    if distinct == 1:
        raise DataError("the target has one value only", found=next(iter(cells.counts)), where=f"column {name!r}")
    if distinct == 2:
        return _classes(cells, "certain", "two values", positive)
    if not cells.numeric:
        separator = _separator(cells)
        if separator:
            return _labels(cells, separator, "likely", "labels repeat in several combinations")
        if distinct > 0.5 * rows and distinct > 50:
            found = f"{distinct:,} different texts in {rows:,} rows, such as {next(iter(cells.counts))[:60]!r}"
            remedy = "name another target with --target"
            raise DataError(f"the target {name!r} is free text, which is not supported", found=found, remedy=remedy)
        return _classes(cells, "certain", f"{distinct} different texts", positive)
    if not cells.whole:
        return _numbers(name, cells, "certain", "numbers with decimals")
    fractions = sample is not None and not sample.whole and sample.numeric
    if distinct > CLASSES or rows < 4 * distinct or fractions:
        sure: Confidence = "certain" if distinct > 100 or fractions else "likely"
        reason = "the sample submission holds decimals" if fractions else f"{distinct:,} different whole numbers"
        return _numbers(name, cells, sure, reason)
    return _whole_numbers(name, cells)


def _whole_numbers(name: str, cells: Cells) -> TargetKind:
    """Few whole numbers: classes, unless their order may matter; the files do not tell."""
    values = cells.numbers
    contiguous = len(values) == values[-1] - values[0] + 1
    smallest, largest = min(cells.counts.values()), max(cells.counts.values())
    if contiguous and largest <= 4 * smallest and values[0] in (0, 1):
        reason = f"{len(values)} whole numbers without a gap, of similar number"
        return _classes(cells, "likely", reason, "")
    reason = f"{len(values)} whole numbers from {values[0]:g} to {values[-1]:g}: classes, or an order or a count"
    if len(values) > FEW_CLASSES:
        return _numbers(name, cells, "unclear", f"{reason} (--kind classes)")
    return _classes(cells, "unclear", f"{reason} (--kind regression)", "")


def _several(targets: Mapping[str, Cells], given: str) -> TargetKind:
    kind = given
    names = list(targets)
    texts = [name for name in names if not targets[name].numeric]
    masks = [name for name in texts if is_rle(name, targets[name])]
    if masks:
        raise DataError(
            "masks of several classes are not supported",
            expected="one image and one run-length encoded mask per row",
            found=", ".join(names)[:200],
            remedy="keep the rows of one class in a copy of the tables, without the column of classes",
        )
    if texts:
        raise DataError(
            "several targets are supported as numbers or as columns of 0 and 1",
            found=f"texts in {', '.join(texts)[:200]}",
            remedy="name one target with --target",
        )
    zero_one = all(set(cells.numbers.tolist()) <= {0.0, 1.0} for cells in targets.values())
    if kind not in ("", "regression", "multi-label"):
        raise DataError("--kind does not fit several targets", expected="regression or multi-label", found=given)
    missing = sum(sum(cells.missing.values()) for cells in targets.values())
    if kind == "multi-label" or (not kind and zero_one):
        balance = {name: sum(n for cell, n in c.counts.items() if number(cell) == 1) for name, c in targets.items()}
        sure, reason = ("given", "--kind") if given else ("certain", f"{len(names)} columns of 0 and 1")
        fact = Fact("kind", f"{len(names)} labels, several at once", sure, reason, "--kind")  # type: ignore[arg-type]
        return TargetKind("multi-label", (fact,), tuple(names), balance=balance, missing=missing)
    scales = tuple(_scale(_values(cells)) for cells in targets.values())
    low = min(float(cells.numbers[0]) for cells in targets.values())
    high = max(float(cells.numbers[-1]) for cells in targets.values())
    fact = Fact("kind", f"{len(names)} numbers (regression)", "given" if given else "certain", "columns of numbers")
    whole = all(cells.whole for cells in targets.values())
    return TargetKind("several numbers", (fact,), low=low, high=high, whole=whole, missing=missing, scales=scales)


def _numbers(name: str, cells: Cells, confidence: Confidence, reason: str) -> TargetKind:
    if not cells.numeric:
        found = next(cell for cell in cells.counts if not is_number(cell))
        raise DataError(f"the target {name!r} is no number", expected="numbers", found=found, remedy="--kind classes")
    values = _values(cells)
    spread = float(values.std())
    skew = float(((values - values.mean()) ** 3).mean() / spread**3) if spread else 0.0
    skewed = bool(values.min() >= 0 and skew > 1)
    facts = [
        Fact("kind", "a number (regression)", confidence, reason, "--kind"),
        Fact(
            "range of the target",
            f"{values.min():g} to {values.max():g}, median {np.median(values):g}"
            + (", skewed to the right" if skewed else ""),
            "certain",
            f"skewness {skew:.1f}",
        ),
    ]
    low, high, missing = float(values.min()), float(values.max()), sum(cells.missing.values())
    numbers = TargetKind("regression", tuple(facts), low=low, high=high, missing=missing, scales=(_scale(values),))
    return replace(numbers, skewed=skewed, whole=cells.whole)


def _values(cells: Cells) -> np.ndarray:
    """All numbers of a column, float64 (N,)."""
    return np.repeat([number(cell) for cell in cells.counts], list(cells.counts.values()))


def _scale(values: np.ndarray) -> Scale:
    plain = float(values.mean()), float(values.std())
    if values.min() < 0:
        return Scale(plain)
    logarithms = np.log1p(values)
    return Scale(plain, (float(logarithms.mean()), float(logarithms.std())))


def _classes(cells: Cells, confidence: Confidence, reason: str, positive: str) -> TargetKind:
    classes = order_classes(cells.counts, positive)
    binary = len(classes) == 2
    shown = ", ".join(classes[:8]) + (", ..." if len(classes) > 8 else "")
    facts = [Fact("kind", "two classes" if binary else f"{len(classes)} classes", confidence, reason, "--kind")]
    facts += [class_fact(classes, shown, binary=binary, positive=positive)]
    facts += [balance_fact({name: cells.counts[name] for name in classes})]
    missing = sum(cells.missing.values())
    balance = {name: cells.counts[name] for name in classes}
    return TargetKind("binary" if binary else "classes", tuple(facts), classes, cells.whole, balance, missing=missing)


def class_fact(classes: Sequence[str], shown: str, *, binary: bool, positive: str) -> Fact:
    """The line that lists the classes, and of two says which is the positive one."""
    if not binary:
        return Fact("classes", shown, "certain", "in the order of their numbers")
    sure: Confidence = "given" if positive else "certain" if classes[1] in POSITIVE else "unclear"
    reason = "" if sure == "certain" else "--positive" if positive else "the files do not tell which counts as positive"
    return Fact("classes", f"{shown}; positive: {classes[1]}", sure, reason or "1 and true are", "--positive")


def order_classes(counts: Mapping[str, int], positive: str) -> tuple[str, ...]:
    """The classes in order: numbers by value, else by name; of two the positive one second."""
    numeric = all(map(is_number, counts))
    ordered = sorted(counts, key=lambda cell: (number(cell), cell) if numeric else (0.0, cell))
    if positive:
        if positive not in counts:
            raise DataError("--positive names no class", expected=", ".join(ordered), found=positive)
        ordered = [name for name in ordered if name != positive] + [positive]
    elif len(ordered) == 2 and ordered[0] in POSITIVE and ordered[1] not in POSITIVE:
        ordered.reverse()
    return tuple(ordered)


def balance_fact(counts: Mapping[str, int]) -> Fact:
    """The line that says how many samples the classes have."""
    total = sum(counts.values())
    small, large = min(counts, key=lambda name: counts[name]), max(counts, key=lambda name: counts[name])
    if len(counts) <= 4:
        value = ", ".join(f"{name}: {count:,} ({count / total:.0%})" for name, count in counts.items())
    else:
        value = f"{counts[small]:,} ({small}) to {counts[large]:,} ({large}) of {total:,}"
    rare = sum(count < 5 for count in counts.values())
    note = f"{rare} of the classes {'has' if rare == 1 else 'have'} fewer than 5 samples" if rare else "counted"
    return Fact("class balance", value, "certain", note)


def _labels(cells: Cells, separator: str, confidence: Confidence, reason: str) -> TargetKind:
    """Several labels in each cell; an empty cell has none."""
    counts: Counter[str] = Counter()
    for cell, count in cells.counts.items():
        for label in labels_of(cell, separator):
            counts[label] += count
    classes = order_classes(counts, "")
    shown = ", ".join(classes[:8]) + (", ..." if len(classes) > 8 else "")
    value = f"{len(classes)} labels, several in a cell, divided by {separator!r}"
    facts = [
        Fact("kind", value, confidence, reason, "--kind"),
        Fact("classes", shown, "certain", "in the order of their numbers"),
        balance_fact(counts),
    ]
    numeric = all(label.isdigit() for label in classes)
    return TargetKind("multi-label", tuple(facts), classes, numeric, dict(counts), separator=separator)


def labels_of(cell: str, separator: str) -> list[str]:
    """The labels of a cell.

    >>> labels_of("haze  primary", " "), labels_of("a, b", ",")
    (['haze', 'primary'], ['a', 'b'])
    """
    return [label.strip() for label in cell.split(separator) if label.strip()]


def _separator(cells: Cells) -> str:
    """What divides the labels, if cells seem to list several: nearly every label stands in several combinations."""
    for separator in SEPARATORS:
        combinations = [frozenset(labels_of(cell, separator)) for cell in cells.counts]
        used = Counter(label for labels in combinations for label in labels)
        many = [labels for labels in combinations if len(labels) > 1]
        several = sum(count > 1 for count in used.values())
        if len(many) >= 3 and len(used) < len(combinations) and several >= SEVERAL * len(used):
            return separator
    return ""


def _any_separator(cells: Cells) -> str:
    """The mark that most cells have."""
    return max(reversed(SEPARATORS), key=lambda separator: sum(separator in cell for cell in cells.counts))
