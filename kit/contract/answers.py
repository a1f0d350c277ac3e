"""What a submission is scored against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit.errors import PluginError


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
    groups: Sequence[str] | None = None
    """The group of each id, such as a query or a patient: the interval draws whole groups. Default: ids are drawn."""
    public: np.ndarray | None = None
    """Which ids are the public part, booleans (ids,), as in Kaggle's column ``Usage``. Default: chosen by hash."""

    def __post_init__(self) -> None:
        for name in ("groups", "public"):
            given = getattr(self, name)
            if given is not None and len(given) != len(self.ids):
                raise PluginError(f"answers: {name!r} does not fit the ids", expected=len(self.ids), found=len(given))
