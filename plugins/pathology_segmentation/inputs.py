"""Training patches: drawn in balance between cancer and other tissue, rotated, flipped, with stain jitter and blur."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from kit import KitError, Sample

from .annotations.label import HALF, cancer_centres, downsampled_mask, region_mask
from .color_deconvolution import jitter_stains
from .config import SlideConfig
from .slide import Slide, open_slide
from .slide.downsample import downsample, downsampled_length, read_downsampled, reflect


def sampler(samples: Sequence[Sample], rng: np.random.Generator, config: SlideConfig) -> list[int]:
    """Draw ``patches`` positions per slide for an epoch, at most a quarter of them from slides without cancer."""
    total = config.patches * len(samples)
    positive = [i for i, sample in enumerate(samples) if _has_cancer(sample)]
    negative = sorted(set(range(len(samples))) - set(positive))
    fraction = min(len(negative) / len(samples), 0.25) if positive else 1.0
    count = round(total * fraction)
    order = [*_evenly(negative, count, rng), *_evenly(positive, total - count, rng)]
    return [order[i] for i in rng.permutation(len(order))]


def _has_cancer(sample: Sample) -> bool:
    return sample.y is not None and len(cancer_centres(sample.y, str(sample.x))) > 0


def _evenly(items: Sequence[int], count: int, rng: np.random.Generator) -> list[int]:
    """Draw ``count`` items at random, as evenly as possible: the counts of two items differ by at most 1."""
    if not items:
        return []
    rounds = -(-count // len(items))
    drawn: list[int] = [int(item) for _ in range(rounds) for item in rng.permutation(items)]
    return drawn[:count]


def downsampling_factor(config: SlideConfig) -> int:
    """Divide the slides' magnification by the network's. Raises KitError where that is not a whole number."""
    factor = config.source_magnification / config.magnification
    if factor < 1 or abs(factor - round(factor)) > 1e-6:
        raise KitError(
            "the magnification does not divide that of the slides",
            expected=f"{config.source_magnification:g} divided by a whole number",
            found=f"{config.magnification:g}",
            remedy=f"--set magnification={config.source_magnification / 2:g}",
        )
    return round(factor)


def example(
    sample: Sample, rng: np.random.Generator | None, config: SlideConfig
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read a patch uint8 (3, P, P) and its mask uint8 (P, P), None for the test part.

    With a generator: a patch at random; half of them are centred on cancer where the slide has any. Without one: a
    regular grid of P x P pixels of the whole slide at the network's magnification, so that the whole file is read once.
    """
    slide, side, factor = open_slide(str(sample.x)), config.patch, downsampling_factor(config)
    if rng is None:
        return _subsampled(sample, slide, side, factor)
    top, left = _corner(sample, slide, side, factor, rng)
    pixels = read_downsampled(slide, factor, top, top + side, left, left + side)
    mask = _patch_mask(sample, slide, factor, top, left, side)
    if config.augment:
        pixels, mask = _rotated(pixels, mask, int(rng.integers(8)))
        pixels = _jittered(pixels, config, rng)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)), np.ascontiguousarray(mask)  # (H, W, 3) -> (3, H, W)


def _subsampled(sample: Sample, slide: Slide, side: int, factor: int) -> tuple[np.ndarray, np.ndarray | None]:
    height, width = (downsampled_length(length, factor) for length in (slide.height, slide.width))
    rows, columns = (
        np.minimum((np.arange(side) + 0.5) * length // side, length - 1).astype(int) for length in (height, width)
    )
    band = max(1, 1024 // factor)  # so that a whole slide is never in memory
    pixels = np.empty((side, side, 3), np.uint8)
    for start in range(0, height, band):
        chosen = np.flatnonzero((rows >= start) & (rows < start + band))
        region = read_downsampled(slide, factor, start, min(height, start + band), 0, width)
        pixels[chosen] = region[(rows[chosen] - start)[:, None], columns[None]]
    mask = None
    if sample.y is not None:
        mask = downsampled_mask(sample.y, slide, factor)[rows[:, None], columns[None]].astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)), mask


def _corner(sample: Sample, slide: Slide, side: int, factor: int, rng: np.random.Generator) -> tuple[int, int]:
    """Draw the top left corner of a patch in the network's pixels; a quarter of it may lie beyond the slide."""
    centres = cancer_centres(sample.y, str(sample.x))
    if len(centres) and rng.random() < 0.5:
        row, column = centres[rng.integers(len(centres))]
        shift = rng.integers(-side // 4, side // 4 + 1, 2)
        return int(row // factor - side // 2 + shift[0]), int(column // factor - side // 2 + shift[1])
    top, left = (
        int(rng.integers(-side // 4, max(1, downsampled_length(length, factor) - side + side // 4 + 1)))
        for length in (slide.height, slide.width)
    )
    return top, left


def _patch_mask(sample: Sample, slide: Slide, factor: int, top: int, left: int, side: int) -> np.ndarray:
    rows = reflect(np.arange(top, top + side), downsampled_length(slide.height, factor))
    columns = reflect(np.arange(left, left + side), downsampled_length(slide.width, factor))
    y, x = int(rows.min()), int(columns.min())
    ends = [min(int(p.max() + 1) * factor, n) for p, n in ((rows, slide.height), (columns, slide.width))]
    mask = region_mask(sample.y, slide, y * factor, ends[0], x * factor, ends[1])
    small = downsample(mask.astype(np.uint8) * 255, factor) >= HALF
    return np.asarray(small[(rows - y)[:, None], (columns - x)[None]].astype(np.uint8))


def _rotated(pixels: np.ndarray, mask: np.ndarray, kind: int) -> tuple[np.ndarray, np.ndarray]:
    """Apply one of the eight rotations and reflections of a square."""
    if kind >= 4:
        pixels, mask = pixels[:, ::-1], mask[:, ::-1]
    return np.rot90(pixels, kind % 4), np.rot90(mask, kind % 4)


def _jittered(pixels: np.ndarray, config: SlideConfig, rng: np.random.Generator) -> np.ndarray:
    if config.stain:
        pixels = jitter_stains(pixels, config.stain, rng)
    if config.blur and rng.random() < 0.3:
        pixels = cv2.GaussianBlur(np.ascontiguousarray(pixels), (0, 0), rng.uniform(0.1, config.blur))
    return pixels
