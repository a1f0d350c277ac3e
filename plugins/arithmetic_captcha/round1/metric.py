"""Round 1 counts an image only if its expression and its result are both right."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit import Table

from .. import metric


def whole_lines(truth: Table, guess: Table) -> tuple[np.ndarray, np.ndarray]:
    """Return both tables as arrays (N,) of ``expression result``."""
    return _lines(truth), _lines(guess)


def _lines(table: Table) -> np.ndarray:
    return np.array([f"{a} {b}" for a, b in zip(table["expression"], table["result"], strict=True)], dtype=object)


def details(y_true: Any, y_pred: Any) -> dict[str, float]:
    """Count the wrong lines, the wrong expressions and the wrong results."""
    wrong = [(a.split(" "), b.split(" ")) for a, b in zip(y_true, y_pred, strict=True) if a != b]
    return {
        **metric.details(y_true, y_pred),
        "wrong_expressions": sum(a[0] != b[0] for a, b in wrong),
        "wrong_results": sum(a[-1] != b[-1] for a, b in wrong),
    }
