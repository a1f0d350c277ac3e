"""What a submission is scored against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Answers:
    """The hidden truth: the ids that a submission must answer, in the contest's order, and the truth itself.

    ``truth`` is the first argument of ``Metric.prepare``: a :class:`~kit.contract.format.Table`, unless the task reads
    tables of its own.
    """

    ids: Sequence[str]
    truth: Any
    source: Path | None = None
    """The file that they were read from, for messages; None: the path that was given."""
