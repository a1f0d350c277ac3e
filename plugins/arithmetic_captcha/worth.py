"""What a text of round 2 is worth: a small parser with exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from .formula import HAN, PLACES, holds
from .grammar import DIGITS

LONGEST = 4 * PLACES  # of a text that is evaluated: a hostile line must not exhaust the stack
RELATIVE, ABSOLUTE = 2e-6, 0.01  # the contest's own labels have seven digits; its tolerance was 0.01


class _Parser:
    """A text and a place in it; every method moves the place and returns a value. Raises ValueError outside syntax."""

    def __init__(self, text: str, known: dict[str, Fraction]) -> None:
        self.text, self.at, self.known = text, 0, known

    def next(self) -> str:
        """The character at the place, empty at the end."""
        return self.text[self.at : self.at + 1]

    def take(self, character: str) -> None:
        """Move past a character that must stand here."""
        if self.next() != character:
            raise ValueError(character)
        self.at += 1

    def total(self) -> Fraction:
        """Terms joined by + and -, from left to right."""
        worth = self.product()
        while (sign := self.next()) and sign in "+-":
            self.at += 1
            term = self.product()
            worth = worth + term if sign == "+" else worth - term
        return worth

    def product(self) -> Fraction:
        """Factors joined by * and /, from left to right."""
        worth = self.factor()
        while (sign := self.next()) and sign in "*/":
            self.at += 1
            factor = self.factor()
            worth = worth * factor if sign == "*" else worth / factor
        return worth

    def factor(self) -> Fraction:
        """A number, an assigned character or a sum in brackets."""
        sign = self.next()
        if sign == "(":
            self.at += 1
            worth = self.total()
            self.take(")")
            return worth
        if sign in self.known:
            self.at += 1
            return self.known[sign]
        return Fraction(self.number())

    def number(self) -> int:
        """A number without a leading zero."""
        end = self.at
        while self.text[end : end + 1] and self.text[end] in DIGITS:
            end += 1
        digits = self.text[self.at : end]
        if not digits or (digits[0] == "0" and len(digits) > 1):
            raise ValueError(digits)
        self.at = end
        return int(digits)


@lru_cache(maxsize=1 << 16)
def value(text: str) -> Fraction | None:
    """Evaluate ``assignments;expression`` with exact fractions; None where it is none or divides by zero.

    >>> value("流=6;圳=86;(圳-(2*3))*流/4"), value("流=6;流/0"), value("流=6;圳/2")
    (Fraction(120, 1), None, None)
    """
    if len(text) > LONGEST:
        return None
    *assignments, expression = text.split(";")
    known: dict[str, Fraction] = {}
    try:
        for line in assignments:
            if line[:1] not in HAN or line[1:2] != "=" or line[0] in known:
                return None
            parser = _Parser(line[2:], {})
            known[line[0]] = Fraction(parser.number())
            if parser.next():
                return None
        parser = _Parser(expression, known)
        worth = parser.total()
    except (ValueError, ZeroDivisionError, IndexError):
        return None
    return None if parser.next() else worth


def written(text: str) -> str:
    """The value as the contest's labels show it, seven digits: ``-5.252849e+09``; ``nan`` where there is none."""
    worth = value(text)
    return "nan" if worth is None else f"{float(worth):.6e}"


def judge(text: str, cell: str) -> tuple[str, str] | None:
    """What is wrong with an answer: a kind and a sentence; None where nothing is."""
    if value(text) is None:
        return "expression", f"{text[:60]!r} does not evaluate"
    if not holds(text):
        return "expression", f"{text[:60]!r} is not of the contest's form"
    if not follows(text, cell):
        return "value", f"the value is {written(text)}, not {cell[:20]!r}"
    return None


def follows(text: str, cell: str) -> bool:
    """Whether a written value agrees with the text's exact one, to seven digits or 0.01."""
    worth = value(text)
    try:
        found = float(cell)
    except ValueError:
        return False
    return worth is not None and math.isclose(float(worth), found, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
