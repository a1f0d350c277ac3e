"""Training and prediction on a CPU at full speed: the process environment, and oneDNN's operators.

Call :func:`kit.cpu.environment.prepare` before importing Paddle, and :func:`install` after it. Importing this package
does not import Paddle.
"""

from __future__ import annotations

from kit.cpu.status import Status

__all__ = ["Status", "guard_grid_sample", "install", "status", "uninstall"]


def install() -> Status:
    """Replace Paddle's CPU operators by oneDNN's where those are faster; a second call changes nothing.

    Where oneDNN cannot be used (another system, a library that is missing, of another version or gives wrong results,
    ``KIT_ONEDNN=0``) Paddle's own operators stay and the reason is logged once on ``kit.cpu``.
    """
    from kit.cpu.onednn import patch_paddle

    return patch_paddle.install()


def uninstall() -> None:
    """Put Paddle's own operators back."""
    from kit.cpu.onednn import patch_paddle

    patch_paddle.uninstall()


def status() -> Status:
    """Return which operators are in use, without changing them."""
    from kit.cpu.onednn import patch_paddle

    return patch_paddle.status()


def guard_grid_sample() -> None:
    """Keep the gradient of Paddle's ``grid_sample`` from crashing the process; a second call changes nothing."""
    from kit.cpu import grid_sample

    grid_sample.guard()
