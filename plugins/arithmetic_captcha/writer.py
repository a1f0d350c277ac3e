"""Predictions to rows, the perfect rows of labelled samples, and what a user should know about a finished file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit import Fault, Sample, Table

from .decode import decode
from .grammar import ARITHMETIC, TEXT, value
from .labels import judge


def write(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Give each image's best valid expression and its result."""
    return ((expression, str(value(expression))) for expression in decode(predictions, ARITHMETIC))


def truth(samples: Sequence[Sample]) -> Iterator[tuple[str, str]]:
    """Give each labelled sample's expression and its result."""
    return ((sample.y, str(value(sample.y))) for sample in samples)


def write_text(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Give each image's number and its text."""
    return zip((sample.id for sample in samples), decode(predictions, TEXT), strict=True)


def truth_text(samples: Sequence[Sample]) -> Iterator[tuple[str, str]]:
    """Give each labelled sample's number and its text."""
    return ((sample.id, sample.y) for sample in samples)


def review(table: Table) -> Iterator[Fault]:
    """Warn of every line whose expression is outside the grammar or whose result does not follow from it."""
    seen: dict[tuple[str, str], str | None] = {}
    for line, expression, result in zip(table.lines.tolist(), table["expression"], table["result"], strict=True):
        key = (expression, result)
        if key not in seen:
            seen[key] = judge(*key)
        if fault := seen[key]:
            kind = "result" if ARITHMETIC.holds(expression) else "expression"
            expected = (
                "the expression's value"
                if kind == "result"
                else "three digits, two operators, at most one bracket pair"
            )
            yield Fault(kind, line, None, expected, fault, "the contest accepts the line and counts it wrong")


def text_rule(cell: str) -> str | None:
    """What is wrong with a text captcha's answer, or None."""
    return None if TEXT.holds(cell) else "write four digits or capital letters"
