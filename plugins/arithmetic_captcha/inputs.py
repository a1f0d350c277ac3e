"""What all captcha tasks do to make an example, and which examples an epoch shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kit import Sample

from .config import CaptchaConfig
from .image import read_captcha
from .synthetic.drawing import Look, draw

RandomText = Callable[[np.random.Generator], str]


def picture_and_text(
    sample: Sample, rng: np.random.Generator | None, config: CaptchaConfig, random_text: RandomText, look: Look
) -> tuple[np.ndarray, str | None]:
    """Read a captcha or, in training, generate one instead: an image (H, W, 3) RGB and the text that it shows.

    ``config.generated`` is the probability of a generated captcha. The text of a test image is None.
    """
    if rng is not None and rng.random() < config.generated:
        text = random_text(rng)
        return draw(text, look, rng), text
    return read_captcha(sample.x, look.width, look.height), sample.y


def sampler(samples: Sequence[Sample], rng: np.random.Generator, config: CaptchaConfig) -> Sequence[int]:
    """Return each training image ``repeats`` times, shuffled, but no more than ``images`` in all."""
    order = np.concatenate([rng.permutation(len(samples)) for _ in range(max(1, config.repeats))])
    return [int(position) for position in order[: max(1, config.images)]]
