"""One thing to predict, and the two parts of a contest's data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Part = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")


@dataclass(frozen=True)
class Sample:
    """One thing to predict: an image, a slide, a candidate in a scan.

    ``x`` is whatever ``Task.example`` turns into a model's input: an array, or a path to read it from later, so that a
    list of samples stays small. ``y`` is the label, None where there is none (the test part). Samples of one ``group``
    (a patient, a scan, identical content) never straddle a split. ``meta`` holds what the writer, a named fold scheme
    (``--folds NAME`` reads ``meta[NAME]``) or the report needs.
    """

    id: str
    x: Any
    y: Any = None
    group: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
