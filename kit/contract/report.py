"""Findings of an audit, figures of a report, and the data that figures are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kit.contract.sample import Sample


@dataclass(frozen=True)
class Finding:
    """One finding of an audit. An ``error`` makes the data unfit for training; a ``warning`` or ``note`` does not."""

    level: Literal["error", "warning", "note"]
    kind: str
    where: str
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure for the report: a PNG image with a title and a caption."""

    title: str
    png: bytes
    caption: str = ""


@dataclass(frozen=True)
class Evidence:
    """The results of a run from which a task makes its own figures."""

    samples: Sequence[Sample]
    """The held-out samples, or those of the test part if it has answers."""
    predictions: Sequence[np.ndarray]
    """Their predictions, in the same order."""
    maps: Mapping[str, np.ndarray]
    """What ``Task.explain`` returned, by sample id."""
    tuned: Mapping[str, Any]
    """The values that ``Task.tune`` fitted."""
    details: Mapping[str, Any]
    """The further figures of the metric."""
    epochs: Sequence[Mapping[str, Any]] = ()
    """The epochs of all folds, as in ``metrics.jsonl``: ``fold``, ``epoch``, ``train_loss``, ``valid_score``,
    ``valid_details`` and so on. Empty for an average of runs."""
