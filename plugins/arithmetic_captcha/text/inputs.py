"""The examples of text captchas."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from kit import Sample

from ..config import input_rows
from ..inputs import picture_and_text
from ..synthetic.drawing import TEXT
from .config import TextConfig
from .grammar import ALIKE, CHARACTERS

WIDE = 2  # the input is so many times as wide as high, nearly as the image is
ARTICLE = ("article_cnn", "article_crnn")  # models that see the image in colour


def input_size(config: TextConfig) -> tuple[int, int]:
    """Return the height and the width of the network's input: 48 and 96 unless the settings say otherwise."""
    rows = input_rows(config)
    return rows, WIDE * rows


def random_text(rng: np.random.Generator, alike: float) -> str:
    """Return a random text; with the probability ``alike``, every second of its characters on average is 0 or O."""
    text = CHARACTERS.random_text(rng)
    if not alike or rng.random() >= alike:
        return text
    chosen = rng.random((len(text), 2)) < 0.5
    return "".join(ALIKE[int(o)] if replaced else c for c, (replaced, o) in zip(text, chosen.tolist(), strict=True))


def example(
    sample: Sample, rng: np.random.Generator | None, config: TextConfig
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the model's input and classes int64 (4,); in training the captcha may be a generated one.

    The input is ink, float32 (1, 48, 96), or for the article's models the image in colour, float32 (3, 80, 170).
    """
    picture, text = picture_and_text(sample, rng, config, partial(random_text, alike=config.alike), TEXT)
    seen = coloured(picture) if config.model in ARTICLE else network_input(picture, input_size(config))
    return seen, None if text is None else CHARACTERS.encode(text)


def network_input(image: np.ndarray, size: tuple[int, int] = (48, 96)) -> np.ndarray:
    """Turn a captcha (H, W, 3) RGB into ink from 0 to 1, float32 (1, *size).

    The grey values are scaled linearly, from paper to the darkest ink. Equalising the histogram would lose the
    difference between 0 and O, which is only the thickness of a stroke.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    paper, ink = float(np.median(grey)), float(np.percentile(grey, 2))
    small = cv2.resize(grey, size[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(np.clip((paper - small) / max(paper - ink, 8.0), 0, 1, dtype=np.float32)[None])


def coloured(image: np.ndarray) -> np.ndarray:
    """Turn a captcha (H, W, 3) RGB into float32 (3, H, W) from -1 to 1, as the article's CRNN does."""
    return np.ascontiguousarray(image.transpose(2, 0, 1), np.float32) / 127.5 - 1
