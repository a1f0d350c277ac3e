"""From log-probabilities to the best text that the grammar allows: dynamic programming over its templates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kit import KitError

from .grammar import Grammar

CHUNK = 4096  # predictions decoded at once
BITS = 6  # of a class in a packed text


def decode(predictions: Sequence[np.ndarray], texts: Grammar) -> list[str]:
    """The likeliest valid text of each prediction: log-probabilities (steps, classes), the blank last.

    A step for every place of the grammar: the classes of the places. More steps: a path of CTC, decoded by its best
    alignment (Viterbi) within each template; the templates are then compared by the sum over all alignments.
    """
    found: list[str] = []
    for start in range(0, len(predictions), CHUNK):
        scores = np.stack([np.asarray(p, np.float64) for p in predictions[start : start + CHUNK]])  # (N, T, K)
        best = by_place if scores.shape[1] == texts.places else by_alignment
        found += [texts.spell(classes) for classes in best(scores, texts)]
    return found


def by_place(scores: np.ndarray, texts: Grammar) -> np.ndarray:
    """The best classes (N, places) under scores (N, places, K) that are independent given the template."""
    every, totals = [], []
    for allowed in _allowed(texts):
        padded = allowed + [np.array([texts.blank])] * (texts.places - len(allowed))
        choices = [classes[scores[:, p, classes].argmax(axis=1)] for p, classes in enumerate(padded)]
        every.append(np.stack(choices, axis=1))
        totals.append(sum(scores[:, p, classes].max(axis=1) for p, classes in enumerate(padded)))
    winner = np.stack(totals).argmax(axis=0)
    return np.stack(every)[winner, np.arange(len(scores))]


def by_alignment(scores: np.ndarray, texts: Grammar) -> np.ndarray:
    """The best classes (N, places) under CTC scores (N, T, K)."""
    every, totals = [], []
    for allowed in _allowed(texts):
        classes = _best_path(scores, allowed, texts.blank)
        totals.append(log_likelihood(scores, classes, texts.blank))
        blanks = np.full((len(scores), texts.places - len(allowed)), texts.blank)
        every.append(np.concatenate([classes, blanks], axis=1))
    winner = np.stack(totals).argmax(axis=0)
    return np.stack(every)[winner, np.arange(len(scores))]


def _allowed(texts: Grammar) -> list[list[np.ndarray]]:
    return [[np.array([texts.charset.index(c) for c in place]) for place in template] for template in texts.templates]


def _best_path(scores: np.ndarray, allowed: list[np.ndarray], blank: int) -> np.ndarray:
    """The classes (N, L) of the best alignment in which place p has one of the classes ``allowed[p]``.

    States are (place, class) and (place, blank after it). Each carries its text packed into an integer, so that no
    path need be traced back.
    """
    count = len(scores)
    rest = np.full((count, len(allowed) + 1), -np.inf)  # blank after p classes
    rest[:, 0] = 0
    rest_text = np.zeros((count, len(allowed) + 1), np.int64)
    held = [np.full((count, len(classes)), -np.inf) for classes in allowed]
    held_text = [np.zeros((count, len(classes)), np.int64) for classes in allowed]
    for step in range(scores.shape[1]):
        now = scores[:, step]  # (N, K)
        came, came_text = _entries(rest, rest_text, held, held_text, allowed)
        best_held = [part.argmax(axis=1) for part in held]
        for place in range(len(allowed)):  # blanks first: they follow the classes of the step before
            top = np.take_along_axis(held[place], best_held[place][:, None], 1)[:, 0]
            top_text = np.take_along_axis(held_text[place], best_held[place][:, None], 1)[:, 0]
            better = top > rest[:, place + 1]
            rest[:, place + 1] = np.where(better, top, rest[:, place + 1])
            rest_text[:, place + 1] = np.where(better, top_text, rest_text[:, place + 1])
        rest += now[:, blank, None]
        for place, classes in enumerate(allowed):
            stays = held[place] >= came[place]
            held[place] = np.where(stays, held[place], came[place]) + now[:, classes]
            held_text[place] = np.where(stays, held_text[place], came_text[place])
    return _ends(rest, rest_text, held, held_text)


def _entries(
    rest: np.ndarray,
    rest_text: np.ndarray,
    held: list[np.ndarray],
    held_text: list[np.ndarray],
    allowed: list[np.ndarray],
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """How each (place, class) is best entered, and with which text: from the blank before it, or from another class."""
    scores, texts = [], []
    for place, classes in enumerate(allowed):
        score = np.repeat(rest[:, place, None], len(classes), axis=1)
        text = np.repeat(rest_text[:, place, None], len(classes), axis=1)
        if place:
            other, other_text = _best_other(held[place - 1], held_text[place - 1], allowed[place - 1], classes)
            better = other > score
            score, text = np.where(better, other, score), np.where(better, other_text, text)
        scores.append(score)
        texts.append((text << BITS) | classes)
    return scores, texts


def _best_other(
    held: np.ndarray, text: np.ndarray, before: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each class the best state of the place before with another class: equal neighbours need a blank between."""
    order = np.argsort(-held, axis=1, kind="stable")[:, :2]  # the best two are enough
    first = order[:, :1]
    second = order[:, -1:]
    same = before[first] == classes  # (N, len(classes))
    pick = np.where(same, second, first)
    score = np.take_along_axis(held, pick, 1)
    score = np.where(before[pick] == classes, -np.inf, score)
    return score, np.take_along_axis(text, pick, 1)


def _ends(rest: np.ndarray, rest_text: np.ndarray, held: list[np.ndarray], held_text: list[np.ndarray]) -> np.ndarray:
    places = len(held)
    best = held[-1].argmax(axis=1)[:, None]
    score, text = np.take_along_axis(held[-1], best, 1)[:, 0], np.take_along_axis(held_text[-1], best, 1)[:, 0]
    text = np.where(rest[:, -1] > score, rest_text[:, -1], text)
    shifts = BITS * np.arange(places - 1, -1, -1)
    return (text[:, None] >> shifts) & ((1 << BITS) - 1)


def log_likelihood(scores: np.ndarray, classes: np.ndarray, blank: int) -> np.ndarray:
    """The log-probability (N,) of texts (N, L) under CTC scores (N, T, K): the sum over alignments (Graves 2006)."""
    count, places = classes.shape
    states = np.full((count, 2 * places + 1), blank)
    states[:, 1::2] = classes
    skip = np.zeros(states.shape, bool)
    skip[:, 3::2] = classes[:, 1:] != classes[:, :-1]
    alpha = np.full(states.shape, -np.inf)
    alpha[:, :2] = np.take_along_axis(scores[:, 0], states[:, :2], 1)
    for step in range(1, scores.shape[1]):
        one = np.pad(alpha[:, :-1], ((0, 0), (1, 0)), constant_values=-np.inf)
        two = np.pad(alpha[:, :-2], ((0, 0), (2, 0)), constant_values=-np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, one), np.where(skip, two, -np.inf))
        alpha += np.take_along_axis(scores[:, step], states, 1)
    return np.asarray(np.logaddexp(alpha[:, -1], alpha[:, -2]))


def average(values: Sequence[np.ndarray]) -> np.ndarray:
    """Average log-probabilities (T, K) over models and normalise them again. Raises KitError for unlike models."""
    if len({value.shape for value in values}) > 1:
        found = ", ".join(f"{value.shape[0]} steps" for value in values)
        raise KitError(
            "only models of the same steps average", found=found, remedy="average heads, or crnn models, alone"
        )
    mean = np.mean(np.stack(values), axis=0, dtype=np.float64)
    top = mean.max(axis=1, keepdims=True)
    return np.asarray(mean - top - np.log(np.exp(mean - top).sum(axis=1, keepdims=True)), values[0].dtype)
