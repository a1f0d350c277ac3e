"""Who records a submission, and on which machine."""

from __future__ import annotations

import getpass
import os
import platform
import subprocess

SECONDS = 10


def author() -> str | None:
    """``KIT_AUTHOR``, else git's ``user.name``, else the name of the account."""
    if named := os.environ.get("KIT_AUTHOR", "").strip():
        return named
    try:
        command = ["git", "config", "user.name"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
        if name := done.stdout.strip():
            return name
    except (OSError, ValueError, subprocess.SubprocessError):
        pass
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def host() -> str:
    """The machine's name."""
    return platform.node()
