"""Prediction by a sliding window in which every pixel is predicted with its whole receptive field."""

from __future__ import annotations

import numpy as np

from kit import Forward, KitError, Sample
from kit.blocks.pipelining import pipelined

from .config import SlideConfig
from .inputs import downsampling_factor
from .slide import Slide, open_slide
from .slide.downsample import downsampled_length, read_downsampled

# Of each model: half its receptive field in pixels of its input, rounded up to its stride; and its stride.
# The tests measure both on the networks.
HALO_AND_STRIDE = {"unet": (112, 16), "pretrained_unet": (208, 16), "fcn": (288, 32), "baseline": (0, 1)}


def infer(forward: Forward, sample: Sample, config: SlideConfig) -> np.ndarray:
    """Predict a whole slide: the probability of cancer as float16 (h, w), on the grid of the network's output.

    Windows start at multiples of the network's stride and have a halo as wide as half its receptive field, beyond the
    slide's edge its reflection. So neither the size nor the position of a window changes the result.
    """
    slide, factor = open_slide(str(sample.x)), downsampling_factor(config)
    halo, stride = HALO_AND_STRIDE[config.model or "unet"]
    height, width = (downsampled_length(length, factor) for length in (slide.height, slide.width))
    step = _step(config, stride)

    def ends(start: int, length: int) -> int:
        return min(start + step, _round_up(length, stride))

    boxes = [
        (top, ends(top, height), left, ends(left, width))
        for top in range(0, height, step)
        for left in range(0, width, step)
    ]
    # A generator: a GPU computes a window while the next one is read.
    batches = (_window(slide, factor, halo, box) for box in boxes)
    out, scale = np.empty((0, 0), np.float16), 1
    for (top, bottom, left, right), (values,) in zip(boxes, pipelined(forward, batches), strict=True):
        if not out.size:
            scale = (bottom - top + 2 * halo) // values.shape[0]
            out = np.empty((-(-height // scale), -(-width // scale)), np.float16)
        edge = halo // scale
        inner = values[edge : values.shape[0] - edge, edge : values.shape[1] - edge]
        target = out[top // scale : bottom // scale, left // scale : right // scale]
        target[...] = inner[: target.shape[0], : target.shape[1]]
    return out


def _window(slide: Slide, factor: int, halo: int, box: tuple[int, int, int, int]) -> np.ndarray:
    """The pixels of a box and its halo as a batch of one, (1, 3, height, width)."""
    top, bottom, left, right = box
    pixels = read_downsampled(slide, factor, top - halo, bottom + halo, left - halo, right + halo)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))[None]


def _round_up(length: int, stride: int) -> int:
    return -(-length // stride) * stride


def _step(config: SlideConfig, stride: int) -> int:
    if config.window < stride:
        raise KitError(
            "the window is smaller than the network's stride", expected=f"at least {stride}", found=config.window
        )
    return config.window // stride * stride
