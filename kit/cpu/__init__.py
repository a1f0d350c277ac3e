"""Training and prediction on a CPU at the machine's speed: the process environment, oneDNN's operators, inference.

:func:`kit.cpu.environment.prepare` belongs before Paddle's import, :func:`install` after it. Importing this package
imports no Paddle.
"""

from __future__ import annotations

from kit.cpu.status import Status

__all__ = ["Status", "install", "status", "uninstall"]


def install() -> Status:
    """Let oneDNN compute what it computes faster than Paddle's own CPU operators; a second call changes nothing.

    Where it cannot (another system, a library that is missing, changed or wrong, ``KIT_ONEDNN=0``) Paddle's operators
    stay and the reason is logged once on ``kit.cpu``.
    """
    from kit.cpu.onednn import patch_paddle as installation

    return installation.install()


def uninstall() -> None:
    """Put Paddle's own operators back."""
    from kit.cpu.onednn import patch_paddle as installation

    installation.uninstall()


def status() -> Status:
    """Tell what :func:`install` did, without doing anything."""
    from kit.cpu.onednn import patch_paddle as installation

    return installation.status()
