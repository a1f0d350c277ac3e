"""Connectionist temporal classification (CTC, Graves et al. 2006): best paths under a template, likelihoods of texts.

A network with CTC predicts, at each of T steps, a class or the blank. A sequence of T such choices is a path. A path
spells a text: repetitions of one class count once, then blanks are removed, so ``A A - A B B`` spells ``AAB``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BITS = 6  # of a class in a packed text: at most 64 classes and 10 positions fit into an int64


@dataclass(frozen=True)
class Paths:
    """The best path into each of S states, for N predictions: its log-probability and the text that it spells.

    ``scores`` is float64 (N, S). ``texts`` is int64 (N, S), each text packed into one integer, 6 bits a class.
    """

    scores: np.ndarray
    texts: np.ndarray

    def maximum(self, other: Paths) -> Paths:
        """Return the better of two paths for each state."""
        better = other.scores > self.scores
        return Paths(np.where(better, other.scores, self.scores), np.where(better, other.texts, self.texts))

    def select(self, states: np.ndarray) -> Paths:
        """Return the paths into the states (N, S') of each prediction."""
        return Paths(np.take_along_axis(self.scores, states, 1), np.take_along_axis(self.texts, states, 1))

    def best(self) -> Paths:
        """Return the best path over all states, (N, 1)."""
        return self.select(self.scores.argmax(axis=1)[:, None])

    def add(self, scores: np.ndarray) -> Paths:
        """Return the same paths one step later, with the scores (N, S) of that step."""
        return Paths(self.scores + scores, self.texts)


def best_path(scores: np.ndarray, allowed: Sequence[np.ndarray], blank: int) -> np.ndarray:
    """Return the classes (N, L) of the best path whose text has one of the classes ``allowed[p]`` at each position p.

    ``scores`` are log-probabilities (N, T, K), T >= L. The algorithm is Viterbi's: step by step, it keeps the best path
    into each state and drops all others, which is exact because a path's score is a sum over its steps. There are two
    kinds of states. ``on_blank[p]`` holds the best path that has written p characters and is on a blank.
    ``on_class[p]`` holds, for each class that is allowed at position p, the best path that has written p + 1 characters
    and is still on the last of them.

    At each step a path can

    - stay on its blank or on its class, which writes nothing,
    - go from a class to the blank after it, which writes nothing, or
    - enter a class of the next position, which writes it: from the blank before it, or directly from a *different*
      class of the position before. Two equal classes in a row would count as one, so the direct way is closed to them.

    For the direct way, each class needs the best path on another class. That is the best of all classes, or the second
    best if the best is the same class: two candidates are enough. At the end, the path is on the last position's class
    or on the blank after it. A path carries its text with it, so nothing is traced back. All N predictions are
    processed at once; the time is proportional to T times the number of states.
    """
    count = len(scores)
    on_blank = [_start(count, 1, -np.inf if position else 0.0) for position in range(len(allowed) + 1)]
    on_class = [_start(count, len(classes), -np.inf) for classes in allowed]
    for now in scores.transpose(1, 0, 2):  # (N, K) at each step
        entered = [_entered(position, on_blank, on_class, allowed) for position in range(len(allowed))]
        on_blank = [
            (stay.maximum(on_class[position - 1].best()) if position else stay).add(now[:, blank, None])
            for position, stay in enumerate(on_blank)
        ]
        on_class = [
            stay.maximum(enter).add(now[:, classes])
            for stay, enter, classes in zip(on_class, entered, allowed, strict=True)
        ]
    packed = on_class[-1].best().maximum(on_blank[-1]).texts  # (N, 1)
    return (packed >> BITS * np.arange(len(allowed) - 1, -1, -1)) & ((1 << BITS) - 1)


def _start(count: int, states: int, score: float) -> Paths:
    return Paths(np.full((count, states), score), np.zeros((count, states), np.int64))


def _entered(position: int, on_blank: list[Paths], on_class: list[Paths], allowed: Sequence[np.ndarray]) -> Paths:
    """Return the best way to enter each class of a position: from a blank, or from another class before it."""
    classes = allowed[position]
    found = on_blank[position].select(np.zeros((len(on_blank[position].scores), len(classes)), np.int64))
    if position:
        found = found.maximum(_best_other(on_class[position - 1], allowed[position - 1], classes))
    return Paths(found.scores, (found.texts << BITS) | classes)


def _best_other(on_class: Paths, before: np.ndarray, classes: np.ndarray) -> Paths:
    """Return, for each class, the best path that is on another class of the position before."""
    best_two = np.argsort(-on_class.scores, axis=1, kind="stable")[:, :2]
    states = np.where(before[best_two[:, :1]] == classes, best_two[:, -1:], best_two[:, :1])  # (N, classes)
    found = on_class.select(states)
    return Paths(np.where(before[states] == classes, -np.inf, found.scores), found.texts)


def log_likelihood(scores: np.ndarray, classes: np.ndarray, blank: int) -> np.ndarray:
    """Return the log-probability (N,) of texts (N, L) under scores (N, T, K): the sum over all paths that spell them.

    This is the forward algorithm of Graves et al., section 4.1. The states are the L classes with a blank before,
    between and after them: 2 L + 1.
    """
    count, length = classes.shape
    states = np.full((count, 2 * length + 1), blank)
    states[:, 1::2] = classes
    skip = np.zeros(states.shape, bool)  # whether the blank before a class may be left out
    skip[:, 3::2] = classes[:, 1:] != classes[:, :-1]
    alpha = np.full(states.shape, -np.inf)
    alpha[:, :2] = np.take_along_axis(scores[:, 0], states[:, :2], 1)
    for step in range(1, scores.shape[1]):
        one = np.pad(alpha[:, :-1], ((0, 0), (1, 0)), constant_values=-np.inf)
        two = np.pad(alpha[:, :-2], ((0, 0), (2, 0)), constant_values=-np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, one), np.where(skip, two, -np.inf))
        alpha += np.take_along_axis(scores[:, step], states, 1)
    return np.asarray(np.logaddexp(alpha[:, -1], alpha[:, -2]))
