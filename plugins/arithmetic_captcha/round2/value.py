"""The exact value of a text of round 2, and what is wrong with an answer."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from ..expression import LONGEST, evaluate_expression, parse_number
from .grammar import HAN, matches

RELATIVE, ABSOLUTE = 2e-6, 0.01  # the contest's labels have seven digits; its tolerance was 0.01
SHOWN = 60  # characters of a text in a message


@lru_cache(maxsize=1 << 16)
def value_of(text: str) -> Fraction | None:
    """Evaluate ``assignments;expression``; None if it is not of this form or divides by zero.

    >>> value_of("流=6;圳=86;(圳-(2*3))*流/4"), value_of("流=6;流/0"), value_of("流=6;圳/2")
    (Fraction(120, 1), None, None)
    """
    if len(text) > LONGEST:
        return None
    *assignments, expression = text.split(";")
    variables: dict[str, Fraction] = {}
    for assignment in assignments:
        name, sign, number = assignment[:1], assignment[1:2], assignment[2:]
        if not name or name not in HAN or sign != "=" or name in variables:
            return None
        try:
            variables[name] = Fraction(parse_number(number))
        except ValueError:
            return None
    return evaluate_expression(expression, variables)


def value_text(text: str) -> str:
    """Return the value as the contest's labels have it, with seven digits: ``-5.252849e+09``; ``nan`` without one."""
    value = value_of(text)
    return "nan" if value is None else f"{float(value):.6e}"


def is_value_of(text: str, cell: str) -> bool:
    """Whether a cell is the text's value, to seven digits or to 0.01."""
    value = value_of(text)
    try:
        found = float(cell)
    except ValueError:
        return False
    return value is not None and math.isclose(float(value), found, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def answer_fault(text: str, cell: str) -> tuple[str, str] | None:
    """Return what is wrong with an answer: which column, and a sentence; None if it is right."""
    if value_of(text) is None:
        return "expression", f"{text[:SHOWN]!r} cannot be evaluated"
    if not matches(text):
        return "expression", f"{text[:SHOWN]!r} is not of the contest's form"
    if not is_value_of(text, cell):
        return "value", f"the value is {value_text(text)}, not {cell[:20]!r}"
    return None
