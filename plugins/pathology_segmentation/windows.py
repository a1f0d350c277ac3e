"""Prediction by a sliding window: every pixel is predicted with all that the network can see of its surroundings."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit import Forward, KitError, Sample

from .grid import reduced, reduced_length
from .patches import factor_of
from .slide import open_slide

# What a network sees around a pixel, at its own magnification, rounded up to the network's stride: (halo, stride).
# The tests hold both to the networks themselves.
SEES = {"unet": (112, 16), "fcn": (288, 32), "baseline": (0, 1)}


def infer(forward: Forward, sample: Sample, config: Any) -> np.ndarray:
    """Predict a whole slide: the probability of cancer as float16 (h, w), on the network's output grid.

    Windows start at multiples of the network's stride and carry a halo as wide as its receptive field, beyond the
    slide's edge its mirror image; so neither their size nor their place changes the result.
    """
    slide, factor = open_slide(str(sample.x)), factor_of(config)
    halo, stride = SEES[config.model or "unet"]
    height, width = (reduced_length(length, factor) for length in (slide.height, slide.width))
    step = _step(config, stride)
    out, scale = np.empty((0, 0), np.float16), 1
    for top in range(0, height, step):
        for left in range(0, width, step):
            bottom, right = (min(a + step, _up(n, stride)) for a, n in ((top, height), (left, width)))
            pixels = reduced(slide, factor, top - halo, bottom + halo, left - halo, right + halo)
            batch = np.ascontiguousarray(pixels.transpose(2, 0, 1))[None]  # (H, W, 3) -> (1, 3, H, W)
            values = forward(batch)[0]
            if not out.size:
                scale = batch.shape[2] // values.shape[0]
                out = np.empty((-(-height // scale), -(-width // scale)), np.float16)
            edge = halo // scale
            inner = values[edge : values.shape[0] - edge, edge : values.shape[1] - edge]
            target = out[top // scale : bottom // scale, left // scale : right // scale]
            target[...] = inner[: target.shape[0], : target.shape[1]]
    return out


def _up(length: int, stride: int) -> int:
    return -(-length // stride) * stride


def _step(config: Any, stride: int) -> int:
    if config.window < stride:
        raise KitError(
            "the window is smaller than the network's stride", expected=f"at least {stride}", found=config.window
        )
    return int(config.window // stride * stride)
