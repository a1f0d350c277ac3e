"""Further figures of the metric: how many texts are wrong, and how often each head is right."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import metric
from .grammar import CHARACTERS

HEADS = tuple(f"head {number}" for number in range(1, CHARACTERS.length + 1))


def details(y_true: Any, y_pred: Any) -> dict[str, float]:
    """Count the wrong texts, and compute the fraction of right characters at each of the four positions.

    >>> details(["0O7Q", "AB12"], ["0O7O", "AB12"])
    {'wrong': 1, 'head 1': 1.0, 'head 2': 1.0, 'head 3': 1.0, 'head 4': 0.5}
    """
    right = np.array([[a == b for a, b in zip(*pair, strict=True)] for pair in zip(y_true, y_pred, strict=True)])
    return metric.details(y_true, y_pred) | dict(zip(HEADS, right.mean(axis=0).tolist(), strict=True))
