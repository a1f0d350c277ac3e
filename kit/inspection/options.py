"""What a user says about a contest that its files do not."""

from __future__ import annotations

from dataclasses import dataclass, fields

from kit.errors import DataError


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

    def refuse_others(self, what: str, *allowed: str) -> None:
        """Raise DataError for an option that says nothing about such a contest, instead of passing over it."""
        given = [f"--{item.name}" for item in fields(self) if getattr(self, item.name) and item.name not in allowed]
        if given:
            expected = ", ".join(f"--{name}" for name in allowed)
            raise DataError(f"{given[0]} is not for {what}", expected=f"of these options only {expected}")
