"""The settings of text captchas."""

from __future__ import annotations

from dataclasses import dataclass

from ..config import LineConfig


@dataclass(frozen=True, kw_only=True)
class TextConfig(LineConfig):
    """The settings of captchas of one line, and how often training shows 0 and O."""

    rows: int = 48
    """Rows of the input of the kit's own networks, a multiple of 8: more show more detail and take longer."""
    alike: float = 0.0
    """The fraction of generated images in which every second character is 0 or O, to tell these two apart."""
