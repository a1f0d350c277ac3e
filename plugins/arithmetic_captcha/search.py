"""The likeliest valid text of round 2 under CTC's log-probabilities: a prefix beam search that the grammar bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .formula import BLANK, CHARSET, State, follows, needed, step

WIDTH = 10  # texts kept at each step
CLASSES = 6  # characters tried at each step, beside those that must be
FAINT = -9.0  # a log-probability below which a character is not tried
SURE = -1e-3  # the blank's log-probability from which nothing else is tried
NEVER = -1e30
CLASS = {character: k for k, character in enumerate(CHARSET)}


@dataclass(frozen=True)
class Held:
    """The log-probability of a text so far, of all paths that end on the blank and of all that end on a character."""

    blank: float
    other: float
    state: State

    @property
    def total(self) -> float:
        """The log-probability of both."""
        return _sum(self.blank, self.other)


def decode(predictions: Sequence[np.ndarray]) -> list[str]:
    """The best valid text of each prediction: log-probabilities (steps, 45), the blank last."""
    return [best_text(np.maximum(np.asarray(scores, np.float64), -80.0)) for scores in predictions]


def best_text(scores: np.ndarray) -> str:
    """The best valid text under scores (T, 45); at each step only texts that can still end in time are kept."""
    beam: dict[str, Held] = {"": Held(0.0, NEVER, State())}
    order = np.argsort(-scores, axis=1)[:, : CLASSES + 1]
    for now, now_best, left in zip(scores.tolist(), order.tolist(), range(len(scores) - 1, -1, -1), strict=True):
        tried = [CHARSET[k] for k in now_best if k != BLANK and now[k] > FAINT]
        beam = _advanced(beam, now, tried, left)
    whole = {text: held for text, held in beam.items() if needed(held.state) == 0}
    return max(whole, key=lambda text: whole[text].total)


def _advanced(beam: Mapping[str, Held], now: list[float], tried: list[str], left: int) -> dict[str, Held]:
    """The beam a step later; ``left`` steps follow. A character needs a step, and at worst a blank before it."""
    if now[BLANK] > SURE and all(2 * needed(held.state) <= left for held in beam.values()):
        return {text: Held(held.total + now[BLANK], NEVER, held.state) for text, held in beam.items()}
    found: dict[str, Held] = {}
    for text, held in beam.items():
        if 2 * needed(held.state) <= left:
            stays = held.other + now[CLASS[text[-1]]] if text else NEVER
            _add(found, text, Held(held.total + now[BLANK], stays, held.state))
        for character in _candidates(held.state, tried, hurried=2 * needed(held.state) + 2 > left):
            state = step(held.state, character)
            if state is not None and 2 * needed(state) <= left:
                before = held.blank if character == text[-1:] else held.total  # equal ones need a blank between them
                _add(found, text + character, Held(NEVER, before + now[CLASS[character]], state))
    if len(found) <= WIDTH:
        return found
    return dict(sorted(found.items(), key=lambda item: -item[1].total)[:WIDTH])


def _add(found: dict[str, Held], text: str, held: Held) -> None:
    """Add paths to those of the same text."""
    if text in found:
        held = Held(_sum(found[text].blank, held.blank), _sum(found[text].other, held.other), held.state)
    found[text] = held


def _candidates(state: State, tried: list[str], *, hurried: bool) -> list[str]:
    """The characters to try: likely ones, the assigned ones, which the grammar knows, and all where time is short."""
    allowed = follows(state)
    if hurried:
        return list(allowed)
    known = [character for character in (state.first, state.second) if character and character not in tried]
    return [character for character in [*tried, *known] if character in allowed]


def _sum(a: float, b: float) -> float:
    """The logarithm of a sum; NumPy's takes ten times as long for two numbers."""
    high, low = (a, b) if a > b else (b, a)
    return high + math.log1p(math.exp(low - high)) if high - low < 40 else high
