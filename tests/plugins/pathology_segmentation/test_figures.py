from pathlib import Path

import cv2
import numpy as np
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.annotations.label import mask_on_grid
from kit_plugins.pathology_segmentation.reader import read

from kit import Evidence


def test_the_report_shows_the_curve_and_the_best_and_worst_slides(data: Path) -> None:
    samples = read(data, "train")
    values = [cv2.blur(mask_on_grid(s.y, s.x, (256, 256)).astype(np.float32), (9, 9)) for s in samples]
    found = list(TASK.figures(Evidence(samples, values, {}, {"threshold": 0.4}, {})))
    assert [figure.title for figure in found] == ["Precision and recall", "Worst slides", "Best slides"]
    for figure in found:
        assert cv2.imdecode(np.frombuffer(figure.png, np.uint8), cv2.IMREAD_COLOR) is not None
    assert TASK.picture(samples[0]).shape == (512, 512, 3)
    assert not list(TASK.figures(Evidence([samples[4]], [np.zeros((256, 256))], {}, {}, {})))
