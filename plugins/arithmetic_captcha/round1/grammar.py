"""Round 1's expressions."""

from __future__ import annotations

from ..grammar import DIGITS, OPERATORS, Grammar


def _template(shape: str) -> tuple[str, ...]:
    return tuple({"d": DIGITS, "o": OPERATORS}.get(sign, sign) for sign in shape)


EXPRESSIONS = Grammar(DIGITS + OPERATORS + "()", tuple(map(_template, ("dodod", "(dod)od", "do(dod)"))))
"""``d`` a digit, ``o`` an operator; measured on the contest's 100,000 labels."""
