"""Round 1's submission: predictions to lines, and warnings about a finished file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit import Fault, Sample, Table

from ..decode import decode
from .grammar import EXPRESSIONS
from .result import answer_fault, result_of

EXPECTED = {
    "expression": "three digits, two operators, at most one bracket pair",
    "result": "the expression's value",
}


def write(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Return each image's most probable valid expression and its result."""
    return ((expression, result_of(expression)) for expression in decode(predictions, EXPRESSIONS))


def truth(samples: Sequence[Sample]) -> Iterator[tuple[str, str]]:
    """Return each labelled sample's expression and its result."""
    return ((sample.y, result_of(sample.y)) for sample in samples)


def review(table: Table) -> Iterator[Fault]:
    """Warn of every line whose expression does not match the grammar or whose result is not the expression's."""
    seen: dict[tuple[str, str], tuple[str, str] | None] = {}
    for line, expression, result in zip(table.lines.tolist(), table["expression"], table["result"], strict=True):
        answer = (expression, result)
        if answer not in seen:
            seen[answer] = answer_fault(*answer)
        if fault := seen[answer]:
            kind, found = fault
            yield Fault(kind, line, None, EXPECTED[kind], found, "the contest accepts the line and counts it as wrong")
