"""What a user says about a contest that its files do not."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {
    "binary": "binary",
    "classes": "classes",
    "regression": "regression",
    "multi-label": "multi-label",
    "masks": "masks",
}


@dataclass(frozen=True)
class Options:
    """The options of ``kit new-task --from``; empty: found out, or a default that is said to be one."""

    target: tuple[str, ...] = ()
    metric: str = ""
    group: str = ""
    time: str = ""
    id: str = ""
    kind: str = ""
    positive: str = ""
    shape: tuple[int, ...] = ()
