"""The share of images that are right as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit import Table


def whole_lines(truth: Table, guess: Table) -> tuple[np.ndarray, np.ndarray]:
    """Both tables as arrays (N,) of ``expression result``."""
    return tuple(  # type: ignore[return-value]  # a pair
        np.array([f"{a} {b}" for a, b in zip(table["expression"], table["result"], strict=True)], dtype=object)
        for table in (truth, guess)
    )


def exact_match(y_true: Any, y_pred: Any) -> float:
    """The share of rows (N,) that are equal.

    >>> exact_match(["1+2+3 6", "2*2*2 8"], ["1+2+3 6", "2*2*2 6"])
    0.5
    """
    return float(np.mean(np.asarray(y_true, dtype=object) == np.asarray(y_pred, dtype=object)))


def bootstrap(y_true: Any, y_pred: Any, rounds: int, rng: np.random.Generator) -> np.ndarray:
    """``rounds`` scores of resampled rows: how many of N draws hit a right row is binomial."""
    return rng.binomial(len(y_true), exact_match(y_true, y_pred), rounds) / len(y_true)


def details(y_true: Any, y_pred: Any) -> dict[str, float]:
    """Count the wrong rows; of round 1, tell expression and result apart."""
    wrong = [(a, b) for a, b in zip(y_true, y_pred, strict=True) if a != b]
    found: dict[str, float] = {"wrong": len(wrong)}
    if any(" " in line for line in y_true):
        found["wrong_expressions"] = sum(a.split(" ")[0] != b.split(" ")[0] for a, b in wrong)
        found["wrong_results"] = sum(a.split(" ")[-1] != b.split(" ")[-1] for a, b in wrong)
    return found
