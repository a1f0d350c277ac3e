"""Write predictions as rows of the submission or as mask images, and the rows of a perfect submission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kit import Row, Sample
from kit.blocks.runs import find_runs, to_text

from .annotations.label import whole_mask
from .postprocessing import full_size_mask
from .slide import open_slide


def rows(samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the name of each slide with its mask, run-length encoded."""
    for sample, mask in _full_size(samples, predictions, tuned):
        yield sample.id, to_text(find_runs(mask))


def masks(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield ``NAME.region.png``, as the public notebook names it, with the mask (0 and 255) at the slide's size."""
    for sample, mask in _full_size(samples, predictions, tuned):
        yield f"{sample.id}.region.png", mask.astype(np.uint8) * 255


def truth(samples: Sequence[Sample]) -> Iterator[Row]:
    """Yield the rows of a perfect submission for labelled slides."""
    for sample in samples:
        yield sample.id, to_text(find_runs(whole_mask(sample.y, open_slide(str(sample.x)))))


def _full_size(
    samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any]
) -> Iterator[tuple[Sample, np.ndarray]]:
    for sample, prediction in zip(samples, predictions, strict=True):
        slide = open_slide(str(sample.x))
        yield sample, full_size_mask(np.asarray(prediction), slide.height, slide.width, tuned)
