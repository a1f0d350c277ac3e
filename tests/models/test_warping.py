"""Images are moved on the device as OpenCV moves them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from kit.blocks.augment import affine, affine_maps
from kit.device import paddle
from kit.models import warp

LIMITS = {"rotation": 20.0, "zoom": 0.2, "shear": 0.2, "shift": 4.0}


def images(height: int, width: int, count: int = 8) -> np.ndarray:
    rng = np.random.default_rng(0)
    rough = rng.random((count, 2, height, width)).astype(np.float32)
    return np.stack([[cv2.GaussianBlur(channel, (0, 0), 1.5) for channel in image] for image in rough])


@pytest.mark.parametrize(("height", "width"), [(28, 28), (20, 33)])
def test_a_map_moves_pixels_as_opencv_does(height, width):
    before, maps = images(height, width), affine_maps(np.random.default_rng(1), 8, 28, **LIMITS)
    found = warp(paddle.to_tensor(before), maps).numpy()
    for image, moved, map_ in zip(before, found, maps, strict=True):
        for channel, result in zip(image, moved, strict=True):
            # OpenCV rounds positions to 1/32 of a pixel.
            assert np.abs(result - cv2.warpAffine(channel, map_, (width, height))).max() < 0.03
    assert np.abs(found - before).mean() > 0.03


def test_a_shift_by_whole_pixels_is_exact_and_what_comes_from_outside_is_zero():
    before = images(9, 9)
    maps = np.tile(np.array([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]), (8, 1, 1))
    found = warp(paddle.to_tensor(before), maps).numpy()
    np.testing.assert_allclose(found[:, :, :-1, 2:], before[:, :, 1:, :-2], atol=1e-5)
    assert np.abs(found[:, :, -1]).max() < 1e-5 and np.abs(found[:, :, :, :2]).max() < 1e-5


def test_maps_drawn_together_are_those_drawn_one_by_one():
    together = affine_maps(np.random.default_rng(5), 6, 28, **LIMITS)
    rng = np.random.default_rng(5)
    np.testing.assert_allclose(together, [affine(rng, 28, **LIMITS) for _ in range(6)], atol=1e-12)
