"""What an inspection found: facts with how sure they are and why, in a form for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Confidence = Literal["given", "certain", "likely", "unclear"]
"""``given``: an option says so; ``certain``: the files allow nothing else; ``likely``: signs agree; ``unclear``: the
files do not tell, and a default was taken."""
Layout = Literal["table", "images", "masks", "arrays"]
Kind = Literal["binary", "classes", "regression", "several numbers", "multi-label", "masks"]
Values = Literal["class", "labels", "ranking", "probability", "probabilities", "numbers", "rle"]
"""What a submission holds: a class, several labels in a cell, the likeliest classes, one probability, a probability a
class, numbers or masks."""
Feature = Literal["number", "category", "text", "date", "left out"]


@dataclass(frozen=True)
class Fact:
    """One line of an inspection."""

    name: str
    value: str
    confidence: Confidence
    reason: str
    option: str = ""
    """The option of ``kit new-task`` that changes it."""

    def as_dict(self) -> dict[str, str]:
        """The documented JSON form."""
        return {key: getattr(self, key) for key in ("name", "value", "confidence", "reason", "option")}


@dataclass(frozen=True)
class ColumnReport:
    """One column of the training table."""

    name: str
    feature: Feature
    missing: Mapping[str, int] = field(default_factory=dict)
    """How many cells hold each word for a missing value; an empty cell is "empty"."""
    distinct: int = 0
    low: float | None = None
    high: float | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        keys = ("name", "feature", "distinct", "low", "high", "note")
        return {**{key: getattr(self, key) for key in keys}, "missing": dict(self.missing)}


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of a target, and of log(1 + target) where it is never below 0."""

    values: tuple[float, float]
    logarithms: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class SubmissionColumn:
    """One column of the submission: ``kind`` as in :mod:`kit.contract.format`, with the range of its values."""

    name: str
    kind: Literal["integer", "number", "text"]
    low: float | None = None
    high: float | None = None
    meaning: str = ""
    decimal: Literal[".", ","] = "."


@dataclass(frozen=True)
class SubmissionShape:
    """The submission's columns in order; ``labels``: how the values stand in it."""

    columns: tuple[SubmissionColumn, ...]
    labels: Values
    source: str
    """The file that shows them; empty: none does."""
    rows_per_id: int = 1
    """The most rows of an id."""
    ranks: int = 0
    """Rankings: how many classes are listed at most, the most probable first."""
    separator: str = ""
    """What divides the classes of a cell in rankings, where empty: each has a row of its own; or the labels."""
    delimiter: str = ","
    whole: bool = False
    """Whether numbers are rounded, since the files hold whole ones only."""
    blank: str = ""
    """What stands for an empty mask."""
    encoding: Mapping[str, Any] = field(default_factory=dict)
    """Masks: ``order`` ("C" or "F") and ``start`` (0 or 1) of the run-length encoding."""


@dataclass(frozen=True)
class Inspection:
    """Everything that is known about a folder; :mod:`kit.inspection.plugin` writes a plugin from it."""

    layout: Layout
    kind: Kind
    targets: tuple[str, ...]
    classes: tuple[str, ...]
    """The classes as they are written in the files, in the order of their numbers; the second of two is positive."""
    numeric_classes: bool
    id: str | None
    """The id column of the tables; None: samples are numbered, or named after their files."""
    first_id: int
    """Where ``id`` is None in a table: the number of the first row of the test part."""
    columns: tuple[ColumnReport, ...]
    submission: SubmissionShape
    metric: str
    group: str | None
    time: str | None
    source: Mapping[str, Any]
    """How the reader finds the data; its keys depend on the layout."""
    counts: Mapping[str, int]
    balance: Mapping[str, int]
    facts: tuple[Fact, ...]
    warnings: tuple[str, ...] = ()
    scales: tuple[Scale, ...] = ()
    """Of each target that is a number."""
    missing_targets: int = 0
    """Rows of the training part without a target."""
    repeated_ids: bool = False
    """Whether ids repeat in the training part."""

    def features(self, *kinds: Feature) -> tuple[str, ...]:
        """The names of the columns that are used as one of these kinds."""
        return tuple(column.name for column in self.columns if column.feature in kinds)

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form of ``kit new-task --from DIR --json``."""
        return {
            "layout": self.layout,
            "kind": self.kind,
            "id": self.id,
            "targets": list(self.targets),
            "classes": list(self.classes),
            "class_balance": dict(self.balance),
            "samples": dict(self.counts),
            "columns": [column.as_dict() for column in self.columns],
            "submission": {
                "columns": [vars(column) for column in self.submission.columns],
                "values": self.submission.labels,
                "source": self.submission.source,
                "rows_per_id": self.submission.rows_per_id,
            },
            "metric": self.metric,
            "group": self.group,
            "time": self.time,
            "source": _plain(self.source),
            "facts": [fact.as_dict() for fact in self.facts],
            "warnings": list(self.warnings),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    return str(value)
