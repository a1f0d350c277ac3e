"""The most probable valid text of round 2 under CTC's log-probabilities: a prefix beam search within the grammar.

At each step the beam holds the most probable texts so far. Every text has two log-probabilities, that of all its paths
that end on the blank and that of all others, because an equal character may only follow after a blank (Hannun et al.,
2014). A text is dropped if the grammar does not allow it, or if too few steps are left to complete it, so the last beam
holds complete texts only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .grammar import BLANK, CHARSET, State, advance, missing, next_characters

WIDTH = 10  # texts kept at each step
CLASSES = 6  # characters tried at each step, beside those that must be
UNLIKELY = -9.0  # a log-probability below which a character is not tried
CERTAIN = -1e-3  # the log-probability of the blank above which nothing else is tried
NEVER = -1e30
CLASS = {character: k for k, character in enumerate(CHARSET)}


@dataclass(frozen=True)
class Prefix:
    """The log-probabilities of a text so far: of its paths that end on the blank, and of those that do not."""

    blank: float
    other: float
    state: State

    @property
    def total(self) -> float:
        """The log-probability of all paths."""
        return _sum(self.blank, self.other)


def decode(predictions: Sequence[np.ndarray]) -> list[str]:
    """Return the best valid text of each prediction: log-probabilities (steps, 45), the blank last."""
    return [best_text(np.maximum(np.asarray(scores, np.float64), -80.0)) for scores in predictions]


def best_text(scores: np.ndarray) -> str:
    """Return the best valid text under scores (T, 45)."""
    beam: dict[str, Prefix] = {"": Prefix(0.0, NEVER, State())}
    order = np.argsort(-scores, axis=1)[:, : CLASSES + 1]
    for now, now_best, left in zip(scores.tolist(), order.tolist(), range(len(scores) - 1, -1, -1), strict=True):
        tried = [CHARSET[k] for k in now_best if k != BLANK and now[k] > UNLIKELY]
        beam = _advanced(beam, now, tried, left)
    complete = {text: prefix for text, prefix in beam.items() if missing(prefix.state) == 0}
    return max(complete, key=lambda text: complete[text].total)


def _advanced(beam: Mapping[str, Prefix], now: list[float], tried: list[str], left: int) -> dict[str, Prefix]:
    """Return the beam one step later, with ``left`` steps to follow.

    A character may need two steps, the first for a blank before it. Texts that this many steps may not complete are
    dropped.
    """
    if now[BLANK] > CERTAIN and all(2 * missing(prefix.state) <= left for prefix in beam.values()):
        return {text: Prefix(prefix.total + now[BLANK], NEVER, prefix.state) for text, prefix in beam.items()}
    found: dict[str, Prefix] = {}
    for text, prefix in beam.items():
        if 2 * missing(prefix.state) <= left:
            stays = prefix.other + now[CLASS[text[-1]]] if text else NEVER
            _add(found, text, Prefix(prefix.total + now[BLANK], stays, prefix.state))
        for character in _candidates(prefix.state, tried, must_finish=2 * missing(prefix.state) + 2 > left):
            state = advance(prefix.state, character)
            if state is not None and 2 * missing(state) <= left:
                before = (
                    prefix.blank if character == text[-1:] else prefix.total
                )  # equal ones need a blank between them
                _add(found, text + character, Prefix(NEVER, before + now[CLASS[character]], state))
    if len(found) <= WIDTH:
        return found
    return dict(sorted(found.items(), key=lambda item: -item[1].total)[:WIDTH])


def _add(found: dict[str, Prefix], text: str, prefix: Prefix) -> None:
    """Add the paths of a text to those that are in the beam."""
    if text in found:
        prefix = Prefix(_sum(found[text].blank, prefix.blank), _sum(found[text].other, prefix.other), prefix.state)
    found[text] = prefix


def _candidates(state: State, tried: list[str], *, must_finish: bool) -> list[str]:
    """Return the characters to try: likely ones and the assigned ones, or all allowed ones if steps run out."""
    allowed = next_characters(state)
    if must_finish:
        return list(allowed)
    assigned = [character for character in (state.first, state.second) if character and character not in tried]
    return [character for character in [*tried, *assigned] if character in allowed]


def _sum(a: float, b: float) -> float:
    """Return the logarithm of a sum of exponentials. NumPy's function takes ten times as long for two numbers."""
    high, low = (a, b) if a > b else (b, a)
    return high + math.log1p(math.exp(low - high)) if high - low < 40 else high
