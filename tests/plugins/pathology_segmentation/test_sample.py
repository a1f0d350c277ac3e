from pathlib import Path

from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.annotations.label import Label
from kit_plugins.pathology_segmentation.inputs import example
from kit_plugins.pathology_segmentation.reader import read
from kit_plugins.pathology_segmentation.sample import SIDE
from kit_plugins.pathology_segmentation.slide import open_slide

CONFIG = TASK.config


def test_the_sample_has_the_contest_s_files(data: Path) -> None:
    train, test = read(data, "train"), read(data, "test")
    assert [s.id for s in train] == ["T01_1", "T01_2", "T02_1", "T02_2", "T03_1"] and len(test) == 2
    assert [s.group for s in train] == ["T01", "T01", "T02", "T02", "T03"]
    assert train[4].y == Label(None) and test[0].y is None
    assert (open_slide(train[0].x).height, open_slide(train[0].x).width) == (SIDE, SIDE)
    fractions = [example(s, None, CONFIG)[1].mean() for s in train[:4]]
    assert all(0.05 < fraction < 0.45 for fraction in fractions)
