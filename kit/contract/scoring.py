"""The contest's metric, and published results."""

from __future__ import annotations

from dataclasses import dataclass

from kit.contract.protocols import Bootstrap, Details, MetricFunction, Prepare


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The contest's metric and its direction."""

    name: str
    function: MetricFunction
    higher_is_better: bool
    prepare: Prepare | None = None
    """Default: the cells of the value column, true and predicted, joined by id."""
    details: Details | None = None
    bootstrap: Bootstrap | None = None
    """Default: the first axis is resampled and ``function`` called. Give one where that is slow."""
    best: float | None = None
    """The score of a perfect submission, if the metric has one."""


@dataclass(frozen=True)
class Reference:
    """A published result that is listed in the ranking."""

    name: str
    score: float
    split: str
    """The samples it was measured on."""
    source: str
    """Where it was published."""
