"""The settings that all captcha tasks have."""

from __future__ import annotations

from dataclasses import dataclass

from kit import TrainConfig

REQUIRES = dict.fromkeys(("captcha", "pylopdf_fonts_zh_cn"), "contest-kit[captcha]")
"""What captchas are drawn with: both packages carry fonts, and every task trains on generated captchas too."""


@dataclass(frozen=True, kw_only=True)
class CaptchaConfig(TrainConfig):
    """The kit's settings, and how training mixes the given images with generated ones."""

    generated: float = 0.9
    """The fraction of training examples that are generated. Each replaces the image whose turn it is."""
    repeats: int = 6
    """How often an epoch takes each training image."""
    images: int = 24_000
    """The largest number of examples in an epoch."""
    binarised: float = 0.25
    """The fraction of training examples that are binarised, as in some copies of round 1's images."""
