"""What runs where, for ``kit doctor``."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Status:
    """Whether oneDNN stands in for Paddle's operators, in which version, for which of them, and if not, why."""

    active: bool
    reason: str
    version: str | None = None
    operators: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        if not self.active:
            return f"Paddle's own operators ({self.reason})"
        return f"oneDNN {self.version} for {', '.join(self.operators)}"
