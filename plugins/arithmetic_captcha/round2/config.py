"""The settings of round 2."""

from __future__ import annotations

from dataclasses import dataclass

from ..config import CaptchaConfig


@dataclass(frozen=True, kw_only=True)
class FinalConfig(CaptchaConfig):
    """The settings of all captcha tasks, the weight of the second loss, and the width of the lines."""

    located: float = 1.0
    """The weight of the cross-entropy at the steps of a generated image's characters, which is added to CTC's loss."""
    widest: float = 1.0
    """The largest factor by which lines are widened to fill the line strip. A larger one gives narrow digits, such
    as those of a denominator, more steps."""
