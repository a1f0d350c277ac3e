"""The size of a trained model."""

from __future__ import annotations

from pathlib import Path

from kit.models import checkpoint
from kit.models.build import WEIGHTS


def parameter_count(folder: Path) -> int | None:
    """How many numbers the weights in a fold's folder hold, or None for an estimator."""
    path = folder / WEIGHTS
    return sum(array.size for array in checkpoint.read(path)[0].values()) if path.exists() else None
