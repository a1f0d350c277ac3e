"""The contest's metric, the answers it is computed against, and published results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.contract.format import Table


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The contest's metric, with its direction declared.

    ``function(y_true, y_pred)`` returns the score. ``prepare(truth, guess)`` makes the two arrays; their first axis
    follows ``Answers.ids`` (rows, images or scans), so that the bootstrap and the public/private split can take some of
    it. By default they are the value column's cells, joined by id. ``details(y_true, y_pred)`` returns further figures
    for ``kit score --json``. ``bootstrap(y_true, y_pred, rounds, rng)`` returns ``rounds`` scores where resampling the
    first axis and calling ``function`` would be slow.
    """

    name: str
    function: Callable[[Any, Any], float]
    higher_is_better: bool
    prepare: Callable[[Any, Table], tuple[Any, Any]] | None = None
    details: Callable[[Any, Any], Mapping[str, Any]] | None = None
    bootstrap: Callable[[Any, Any, int, np.random.Generator], np.ndarray] | None = None
    best: float | None = None
    """The score of a perfect submission, where the metric has one."""


@dataclass(frozen=True)
class Answers:
    """The hidden truth: the ids that a submission must answer, in the contest's order, and the truth itself.

    ``truth`` is what ``Metric.prepare`` takes first: a :class:`~kit.contract.format.Table`, unless the task reads its
    own tables.
    """

    ids: Sequence[str]
    truth: Any


@dataclass(frozen=True)
class Reference:
    """A published result that stands in the ranking. ``split`` says what it was measured on, ``source`` who says so."""

    name: str
    score: float
    split: str
    source: str
