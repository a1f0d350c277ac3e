"""Round 2's texts: assignments and an expression with one fraction. Which are valid, and how a valid one may go on.

Measured on the contest's labels by its winner: one assignment (1/3) or two (2/3); four operands, one of them a fraction
``character/number``, joined by three of ``+-*``; one of 11 patterns of brackets; numbers from 0 to 100,000 without a
leading zero, a denominator not 0; each assigned character occurs once in the expression.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..grammar import DIGITS, OPERATORS

HAN = "君不见黄河之水天上来奔流到海复回烟锁池塘柳深圳铁板烧"
CHARSET = DIGITS + OPERATORS + "/()=;" + HAN
BLANK = len(CHARSET)
LONGEST = 46  # characters of a text: 100000 five times, two characters, four bracket signs
TEMPLATES = (
    "xoxoxox",
    "(xox)oxox",
    "xo(xox)ox",
    "xoxo(xox)",
    "(xoxox)ox",
    "xo(xoxox)",
    "((xox)ox)ox",
    "(xo(xox))ox",
    "xo((xox)ox)",
    "xo(xo(xox))",
    "(xox)o(xox)",
)
LARGEST = 100_000
TWO = 2 / 3  # the probability of two assignments
KINDS = {**dict.fromkeys(DIGITS, "n"), **dict.fromkeys(OPERATORS, "o"), **{sign: sign for sign in "/()=;"}}


def skeletons() -> Iterator[str]:
    """Yield every form of a text: ``a`` and ``b`` are the assigned characters, ``n`` a number, ``o`` an operator."""
    for template in TEMPLATES:
        operands = [position for position, sign in enumerate(template) if sign == "x"]
        for fraction in operands:
            yield "a=n;" + _filled(template, {fraction: "a/n"})
            for other in operands:
                if other != fraction:
                    yield "a=n;b=n;" + _filled(template, {fraction: "a/n", other: "b"})
                    yield "a=n;b=n;" + _filled(template, {fraction: "b/n", other: "a"})


def _filled(template: str, given: dict[int, str]) -> str:
    return "".join(given.get(position, "n") if sign == "x" else sign for position, sign in enumerate(template))


@dataclass(frozen=True)
class State:
    """A text so far: its node in the skeletons' tree, the number being written, the assigned characters."""

    node: int = 0
    number: str = ""
    first: str = ""
    second: str = ""


@lru_cache(maxsize=1)
def tree() -> tuple[list[dict[str, int]], list[int], set[int]]:
    """Return all skeletons as a tree: each node's children by sign, how many more signs a text needs at least, and the
    nodes after a ``/``."""
    children: list[dict[str, int]] = [{}]
    needs = [LONGEST]
    divided: set[int] = set()
    for skeleton in skeletons():
        node, left = 0, len(skeleton)
        needs[0] = min(needs[0], left)
        for sign in skeleton:
            if sign not in children[node]:
                children[node][sign] = len(children)
                children.append({})
                needs.append(LONGEST)
            node, left = children[node][sign], left - 1
            needs[node] = min(needs[node], left)
            divided |= {node} if sign == "/" else set()
    return children, needs, divided


def missing(state: State) -> int:
    """Return how many more characters a text needs at least; 0 if it is complete."""
    return tree()[1][state.node]


@lru_cache(maxsize=1 << 18)
def advance(state: State, character: str) -> State | None:
    """Return the state after one more character, or None if the grammar does not allow it."""
    nodes, _, divided = tree()
    children = nodes[state.node]
    kind = KINDS.get(character)
    if kind == "n":
        if state.number:
            longer = state.number + character
            fits = state.number != "0" and int(longer) <= LARGEST
            return State(state.node, longer, state.first, state.second) if fits else None
        fits = "n" in children and not (character == "0" and state.node in divided)  # nothing is divided by 0
        return State(children["n"], character, state.first, state.second) if fits else None
    if kind:
        return State(children[kind], "", state.first, state.second) if kind in children else None
    if character == state.first:
        return State(children["a"], "", state.first, state.second) if "a" in children else None
    if "a" in children and not state.first:
        return State(children["a"], "", character, "")
    if "b" in children and (not state.second or character == state.second):
        return State(children["b"], "", state.first, character)
    return None


@lru_cache(maxsize=1 << 16)
def next_characters(state: State) -> str:
    """Return the characters that may come next."""
    return "".join(character for character in CHARSET if advance(state, character))


@lru_cache(maxsize=1 << 16)
def matches(text: str) -> bool:
    """Whether a text is one of round 2's.

    >>> matches("流=42072;圳=86;(圳-(97510*45921))*流/35864"), matches("流=1;流/2+3"), matches("流=1;1+2*3-流/0")
    (True, False, False)
    """
    state: State | None = State()
    for character in text[: LONGEST + 1]:
        state = advance(state, character) if state else None
    return state is not None and missing(state) == 0 and len(text) <= LONGEST


def encode(text: str) -> np.ndarray:
    """Return the classes of a text, int64 (46,), filled up with blanks."""
    classes = np.full(LONGEST, BLANK, np.int64)
    classes[: len(text)] = [CHARSET.index(character) for character in text]
    return classes


def random_text(rng: np.random.Generator) -> str:
    """Return a random text, distributed as the contest's texts. No denominator is zero."""
    weights = np.where(np.array(list(HAN)) == "不", 2.0, 1.0)
    count = 1 + int(rng.random() < TWO)
    chosen = [HAN[k] for k in rng.choice(len(HAN), count, replace=False, p=weights / weights.sum())]
    template = TEMPLATES[rng.integers(len(TEMPLATES))]
    positions = [position for position, sign in enumerate(template) if sign == "x"]
    chosen_positions = rng.permutation(positions)[:count].tolist()
    parts = [f"{character}={rng.integers(LARGEST + 1)};" for character in chosen]
    order = rng.permutation(count)
    operands = {chosen_positions[0]: f"{chosen[order[0]]}/{rng.integers(1, LARGEST + 1)}"}
    if count > 1:
        operands[chosen_positions[1]] = chosen[order[1]]
    for position, sign in enumerate(template):
        if sign == "x":
            parts.append(operands.get(position) or str(rng.integers(LARGEST + 1)))
        else:
            parts.append(OPERATORS[rng.integers(len(OPERATORS))] if sign == "o" else sign)
    return "".join(parts)
