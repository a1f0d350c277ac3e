"""A contest of arrays: .npz, .npy and .h5 files with names such as X_train, y_train and X_test."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kit.errors import DataError
from kit.inspection.columns import Cells, count_cells
from kit.inspection.files import Download
from kit.inspection.findings import Confidence, Fact, Inspection
from kit.inspection.flat_arrays import inspect_vectors
from kit.inspection.ids import IdColumn, ids_are_text
from kit.inspection.kinds import find_kind
from kit.inspection.metric_names import choose_metric
from kit.inspection.options import Options
from kit.inspection.picture_parts import part_word
from kit.inspection.roles import Roles, find_roles
from kit.inspection.stored_arrays import StoredArray, list_arrays
from kit.inspection.submissions import find_submission
from kit.inspection.tables import read_table
from kit.inspection.tabular import table_facts
from kit.inspection.targets import Targets

LABEL = re.compile(r"^(?:y|label|target|class)", re.I)
LABEL_PART = re.compile(r"(?:^|[^a-z])(?:y|labels?|targets?|class(?:es)?)(?:$|[^a-z])", re.I)
INPUT = re.compile(r"(?:^|[^a-z])(?:x|images?|data|features?|inputs?)(?:$|[^a-z])", re.I)


def inspect_arrays(download: Download, options: Options) -> Inspection:
    """Inspect a contest of arrays. Raises DataError where no inputs with labels are found, with all that is there."""
    arrays = [array for path in download.arrays for array in list_arrays(path)]
    roles = find_roles([read_table(path) for path in download.tables])
    parts = _parts(arrays, download)
    x, y = parts["train x"], parts["train y"]
    if not options.shape and len(x.shape) == 2 and not _folds(x.shape[1]):
        return inspect_vectors(parts, roles, options)
    options.refuse_others("arrays", "metric", "kind", "positive", "shape")
    shape, shape_fact = image_shape(x.shape[1:], options.shape)
    labels = y.read().reshape(len_of(y), -1)
    cells = _label_cells(labels)
    sample = count_cells(roles.sample[roles.sample.names[1]]) if roles.sample and len(roles.sample.names) == 2 else None
    kind = find_kind(cells, sample, options.kind, options.positive)
    test = parts.get("test x")
    id = _id(roles, test)
    names = tuple(cells)
    targets = Targets(names, Fact("target", y.words, "certain", "as many rows as the inputs"))
    submission, submission_facts = find_submission(roles.sample, id, targets, kind, options.metric)
    metric, metric_fact = choose_metric(
        options.metric, kind.kind, submission.labels, skewed=kind.skewed, ranks=submission.ranks
    )
    valid = parts.get("valid x")
    counts = {"train": len_of(x), "valid": len_of(valid), "test": len_of(test)}
    counted = ", ".join(f"{count:,} {words}" for count, words in zip(counts.values(), WORDS, strict=True) if count)
    facts = [
        *[fact for fact in table_facts(Roles(None, None, roles.sample)) if fact.value != "none"],
        *[Fact(role, array.words, "certain", f"in {array.path.name}") for role, array in parts.items()],
        Fact("samples", counted, "certain", "by the arrays' lengths"),
        shape_fact,
        id.fact,
        *kind.facts,
        *submission_facts,
        metric_fact,
    ]
    unused = [array.words for array in arrays if array not in parts.values()]
    return Inspection(
        layout="arrays",
        kind=kind.kind,
        targets=names,
        classes=kind.classes,
        numeric_classes=kind.numeric,
        id=id.name,
        first_id=id.first,
        columns=(),
        submission=submission,
        metric=metric,
        group=None,
        time=None,
        source={
            "how": "arrays",
            "arrays": {role: [array.path.name, array.key] for role, array in parts.items()},
            "sample": roles.sample.path.name if roles.sample else "",
            "shape": list(shape),
            "channels_first": len(x.shape) < 4 or x.shape[-1] not in (1, 3),
            "factor": _factor(x),
            "valid": valid is not None,
            "one_hot": labels.shape[1] > 1 and len(names) == 1,
            "side": shape[-1],
            "mirror": False,
            "photographs": False,
        },
        counts=counts,
        balance=kind.balance or {},
        facts=tuple(facts),
        warnings=tuple(f"not used: {words}" for words in unused),
        scales=kind.scales,
    )


WORDS = ("to train on", "for validation", "to predict")


def len_of(array: StoredArray | None) -> int:
    """The number of samples in an array."""
    return array.shape[0] if array is not None else 0


def _parts(arrays: Sequence[StoredArray], download: Download) -> dict[str, StoredArray]:
    """Arrays by role: "train x", "train y", "valid x", "valid y", "test x"; the first two must be there."""
    found: dict[str, list[StoredArray]] = {}
    for array in arrays:
        part = part_word(array.name) or part_word(array.path.stem) or "train"
        label = LABEL_PART.search(array.name) or (LABEL.match(array.name) and len(array.shape) <= 2)
        if len(array.shape) >= 1 and (label or INPUT.search(array.name)):
            found.setdefault(f"{part} {'y' if label else 'x'}", []).append(array)
    parts = {role: several[0] for role, several in found.items() if len(several) == 1}
    double = {role: several for role, several in found.items() if len(several) > 1}
    x, y = parts.get("train x"), parts.get("train y")
    if x is None or y is None or len_of(x) != len_of(y) or len(x.shape) < 2 or double:
        raise DataError(
            "these arrays are not understood",
            expected="inputs and labels of one length called X_train and y_train, and X_test",
            found="; ".join(array.words for array in arrays)[:400] or "no arrays",
            where=download.folder,
        )
    parts.pop("test y", None)
    order = ("train x", "train y", "valid x", "valid y", "test x")
    return {role: parts[role] for role in order if role in parts}


def image_shape(shape: tuple[int, ...], given: tuple[int, ...]) -> tuple[tuple[int, ...], Fact]:
    """The shape of one input as an image (C, H, W) or volume (C, D, H, W); flat ones are folded where that is known."""
    if given:
        if math.prod(given) != math.prod(shape):
            raise DataError("--shape does not fit the inputs", expected=f"{math.prod(shape):,} values", found=given)
        full = given if len(given) > 2 else (1, *given)
        return full, Fact("input", _times(given), "given", "--shape")
    if len(shape) == 3 and shape[-1] in (1, 3):
        return (shape[2], shape[0], shape[1]), Fact("input", f"{_times(shape)}: channels last", "likely", "its shape")
    if len(shape) == 3 and shape[0] in (1, 3):
        return shape, Fact("input", f"{_times(shape)}: channels first", "likely", "its shape")
    if len(shape) == 2:
        return (1, *shape), Fact("input", f"{_times(shape)} images", "likely", "its shape")
    if len(shape) in (3, 4):
        full = (1, *shape) if len(shape) == 3 else (shape[-1], *shape[:-1])
        return full, Fact("input", f"{_times(shape)} volumes", "likely", "its shape")
    return _folded(shape[0], shape)


def _folds(values: int) -> list[tuple[int, ...]]:
    """The images and volumes that have as many values, sides of at least 8."""
    folds: list[tuple[int, ...]] = []
    for channels in (1, 3):
        side = math.isqrt(values // channels)
        if side >= 8 and side * side * channels == values:
            folds.append((channels, side, side))
    cube = round(values ** (1 / 3))
    if cube >= 8 and cube**3 == values:
        folds.append((1, cube, cube, cube))
    return folds


def _folded(values: int, shape: tuple[int, ...]) -> tuple[tuple[int, ...], Fact]:
    """A flat input as the image that has as many pixels; several answers are said to be possible."""
    folds = _folds(values)
    if len(shape) != 1 or not folds:
        raise DataError(
            "the inputs are neither images nor volumes",
            expected="a shape such as (N, 28, 28), or as many values as a square has pixels",
            found=f"{_times(shape)} values per sample",
            remedy="give it with --shape, for instance --shape 28,28",
        )
    words = " or ".join(_times(fold[1:] if fold[0] == 1 else (*fold[1:], fold[0])) for fold in folds)
    sure: Confidence = "likely" if len(folds) == 1 else "unclear"
    return folds[0], Fact("input", f"{values:,} values: {words}", sure, "as many values as these have", "--shape")


def _times(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def _label_cells(labels: np.ndarray) -> Mapping[str, Cells]:
    """Labels as counted cells, one column per label; one-hot columns become one label, the number of the class."""
    if labels.shape[1] > 1 and set(np.unique(labels)) <= {0, 1} and (labels.sum(1) == 1).all():
        labels = labels.argmax(1)[:, None]
    single = labels.shape[1] == 1
    return {
        "label" if single else f"label{column}": Cells(dict(Counter(map(_cell, labels[:, column].tolist()))), {})
        for column in range(labels.shape[1])
    }


def _cell(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _id(roles: Roles, test: StoredArray | None) -> IdColumn:
    sample = roles.sample
    if test is None:
        return IdColumn(None, "id", 0, True, Fact("id", "part and row number", "unclear", "there is no test part"))
    if sample is None:
        return IdColumn(None, "id", 0, False, Fact("id", "row numbers from 0", "unclear", "no sample submission"))
    ids = sample[sample.names[0]].tolist()
    for first in (0, 1):
        if ids == [str(first + row) for row in range(len_of(test))]:
            fact = Fact("id", f"{sample.names[0]}: row numbers from {first}", "certain", f"ids of {sample.path.name}")
            return IdColumn(None, sample.names[0], first, False, fact)
    raise DataError(
        "the sample submission's ids are not the rows of the test array",
        expected=f"{len_of(test):,} numbers from 0 or 1",
        found=f"{len(ids):,} ids, the first {ids[0] if ids else None!r}{' (text)' if ids_are_text(ids) else ''}",
        where=sample.path,
    )


def _factor(x: StoredArray) -> float:
    """What inputs are multiplied by to lie from 0 to 255: 1 for bytes, 255 for fractions, else by their maximum."""
    if x.dtype == np.uint8:
        return 1.0
    largest = float(x.read()[:1000].max())
    return 255.0 if largest <= 1 else 1.0 if largest <= 255 else 255.0 / largest
