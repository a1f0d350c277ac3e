"""The examples of text captchas."""

from __future__ import annotations

import cv2
import numpy as np

from kit import Sample

from ..config import CaptchaConfig
from ..inputs import WIDTH, picture_and_text
from ..synthetic.drawing import TEXT
from .grammar import CHARACTERS

HEIGHT = 48
ARTICLE = ("article_cnn", "article_crnn")  # models that see the image in colour


def example(
    sample: Sample, rng: np.random.Generator | None, config: CaptchaConfig
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the model's input and classes int64 (4,); in training the captcha may be a generated one.

    The input is ink, float32 (1, 48, 96), or for the article's models the image in colour, float32 (3, 80, 170).
    """
    picture, text = picture_and_text(sample, rng, config, CHARACTERS, TEXT)
    seen = coloured(picture) if config.model in ARTICLE else network_input(picture)
    return seen, None if text is None else CHARACTERS.encode(text)


def network_input(image: np.ndarray) -> np.ndarray:
    """Turn a captcha (H, W, 3) RGB into ink from 0 to 1, float32 (1, 48, 96).

    The grey values are scaled linearly, from paper to the darkest ink. Equalising the histogram would lose the
    difference between 0 and O, which is only the thickness of a stroke.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    paper, ink = float(np.median(grey)), float(np.percentile(grey, 2))
    small = cv2.resize(grey, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(np.clip((paper - small) / max(paper - ink, 8.0), 0, 1, dtype=np.float32)[None])


def coloured(image: np.ndarray) -> np.ndarray:
    """Turn a captcha (H, W, 3) RGB into float32 (3, H, W) from -1 to 1, as the article's CRNN does."""
    return np.ascontiguousarray(image.transpose(2, 0, 1), np.float32) / 127.5 - 1
