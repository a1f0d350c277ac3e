"""Evaluate arithmetic expressions exactly, without ``eval``: a parser by recursive descent."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from .grammar import DIGITS

LONGEST = 184  # characters; the contest's longest text has 46
DEEPEST = 32  # brackets within brackets: an untrusted line must not exhaust Python's stack


def evaluate_expression(expression: str, variables: Mapping[str, Fraction] | None = None) -> Fraction | None:
    """Evaluate numbers and variables joined by ``+ - * /`` and brackets; None if it is not an expression.

    The usual precedence: ``*`` and ``/`` before ``+`` and ``-``, each from left to right. A number has no sign and no
    leading zero; a variable is one character. A division by zero and an expression of more than 184 characters have
    no value.

    >>> evaluate_expression("2-(3+4)"), evaluate_expression("2-3*4/8"), evaluate_expression("2-(3")
    (Fraction(-5, 1), Fraction(1, 2), None)
    """
    if len(expression) > LONGEST:
        return None
    parser = _Parser(expression, variables or {})
    try:
        value = parser.sum()
    except (ValueError, ZeroDivisionError):
        return None
    return Fraction(value) if parser.at_end() else None


def parse_number(text: str) -> int:
    """Parse a number of ASCII digits without a leading zero. Raises ValueError for anything else."""
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and len(text) > 1):
        raise ValueError(text)
    return int(text)


Number = int | Fraction
"""Whole numbers stay ``int`` until a division: that is faster."""


class _Parser:
    """A text and a position in it. Each method moves the position past what it reads and returns its value.

    All methods raise ValueError if the text at the position is not what they read.
    """

    def __init__(self, text: str, variables: Mapping[str, Fraction]) -> None:
        self.text, self.position, self.depth, self.variables = text, 0, 0, variables

    def at_end(self) -> bool:
        """Whether the whole text was read."""
        return self.position == len(self.text)

    def sum(self) -> Number:
        """Read terms joined by + and -."""
        value = self.product()
        while sign := self._sign("+-"):
            term = self.product()
            value = value + term if sign == "+" else value - term
        return value

    def product(self) -> Number:
        """Read factors joined by * and /."""
        value = self.factor()
        while sign := self._sign("*/"):
            factor = self.factor()
            value = value * factor if sign == "*" else Fraction(value) / factor
        return value

    def factor(self) -> Number:
        """Read a number, a variable or a sum in brackets."""
        if self._sign("("):
            self.depth += 1
            if self.depth > DEEPEST:
                raise ValueError(self.text)
            value = self.sum()
            if not self._sign(")"):
                raise ValueError(self.text)
            self.depth -= 1
            return value
        name = self.text[self.position : self.position + 1]
        if name in self.variables:
            self.position += 1
            return self.variables[name]
        return self._number()

    def _number(self) -> int:
        end = self.position
        while end < len(self.text) and self.text[end] in DIGITS:
            end += 1
        number = parse_number(self.text[self.position : end])
        self.position = end
        return number

    def _sign(self, signs: str) -> str:
        """Read one of these characters; empty if another is next."""
        found = self.text[self.position : self.position + 1]
        if not found or found not in signs:
            return ""
        self.position += 1
        return found
