"""Predictions and labels to rows: classes by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit import Row, Sample

from .config import CLASSES


def write(samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the id and the name of the most probable class of each sample."""
    for sample, prediction in zip(samples, predictions, strict=True):
        yield sample.id, CLASSES[int(np.argmax(prediction))]


def truth(samples: Sequence[Sample]) -> Iterator[Row]:
    """Yield the id and the name of the true class of each labelled sample."""
    for sample in samples:
        yield sample.id, CLASSES[sample.y]
