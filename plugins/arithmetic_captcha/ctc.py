"""Connectionist temporal classification (Graves et al. 2006): the best path of a template, a text's likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BITS = 6  # of a class in a packed text


@dataclass(frozen=True)
class Paths:
    """The best path into each of some states: its log-probability and its text packed into an integer, both (N, S).

    The text travels with the path, so that none need be traced back.
    """

    scores: np.ndarray
    texts: np.ndarray

    def or_better(self, other: Paths) -> Paths:
        """The better of two paths, state by state."""
        better = other.scores > self.scores
        return Paths(np.where(better, other.scores, self.scores), np.where(better, other.texts, self.texts))

    def pick(self, states: np.ndarray) -> Paths:
        """The paths into the states (N, S') of each row."""
        return Paths(np.take_along_axis(self.scores, states, 1), np.take_along_axis(self.texts, states, 1))

    def best(self) -> Paths:
        """The best of all states, (N, 1)."""
        return self.pick(self.scores.argmax(axis=1)[:, None])

    def on(self, gain: np.ndarray) -> Paths:
        """The same paths a step later."""
        return Paths(self.scores + gain, self.texts)


def best_path(scores: np.ndarray, allowed: Sequence[np.ndarray], blank: int) -> np.ndarray:
    """The classes (N, L) of the best path under scores (N, T, K) whose place p has one of the classes ``allowed[p]``.

    ``rests[p]`` are the paths that rest on the blank after p classes, ``held[p]`` those on a class of place p.
    """
    count = len(scores)
    rests = [_start(count, 1, -np.inf if place else 0.0) for place in range(len(allowed) + 1)]
    held = [_start(count, len(classes), -np.inf) for classes in allowed]
    for now in scores.transpose(1, 0, 2):  # (N, K) at each step
        entered = [_entered(place, rests, held, allowed) for place in range(len(allowed))]
        rests = [
            (rest.or_better(held[place - 1].best()) if place else rest).on(now[:, blank, None])
            for place, rest in enumerate(rests)
        ]
        held = [stay.or_better(came).on(now[:, k]) for stay, came, k in zip(held, entered, allowed, strict=True)]
    packed = held[-1].best().or_better(rests[-1]).texts  # (N, 1)
    return (packed >> BITS * np.arange(len(allowed) - 1, -1, -1)) & ((1 << BITS) - 1)


def _start(count: int, states: int, score: float) -> Paths:
    return Paths(np.full((count, states), score), np.zeros((count, states), np.int64))


def _entered(place: int, rests: list[Paths], held: list[Paths], allowed: Sequence[np.ndarray]) -> Paths:
    """How each class of a place is best entered: from the blank before it, or from another class before that."""
    classes = allowed[place]
    found = rests[place].pick(np.zeros((len(rests[place].scores), len(classes)), np.int64))
    if place:
        found = found.or_better(_best_other(held[place - 1], allowed[place - 1], classes))
    return Paths(found.scores, (found.texts << BITS) | classes)


def _best_other(held: Paths, before: np.ndarray, classes: np.ndarray) -> Paths:
    """For each class the best path on another class: equal neighbours need a blank between them."""
    order = np.argsort(-held.scores, axis=1, kind="stable")[:, :2]  # of the best two, one is another class
    states = np.where(before[order[:, :1]] == classes, order[:, -1:], order[:, :1])  # (N, classes)
    found = held.pick(states)
    return Paths(np.where(before[states] == classes, -np.inf, found.scores), found.texts)


def log_likelihood(scores: np.ndarray, classes: np.ndarray, blank: int) -> np.ndarray:
    """The log-probability (N,) of texts (N, L) under scores (N, T, K): the sum over all their paths."""
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
