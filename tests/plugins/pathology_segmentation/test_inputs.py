from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.annotations.label import Label
from kit_plugins.pathology_segmentation.inputs import downsampling_factor, example, sampler
from kit_plugins.pathology_segmentation.reader import read
from kit_plugins.pathology_segmentation.sample import svg

from kit import KitError, Sample

from .test_files import touch

CONFIG = TASK.config


def test_a_magnification_must_divide_that_of_the_slides() -> None:
    assert downsampling_factor(replace(CONFIG, magnification=5.0)) == 4
    for wrong in (3.0, 40.0, 15.0):
        with pytest.raises(KitError, match="magnification"):
            downsampling_factor(replace(CONFIG, magnification=wrong))


def test_patches_are_balanced_between_cancer_and_other_tissue(data: Path) -> None:
    samples = read(data, "train")
    rng = np.random.default_rng(0)
    order = sampler(samples, rng, CONFIG)
    assert len(order) == CONFIG.patches * 5
    assert np.mean([samples[i].y == Label(None) for i in order]) == pytest.approx(0.2, abs=0.01)
    pairs = [example(samples[i], np.random.default_rng([0, k]), CONFIG) for k, i in enumerate(order)]
    assert 0.25 < np.mean([y.mean() for _, y in pairs]) < 0.55
    assert all(x.shape == (3, 192, 192) and x.dtype == np.uint8 for x, _ in pairs)
    assert {x.shape for x, _ in pairs} == {(3, 192, 192)} and {y.shape for _, y in pairs} == {(192, 192)}


def test_the_mask_of_a_patch_matches_its_pixels(tmp_path: Path) -> None:
    """Cancer is painted red here; wherever a patch is and however it is rotated, its mask is where it is red."""
    image = np.full((400, 400, 3), 255, np.uint8)
    ring = np.array([(40, 50), (260, 90), (200, 350), (90, 300)])
    cv2.fillPoly(image, [ring], (0, 0, 255))
    touch(tmp_path, "image/a.png", "labels/a.svg")
    cv2.imwrite(str(tmp_path / "image/a.png"), image)
    (tmp_path / "labels/a.svg").write_text(svg([ring.astype(float)], 400))
    sample = read(tmp_path, "train")[0]
    config = replace(CONFIG, patch=64, stain=0.0, blur=0.0)
    for seed in range(30):
        x, y = example(sample, np.random.default_rng(seed), config)
        assert ((x[1] < 128) == y).mean() > 0.97
    x, y = example(sample, None, config)
    assert ((x[1] < 128) == y).mean() > 0.97


def test_a_sample_of_the_test_part_has_no_mask(data: Path) -> None:
    sample = read(data, "test")[0]
    x, y = example(sample, None, CONFIG)
    assert isinstance(sample, Sample) and x.shape == (3, 192, 192) and y is None
