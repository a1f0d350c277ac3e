"""Patches to train on, balanced between tumour and not, flipped, turned and stained otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from kit import KitError, Sample

from .grid import mirrored, reduced, reduced_length, shrunk
from .label import HALF, cancer_centres, reduced_mask, region_mask
from .slide import Slide, open_slide


def sampler(samples: Sequence[Sample], rng: np.random.Generator, config: Any) -> list[int]:
    """Draw ``patches`` slides a slide for an epoch: at most a quarter from slides without cancer, the rest with."""
    total = config.patches * len(samples)
    sick = [i for i, sample in enumerate(samples) if _has_cancer(sample)]
    well = sorted(set(range(len(samples))) - set(sick))
    share = min(len(well) / len(samples), 0.25) if sick else 1.0
    healthy = round(total * share)
    order = [*_evenly(well, healthy, rng), *_evenly(sick, total - healthy, rng)]
    return [order[i] for i in rng.permutation(len(order))]


def _has_cancer(sample: Sample) -> bool:
    return sample.y is not None and len(cancer_centres(sample.y, str(sample.x))) > 0


def _evenly(places: Sequence[int], count: int, rng: np.random.Generator) -> list[int]:
    """``count`` draws, every place as often as any other give or take one."""
    if not places:
        return []
    rounds = -(-count // len(places))
    return np.concatenate([rng.permutation(places) for _ in range(rounds)])[:count].tolist() if rounds else []


def factor_of(config: Any) -> int:
    """How many source pixels make one of the network's, from the two magnifications. Raises KitError."""
    factor = config.source_magnification / config.magnification
    if factor < 1 or abs(factor - round(factor)) > 1e-6:
        raise KitError(
            "the magnification does not divide the slides'",
            expected=f"{config.source_magnification:g} divided by a whole number",
            found=f"{config.magnification:g}",
            remedy=f"--set magnification={config.source_magnification / 2:g}",
        )
    return round(factor)


def example(sample: Sample, rng: np.random.Generator | None, config: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Give a patch uint8 (3, P, P) and its truth uint8 (P, P), None for the test part.

    With a generator: a place drawn at random, half of them in the middle of cancer where the slide has any. Without:
    the whole slide, thinned out to P x P of its pixels at the network's magnification; so everything is read once.
    """
    slide, side, factor = open_slide(str(sample.x)), config.patch, factor_of(config)
    if rng is None:
        return _thinned(sample, slide, side, factor)
    top, left = _place(sample, slide, side, factor, rng)
    pixels = reduced(slide, factor, top, top + side, left, left + side)
    mask = _patch_mask(sample, slide, factor, top, left, side)
    if config.augment:
        pixels, mask = _turned(pixels, mask, int(rng.integers(8)))
        pixels = _varied(pixels, config, rng)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)), np.ascontiguousarray(mask)  # (H, W, 3) -> (3, H, W)


def _thinned(sample: Sample, slide: Slide, side: int, factor: int) -> tuple[np.ndarray, np.ndarray | None]:
    high, wide = (reduced_length(length, factor) for length in (slide.height, slide.width))
    rows, columns = (np.minimum((np.arange(side) + 0.5) * length // side, length - 1) for length in (high, wide))
    grid = rows.astype(int)[:, None], columns.astype(int)[None]
    band = max(1, 1024 // factor)  # so that a whole slide is never in memory
    pixels = np.empty((side, side, 3), np.uint8)
    for start in range(0, high, band):
        chosen = np.flatnonzero((rows >= start) & (rows < start + band))
        strip = reduced(slide, factor, start, min(high, start + band), 0, wide)
        pixels[chosen] = strip[grid[0][chosen] - start, grid[1]]
    mask = None if sample.y is None else reduced_mask(sample.y, slide, factor)[grid].astype(np.uint8)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)), mask


def _place(sample: Sample, slide: Slide, side: int, factor: int, rng: np.random.Generator) -> tuple[int, int]:
    """The top left corner of a patch, in the network's pixels; it may reach beyond the slide by a quarter."""
    centres = cancer_centres(sample.y, str(sample.x))
    if len(centres) and rng.random() < 0.5:
        row, column = centres[rng.integers(len(centres))]
        shift = rng.integers(-side // 4, side // 4 + 1, 2)
        top, left = row // factor - side // 2 + shift[0], column // factor - side // 2 + shift[1]
    else:
        top, left = (
            rng.integers(-side // 4, max(1, reduced_length(length, factor) - side + side // 4 + 1))
            for length in (slide.height, slide.width)
        )
    return int(top), int(left)


def _patch_mask(sample: Sample, slide: Slide, factor: int, top: int, left: int, side: int) -> np.ndarray:
    rows = mirrored(np.arange(top, top + side), reduced_length(slide.height, factor))
    columns = mirrored(np.arange(left, left + side), reduced_length(slide.width, factor))
    y, x = int(rows.min()), int(columns.min())
    ends = [min(int(p.max() + 1) * factor, n) for p, n in ((rows, slide.height), (columns, slide.width))]
    mask = region_mask(sample.y, slide, y * factor, ends[0], x * factor, ends[1])
    small = shrunk(mask.astype(np.uint8) * 255, factor) >= HALF
    return np.asarray(small[(rows - y)[:, None], (columns - x)[None]].astype(np.uint8))


def _turned(pixels: np.ndarray, mask: np.ndarray, kind: int) -> tuple[np.ndarray, np.ndarray]:
    """One of the eight ways to lay down a square."""
    if kind >= 4:
        pixels, mask = pixels[:, ::-1], mask[:, ::-1]
    return np.rot90(pixels, kind % 4), np.rot90(mask, kind % 4)


def _varied(pixels: np.ndarray, config: Any, rng: np.random.Generator) -> np.ndarray:
    from .stain import jitter

    if config.stain:
        pixels = jitter(pixels, config.stain, rng)
    if config.blur and rng.random() < 0.3:  # out of focus
        pixels = cv2.GaussianBlur(np.ascontiguousarray(pixels), (0, 0), rng.uniform(0.1, config.blur))
    return pixels
