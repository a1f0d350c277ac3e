import numpy as np
import pytest
from kit_plugins.pathology_segmentation.color_deconvolution import jitter_stains, separate_stains


def test_stains_are_separated_as_by_scikit_image() -> None:
    colour = pytest.importorskip("skimage.color")
    pixels = np.random.default_rng(0).integers(5, 256, (50, 50, 3), np.uint8)
    theirs = colour.rgb2hed(pixels)
    ours = np.maximum(separate_stains(pixels), 0)
    for channel in range(2):
        assert np.corrcoef(ours[..., channel].ravel(), theirs[..., channel].ravel())[0, 1] > 0.98


def test_stain_jitter_keeps_glass_bright_and_changes_the_rest() -> None:
    pixels = np.full((8, 8, 3), 250, np.uint8)
    pixels[4:] = (150, 90, 170)
    found = [jitter_stains(pixels, 0.2, np.random.default_rng(seed)) for seed in range(8)]
    assert len({f.tobytes() for f in found}) == 8
    assert min(f[:4].min() for f in found) > 225
    assert (jitter_stains(pixels, 0.0, np.random.default_rng(0)).astype(int) - pixels).max() <= 1
