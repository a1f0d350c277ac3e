"""What an audit finds and what a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kit.contract.sample import Sample


@dataclass(frozen=True)
class Finding:
    """What an audit found. An ``error`` makes the data unfit; a ``warning`` or ``note`` does not."""

    level: Literal["error", "warning", "note"]
    kind: str
    where: str
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Figure:
    """A picture for the report: PNG bytes with a title and a caption."""

    title: str
    png: bytes
    caption: str = ""


@dataclass(frozen=True)
class Evidence:
    """What a run leaves for a task's own figures.

    ``samples`` were held out (or are the test part where answers exist), ``predictions`` are theirs in the same order;
    ``maps`` holds what ``Task.explain`` returned, by sample id; ``tuned`` and ``details`` are the run's fitted values
    and the metric's further figures.
    """

    samples: Sequence[Sample]
    predictions: Sequence[np.ndarray]
    maps: Mapping[str, np.ndarray]
    tuned: Mapping[str, Any]
    details: Mapping[str, Any]
