"""One thing to predict, and the two parts of a contest's data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Part = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")


@dataclass(frozen=True)
class Sample:
    """One thing to predict: an image, a slide, a candidate in a scan."""

    id: str
    """The sample's id in a submission."""
    x: Any
    """What ``Task.example`` turns into a model's input: an array, a text, a row of a table, or a path, so that a list
    of samples stays small."""
    y: Any = None
    """The label; None in the test part."""
    group: str | None = None
    """Samples of one group (a patient, a scan, identical content) are on the same side of every split."""
    meta: Mapping[str, Any] = field(default_factory=dict)
    """Further values for the writer and the report; ``--folds NAME`` makes a fold of each value of ``meta[NAME]``,
    and samples without that key are never held out."""


def groups_of(samples: Iterable[Sample]) -> list[str]:
    """The group of each sample, as scikit-learn's splitters take them; a sample without one is a group of its own.

    >>> groups_of([Sample("1", None, group="a"), Sample("a", None)])
    ['group a', 'sample a']
    """
    return [f"sample {sample.id}" if sample.group is None else f"group {sample.group}" for sample in samples]
