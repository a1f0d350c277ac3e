"""From log-probabilities to the best text that the grammar allows: dynamic programming over its templates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kit import KitError

from .ctc import best_path, log_likelihood
from .grammar import Grammar

CHUNK = 4096  # predictions decoded at once


def decode(predictions: Sequence[np.ndarray], texts: Grammar) -> list[str]:
    """The likeliest valid text of each prediction: log-probabilities (steps, classes), the blank last.

    A step for every place of the grammar: the classes of the places. More steps: CTC, decoded by its best path within
    each template; the templates are then compared by the sum over all paths.
    """
    found: list[str] = []
    for start in range(0, len(predictions), CHUNK):
        scores = np.stack([np.asarray(p, np.float64) for p in predictions[start : start + CHUNK]])  # (N, T, K)
        best = by_place if scores.shape[1] == texts.places else by_path
        found += [texts.spell(classes) for classes in best(scores, texts)]
    return found


def by_place(scores: np.ndarray, texts: Grammar) -> np.ndarray:
    """The best classes (N, places) under scores (N, places, K) that are independent given the template."""
    every, totals = [], []
    for allowed in _allowed(texts):
        padded = allowed + [np.array([texts.blank])] * (texts.places - len(allowed))
        choices = [classes[scores[:, p, classes].argmax(axis=1)] for p, classes in enumerate(padded)]
        every.append(np.stack(choices, axis=1))
        totals.append(np.sum([scores[:, p, classes].max(axis=1) for p, classes in enumerate(padded)], axis=0))
    return _best_of(every, totals)


def by_path(scores: np.ndarray, texts: Grammar) -> np.ndarray:
    """The best classes (N, places) under CTC scores (N, T, K)."""
    every, totals = [], []
    for allowed in _allowed(texts):
        classes = best_path(scores, allowed, texts.blank)
        totals.append(log_likelihood(scores, classes, texts.blank))
        blanks = np.full((len(scores), texts.places - len(allowed)), texts.blank)
        every.append(np.concatenate([classes, blanks], axis=1))
    return _best_of(every, totals)


def _best_of(every: list[np.ndarray], totals: list[np.ndarray]) -> np.ndarray:
    """Of each template's texts (N, places) with totals (N,), the best."""
    winner = np.stack(totals).argmax(axis=0)
    return np.asarray(np.stack(every)[winner, np.arange(len(winner))])


def _allowed(texts: Grammar) -> list[list[np.ndarray]]:
    return [[np.array([texts.charset.index(c) for c in place]) for place in template] for template in texts.templates]


def average(values: Sequence[np.ndarray]) -> np.ndarray:
    """Average log-probabilities (T, K) over models and normalise them again. Raises KitError for unlike models."""
    if len({value.shape for value in values}) > 1:
        found = ", ".join(f"{value.shape[0]} steps" for value in values)
        remedy = "average crnn models alone, or the others"
        raise KitError("only models of the same steps average", found=found, remedy=remedy)
    mean = np.mean(np.stack(values), axis=0, dtype=np.float64)
    top = mean.max(axis=1, keepdims=True)
    return np.asarray(mean - top - np.log(np.exp(mean - top).sum(axis=1, keepdims=True)), values[0].dtype)
