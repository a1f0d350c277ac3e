from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.pathology_segmentation.annotations.label import Label, downsampled_mask, region_mask, whole_mask
from kit_plugins.pathology_segmentation.slide import open_slide

from kit import SampleError


def picture(path: Path, array: np.ndarray) -> Path:
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), array)
    return path


@pytest.fixture
def slide(tmp_path: Path) -> Path:
    return picture(tmp_path / "images" / "a.png", np.full((40, 60, 3), 200, np.uint8))


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg"])
@pytest.mark.parametrize("channels", [1, 3])
def test_smooth_edges_of_a_mask_are_thresholded_at_half(tmp_path: Path, slide: Path, name: str, channels: int) -> None:
    grey = np.zeros((40, 60), np.uint8)
    grey[8:24, 16:48] = 255
    grey[7, 16:48], grey[24, 16:48] = 100, 100
    label = Label(picture(tmp_path / name, np.repeat(grey[..., None], channels, axis=2)))
    found = whole_mask(label, open_slide(slide))
    assert found.shape == (40, 60) and found.sum() == 16 * 32 and found[8:24, 16:48].all()
    assert (region_mask(label, open_slide(slide), 5, 20, 10, 30) == found[5:20, 10:30]).all()


def test_a_mask_of_zeros_and_ones_is_not_empty(tmp_path: Path, slide: Path) -> None:
    label = Label(picture(tmp_path / "a.png", np.eye(60, dtype=np.uint8)[:40]))
    assert whole_mask(label, open_slide(slide)).sum() == 40


def test_a_mask_of_another_size_is_refused(tmp_path: Path, slide: Path) -> None:
    label = Label(picture(tmp_path / "a.png", np.zeros((60, 40), np.uint8)))
    with pytest.raises(SampleError, match=r"size of a mask[\s\S]*60 x 40[\s\S]*40 x 60[\s\S]*a\.png"):
        whole_mask(label, open_slide(slide))


def test_a_cell_is_cancer_where_at_least_half_of_it_is(tmp_path: Path, slide: Path) -> None:
    grey = np.zeros((40, 60), np.uint8)
    grey[:2, :4], grey[8:9, :4] = 255, 255  # two of four rows of a cell, then one of four
    small = downsampled_mask(Label(picture(tmp_path / "a.png", grey)), open_slide(slide), 4)
    assert small.shape == (10, 15) and small[0, 0] and small.sum() == 1
