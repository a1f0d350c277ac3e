"""Which CPU operators are in use, for ``kit doctor`` and the run card."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """Whether oneDNN's operators replace Paddle's, its version, for which operators, and if not, the reason.

    ``fallbacks`` are the reasons logged so far why single calls used Paddle's own operator.
    """

    active: bool
    reason: str
    version: str | None = None
    operators: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.active:
            return f"Paddle's own operators ({self.reason})"
        return f"oneDNN {self.version} for {', '.join(self.operators)}"
