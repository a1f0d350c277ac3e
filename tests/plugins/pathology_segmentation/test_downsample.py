from pathlib import Path

import cv2
import numpy as np
from kit_plugins.pathology_segmentation.slide import open_slide
from kit_plugins.pathology_segmentation.slide.downsample import read_downsampled, reflect

from .test_slide import IMAGE


def test_a_downsampled_region_is_the_mean_of_blocks_and_is_reflected_beyond_the_edge(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), IMAGE[..., ::-1])
    slide = open_slide(tmp_path / "a.png")
    padded = np.pad(IMAGE, ((0, 0), (0, -410 % 4), (0, 0)), "edge").astype(float)
    small = padded.reshape(75, 4, 103, 4, 3).mean(axis=(1, 3))
    whole = np.pad(small, ((90, 90), (40, 40), (0, 0)), "reflect")
    found = read_downsampled(slide, 4, -90, 75 + 90, -40, 103 + 40)
    assert np.abs(found - whole).max() <= 0.5001
    assert (read_downsampled(slide, 4, -7, 20, 95, 120) == found[83:110, 135:160]).all()


def test_positions_are_reflected_as_by_numpy() -> None:
    for length in (1, 2, 5):
        expected = np.pad(np.arange(length), 12, "reflect") if length > 1 else np.zeros(25, int)
        assert (reflect(np.arange(-12, length + 12), length) == expected).all()
