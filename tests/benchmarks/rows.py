"""What is measured: one row a network. A new task joins by adding its row to ``ROWS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """A network and what it is fed.

    ``paddle`` and ``torch`` build the same network, as 'module:function' of this folder or of a plugin, so that each
    engine's process imports only its own framework; ``torch`` may be None. ``shape`` is a batch's. ``loss`` is
    'classes' (logits (B, C)) or 'ctc' (logits (T, B, C), blank 0); C is ``classes``, a line has ``text`` characters.
    """

    name: str
    title: str
    paddle: str
    torch: str | None
    shape: tuple[int, ...]
    loss: str = "classes"
    classes: int = 10
    text: int = 0


ROWS = (
    Row("digit", "digit CNN of the article", "networks_paddle:digit", "networks_torch:digit", (128, 1, 28, 28)),
    Row(
        "captcha",
        "captcha CRNN of the article",
        "networks_paddle:captcha",
        "networks_torch:captcha",
        (64, 3, 80, 170),
        loss="ctc",
        classes=37,
        text=4,
    ),
    Row(
        "volume",
        "3D CNN 8-16-32-64",
        "networks_paddle:volume",
        "networks_torch:volume",
        (64, 1, 16, 16, 16),
        classes=2,
    ),
)


def named(name: str) -> Row:
    """Return the row of that name."""
    return next(row for row in ROWS if row.name == name)


def builder(path: str) -> Callable[[], Any]:
    """Return the function that 'module:function' names, looked for in this folder and then among the plugins."""
    from importlib import import_module

    module, _, function = path.partition(":")
    package = "kit_plugins" if "." in module else __package__
    found: Callable[[], Any] = getattr(import_module(f"{package}.{module}"), function)
    return found
