"""The folders that the kit writes to."""

from __future__ import annotations

import os
from pathlib import Path


def submissions_dir() -> Path:
    """Return the folder of runs and the ledger: ``KIT_SUBMISSIONS``, else ``submissions/`` in the current folder."""
    return _expanded(os.environ.get("KIT_SUBMISSIONS") or "submissions")


def cache_dir() -> Path:
    """Return the cache folder: ``KIT_CACHE``, else the platform's. Everything in it can be deleted."""
    if chosen := os.environ.get("KIT_CACHE"):
        return _expanded(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("contest-kit"))


def answers_dir() -> Path | None:
    """Return the folder of answers that are kept apart from the data, ``KIT_ANSWERS``, or None."""
    chosen = os.environ.get("KIT_ANSWERS")
    return _expanded(chosen) if chosen else None


def _expanded(path: str) -> Path:
    """Replace a leading ``~``, which a shell leaves in ``KIT_CACHE='~/cache'`` and in files of variables."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # the user has no home folder
        return Path(path)
