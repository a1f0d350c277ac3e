"""Log each reason for a slower path once per process, on the logger ``kit.cpu``."""

from __future__ import annotations

import logging

LOGGER = logging.getLogger("kit.cpu")

_logged: set[str] = set()


def warn(reason: str) -> None:
    """Log the reason as a warning unless this process has logged it before."""
    if reason not in _logged:
        _logged.add(reason)
        LOGGER.warning(reason)


def reasons() -> list[str]:
    """Return every reason logged so far, sorted."""
    return sorted(_logged)


def reset() -> None:
    """Forget the logged reasons, so that each is logged again (for tests)."""
    _logged.clear()
