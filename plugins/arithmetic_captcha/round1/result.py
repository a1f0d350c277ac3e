"""The result of an expression, and what is wrong with an answer."""

from __future__ import annotations

from functools import lru_cache

from ..expression import evaluate_expression
from .grammar import EXPRESSIONS


@lru_cache(maxsize=1 << 16)
def result_of(expression: str) -> str:
    """Return an expression's result as the contest writes it.

    >>> result_of("(4*8)+8")
    '40'
    """
    return str(evaluate_expression(expression))


def answer_fault(expression: str, result: str) -> tuple[str, str] | None:
    """Return what is wrong with an answer: which column, and a sentence; None if it is right."""
    if not EXPRESSIONS.matches(expression):
        if evaluate_expression(expression) is None:
            return "expression", f"{expression[:20]!r} is not a valid expression"
        return "expression", f"{expression[:20]!r} is not of the contest's form"
    right = result_of(expression)
    return None if result == right else ("result", f"{expression} is {right}, not {result[:20]!r}")
