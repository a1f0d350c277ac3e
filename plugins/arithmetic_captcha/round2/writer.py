"""Round 2's submission: predictions to lines, and warnings about a finished file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit import Fault, Sample, Table

from .value import answer_fault, value_text

EXPECTED = {"expression": "assignments;expression with one fraction", "value": "the expression's value"}
EFFECT = {
    "expression": "the contest accepts the line and counts it as wrong",
    "value": "the value is not scored",
}


def write(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Return each image's most probable valid text and its value."""
    from .beam_search import decode

    return ((text, value_text(text)) for text in decode(predictions))


def truth(samples: Sequence[Sample]) -> Iterator[tuple[str, str]]:
    """Return each labelled sample's text and its value."""
    return ((sample.y, value_text(sample.y)) for sample in samples)


def review(table: Table) -> Iterator[Fault]:
    """Warn of every line that cannot be evaluated, is not of the contest's form, or has another value."""
    for line, text, cell in zip(table.lines.tolist(), table["text"], table["value"], strict=True):
        if fault := answer_fault(text, cell):
            kind, found = fault
            yield Fault(kind, line, None, EXPECTED[kind], found, EFFECT[kind])
