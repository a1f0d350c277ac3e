"""The settings that all captcha tasks have, and those of captchas of one line."""

from __future__ import annotations

from dataclasses import dataclass

from kit import KitError, TrainConfig

DOWN = 8  # rows of the input for each row of the last feature maps

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


@dataclass(frozen=True, kw_only=True)
class LineConfig(CaptchaConfig):
    """The settings of all captcha tasks, and how large the network sees an image of one line."""

    rows: int = 32
    """Rows of the input of the kit's own networks, a multiple of 8: more show more detail and take longer."""


def input_rows(config: LineConfig) -> int:
    """Return the rows of the input. Raises KitError unless they are a multiple of 8 from 16 to 128."""
    if config.rows % DOWN or not 2 * DOWN <= config.rows <= 16 * DOWN:
        raise KitError(
            "setting 'rows' is out of range", expected=f"a multiple of {DOWN} from 16 to 128", found=config.rows
        )
    return config.rows
