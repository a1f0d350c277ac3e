"""Say each thing once: why a stock operator or a slower way is used."""

from __future__ import annotations

import logging

LOGGER = logging.getLogger("kit.cpu")

_said: set[str] = set()


def once(reason: str) -> None:
    """Log the reason the first time this process meets it."""
    if reason not in _said:
        _said.add(reason)
        LOGGER.warning(reason)


def reasons() -> list[str]:
    """Return everything said so far, sorted."""
    return sorted(_said)


def forget() -> None:
    """Let every reason be said again."""
    _said.clear()
