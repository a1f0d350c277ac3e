"""What a text of a task can be: the charset and the templates; and what an expression is worth, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

DIGITS = "0123456789"
OPERATORS = "+-*"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PROBE = "0O0O"  # what the articles on text captchas end with: can it be told apart at all?


@dataclass(frozen=True)
class Grammar:
    """The texts of a task: every template is a tuple of the characters allowed at each place.

    ``charset`` gives each character its class; the class after the last is the blank: nothing stands there.
    """

    charset: str
    templates: tuple[tuple[str, ...], ...]

    @property
    def places(self) -> int:
        """The length of the longest text."""
        return max(map(len, self.templates))

    @property
    def blank(self) -> int:
        """The class of the blank."""
        return len(self.charset)

    def holds(self, text: str) -> bool:
        """Whether a text fits one of the templates."""
        return any(
            len(text) == len(template) and all(c in allowed for c, allowed in zip(text, template, strict=True))
            for template in self.templates
        )

    def encode(self, text: str) -> np.ndarray:
        """The classes of a text, int64 (places,), blanks behind it."""
        classes = np.full(self.places, self.blank, np.int64)
        classes[: len(text)] = [self.charset.index(character) for character in text]
        return classes

    def spell(self, classes: np.ndarray) -> str:
        """The text of classes (L,), blanks left out."""
        return "".join(self.charset[k] for k in classes if k != self.blank)

    def draw(self, rng: np.random.Generator) -> str:
        """A random text: templates and the characters of each place equally likely."""
        template = self.templates[rng.integers(len(self.templates))]
        return "".join(allowed[rng.integers(len(allowed))] for allowed in template)


def _template(shape: str) -> tuple[str, ...]:
    return tuple({"d": DIGITS, "o": OPERATORS}.get(sign, sign) for sign in shape)


ARITHMETIC = Grammar(DIGITS + OPERATORS + "()", tuple(map(_template, ("dodod", "(dod)od", "do(dod)"))))
TEXT = Grammar(DIGITS + LETTERS, ((DIGITS + LETTERS,) * 4,))


@lru_cache(maxsize=1 << 16)
def value(expression: str) -> int | None:
    """Evaluate an expression of one-digit numbers, ``+ - *`` and brackets with exact integers; None where it is none.

    The usual precedence: ``*`` before ``+`` and ``-``, each from left to right.

    >>> value("2-(3+4)"), value("2-3*4"), value("2-(3")
    (-5, -10, None)
    """
    worth, rest = _sum(expression, 0)
    return worth if rest == len(expression) else None


def _sum(text: str, at: int) -> tuple[int | None, int]:
    """The value of the sum that begins at a place, and where it ends; -1 where there is none."""
    total, at = _product(text, at)
    while total is not None and text[at : at + 1] in ("+", "-"):
        sign = 1 if text[at] == "+" else -1
        term, at = _product(text, at + 1)
        total = None if term is None else total + sign * term
    return total, at


def _product(text: str, at: int) -> tuple[int | None, int]:
    total, at = _factor(text, at)
    while total is not None and text[at : at + 1] == "*":
        factor, at = _factor(text, at + 1)
        total = None if factor is None else total * factor
    return total, at


def _factor(text: str, at: int) -> tuple[int | None, int]:
    sign = text[at : at + 1]
    if sign and sign in DIGITS:
        return int(sign), at + 1
    # An expression of the contest has seven characters; a limit keeps a hostile line from exhausting the stack.
    if sign != "(" or at > 64:
        return None, -1
    inner, at = _sum(text, at + 1)
    return (inner, at + 1) if inner is not None and text[at : at + 1] == ")" else (None, -1)
