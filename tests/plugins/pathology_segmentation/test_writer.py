from pathlib import Path

import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.annotations.label import whole_mask
from kit_plugins.pathology_segmentation.postprocessing import full_size_mask
from kit_plugins.pathology_segmentation.reader import read
from kit_plugins.pathology_segmentation.rle import from_text
from kit_plugins.pathology_segmentation.slide import open_slide
from kit_plugins.pathology_segmentation.writer import masks, rows

from kit import Sample
from kit.blocks.runs import draw_runs


def test_masks_have_the_slide_s_size_and_rows_encode_them(slide: Sample) -> None:
    values = np.zeros((103, 75), np.float16)  # a quarter of 411 x 297, rounded up
    values[20:60, 10:50] = 0.9
    (name, mask), (id, runs) = next(masks([slide], [values], {})), next(iter(rows([slide], [values], {})))
    assert name == "a.region.png" and id == "a"
    assert mask.shape == (411, 297) and set(np.unique(mask)) == {0, 255}
    assert (draw_runs(from_text(runs), (411, 297)) == (mask > 0)).all()
    assert (mask > 0).sum() == pytest.approx(160 * 160, rel=0.02)
    assert mask[90:230, 50:190].all()
    assert not full_size_mask(values, 411, 297, {"threshold": 0.95}).any()
    assert not full_size_mask(values, 411, 297, {"smallest_object": 26_000}).any()


def test_answers_of_the_sample_are_the_true_masks(data: Path) -> None:
    samples = read(data, "train")
    for id, runs in TASK.truth(samples):
        sample = next(s for s in samples if s.id == id)
        slide = open_slide(sample.x)
        assert (draw_runs(from_text(runs), (slide.height, slide.width)) == whole_mask(sample.y, slide)).all()
