from dataclasses import replace

import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.slide import open_slide
from kit_plugins.pathology_segmentation.sliding_window import HALO_AND_STRIDE, infer

from kit import KitError, Sample

from .conftest import trained

CONFIG = TASK.config


@pytest.mark.parametrize(("name", "sizes"), [("unet", (80, 160, 1024)), ("fcn", (96, 1024))])
def test_a_prediction_does_not_depend_on_the_window(slide: Sample, name: str, sizes: tuple[int, ...]) -> None:
    _, forward, config = trained(name)
    found = [infer(forward, slide, replace(config, window=size)).astype(np.float32) for size in sizes]
    assert found[0].std() > 1e-3
    for other in found[1:]:
        assert other.shape == found[0].shape
        assert np.abs(other - found[0]).max() <= 1e-3


@pytest.mark.parametrize("name", ["unet", "fcn"])
def test_the_halo_covers_the_receptive_field(name: str) -> None:
    """Changing everything farther away than the halo does not change the prediction."""
    _, forward, _ = trained(name)
    halo, stride = HALO_AND_STRIDE[name]
    side = 2 * halo + stride
    rng = np.random.default_rng(0)
    first = rng.integers(0, 256, (1, 3, side + 2 * stride, side + 2 * stride), np.uint8)
    other = 255 - first
    inner = slice(stride, stride + side)
    other[:, :, inner, inner] = first[:, :, inner, inner]
    a, b = forward(first)[0], forward(other)[0]
    scale = first.shape[2] // a.shape[0]
    middle = slice((stride + halo) // scale, (2 * stride + halo) // scale)
    assert np.abs(a[middle, middle] - b[middle, middle]).max() < 1e-5
    assert np.abs(a[0] - b[0]).max() > 1e-4  # what is near does change it


def test_predictions_are_on_the_grid_of_the_slide(slide: Sample) -> None:
    """With a forward that returns the red channel, a prediction is the red channel at half its size."""

    def forward(batch: np.ndarray) -> np.ndarray:
        return batch[:, 0].astype(np.float32) / 255

    image = open_slide(slide.x).read(0, 411, 0, 297)
    for window in (16, 64, 512):
        found = infer(forward, slide, replace(CONFIG, window=window))
        assert found.shape == (206, 149) and found.dtype == np.float16
        small = image[:410, :296, 0].reshape(205, 2, 148, 2).mean(axis=(1, 3)) / 255
        assert np.abs(found[:205, :148] - small).max() < 4e-3


def test_a_window_smaller_than_the_stride_is_refused(slide: Sample) -> None:
    with pytest.raises(KitError, match="window"):
        infer(lambda batch: batch[:, 0], slide, replace(CONFIG, window=8))
