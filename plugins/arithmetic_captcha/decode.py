"""From log-probabilities to the best text that a grammar allows, and averages of log-probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kit import KitError

from .ctc import best_path, log_likelihood
from .grammar import Grammar

CHUNK = 4096  # predictions decoded at once


def decode(predictions: Sequence[np.ndarray], grammar: Grammar) -> list[str]:
    """Return the most probable valid text of each prediction: log-probabilities (steps, classes), the blank last.

    With as many steps as the grammar has positions, each step predicts one position. With more steps, the prediction is
    CTC's: the best path is found within each template, and the templates' texts are compared by the sum over all paths.
    """
    found: list[str] = []
    for start in range(0, len(predictions), CHUNK):
        scores = np.stack([np.asarray(p, np.float64) for p in predictions[start : start + CHUNK]])  # (N, T, K)
        best = best_by_position if scores.shape[1] == grammar.length else best_by_path
        found += [grammar.decode(classes) for classes in best(scores, grammar)]
    return found


def best_by_position(scores: np.ndarray, grammar: Grammar) -> np.ndarray:
    """Return the best classes (N, length) under scores (N, length, K), which are independent given the template."""
    candidates, totals = [], []
    for allowed in _allowed(grammar):
        padded = allowed + [np.array([grammar.blank])] * (grammar.length - len(allowed))
        choices = [classes[scores[:, p, classes].argmax(axis=1)] for p, classes in enumerate(padded)]
        candidates.append(np.stack(choices, axis=1))
        totals.append(np.sum([scores[:, p, classes].max(axis=1) for p, classes in enumerate(padded)], axis=0))
    return _best_of(candidates, totals)


def best_by_path(scores: np.ndarray, grammar: Grammar) -> np.ndarray:
    """Return the best classes (N, length) under CTC's scores (N, T, K)."""
    candidates, totals = [], []
    for allowed in _allowed(grammar):
        classes = best_path(scores, allowed, grammar.blank)
        totals.append(log_likelihood(scores, classes, grammar.blank))
        blanks = np.full((len(scores), grammar.length - len(allowed)), grammar.blank)
        candidates.append(np.concatenate([classes, blanks], axis=1))
    return _best_of(candidates, totals)


def _best_of(candidates: list[np.ndarray], totals: list[np.ndarray]) -> np.ndarray:
    """Return the best of the templates' texts, each (N, length) with totals (N,)."""
    winner = np.stack(totals).argmax(axis=0)
    return np.asarray(np.stack(candidates)[winner, np.arange(len(winner))])


def _allowed(grammar: Grammar) -> list[list[np.ndarray]]:
    """Return the classes that each template allows at each position."""
    return [
        [np.array([grammar.charset.index(character) for character in characters]) for characters in template]
        for template in grammar.templates
    ]


def average(values: Sequence[np.ndarray]) -> np.ndarray:
    """Average log-probabilities (T, K) over models and normalise them again. Raises KitError for models that differ."""
    if len({value.shape for value in values}) > 1:
        found = ", ".join(f"{value.shape[0]} steps of {value.shape[1]} classes" for value in values)
        remedy = "average runs of one model"
        raise KitError(
            "only models with the same number of steps and classes can be averaged", found=found, remedy=remedy
        )
    mean = np.mean(np.stack(values), axis=0, dtype=np.float64)
    top = mean.max(axis=1, keepdims=True)
    return np.asarray(mean - top - np.log(np.exp(mean - top).sum(axis=1, keepdims=True)), values[0].dtype)
