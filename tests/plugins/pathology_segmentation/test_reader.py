import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.inputs import example
from kit_plugins.pathology_segmentation.reader import read

CONFIG = TASK.config


def real(name: str) -> Path:
    folder = Path(os.environ.get("KIT_TEST_DATA", "")) / "pathology" / name
    if not os.environ.get("KIT_TEST_DATA") or not folder.is_dir():
        pytest.skip("KIT_TEST_DATA names no such folder")
    return folder


@pytest.mark.parametrize(("name", "count", "groups", "fraction"), [("camelyon", 16, 16, 0.52), ("ocdc", 5, 1, 0.366)])
def test_real_pairs_are_read(name: str, count: int, groups: int, fraction: float) -> None:
    samples = read(real(name), "train")
    assert len(samples) == count and len({sample.group for sample in samples}) == groups
    found = [example(sample, None, replace(CONFIG, patch=256)) for sample in samples]
    assert np.mean([y.mean() for _, y in found]) == pytest.approx(fraction, abs=0.01)
    assert not read(real(name), "test")
