"""One training or prediction example, and which an epoch shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from kit import Sample

from . import grammar, image
from .draw import ROUND_1, TEXT, Look, draw
from .grammar import Grammar


def example(
    sample: Sample, rng: np.random.Generator | None, config: Any, *, texts: Grammar, look: Look
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read a captcha or, in training, at times draw another: ink float32 (1, H, 96) and classes int64 (places,)."""
    if rng is not None and rng.random() < config.generated:
        text = texts.draw(rng)
        picture = draw(text, look, rng)
    else:
        text = sample.y
        picture = image.read(sample.x, look.width, look.height)
    if texts is grammar.TEXT:
        seen = image.text_input(picture)
    elif rng is None or rng.random() >= config.binarised:
        seen = image.network_input(picture)
    else:
        seen = image.network_input(picture, int(rng.integers(100, 230)), thicken=bool(rng.random() < 0.5))
    return seen, None if text is None else texts.encode(text)


def sampler(samples: Sequence[Sample], rng: np.random.Generator, config: Any) -> Sequence[int]:
    """Each training image ``repeats`` times, shuffled, but no more than ``images`` in all."""
    order = np.concatenate([rng.permutation(len(samples)) for _ in range(max(1, config.repeats))])
    return [int(place) for place in order[: max(1, config.images)]]


arithmetic: Callable[..., Any] = partial(example, texts=grammar.ARITHMETIC, look=ROUND_1)
text: Callable[..., Any] = partial(example, texts=grammar.TEXT, look=TEXT)
