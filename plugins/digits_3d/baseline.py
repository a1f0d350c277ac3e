"""The baseline: a random forest on the voxels, as in a notebook of the contest."""

from __future__ import annotations

from typing import Any

from .config import SolidConfig


def forest(config: SolidConfig) -> Any:
    """Build a random forest of 300 trees on voxels (N, 4096)."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(300, n_jobs=-1, random_state=config.seed)
