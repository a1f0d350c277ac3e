from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.annotations.label import Label, mask_on_grid
from kit_plugins.pathology_segmentation.reader import read
from kit_plugins.pathology_segmentation.tune import best_threshold, counts, tune

from kit import Sample

CONFIG = TASK.config


def test_the_threshold_with_the_best_pooled_f1_is_chosen() -> None:
    rng = np.random.default_rng(0)
    truths = [rng.random((64, 64)) < fraction for fraction in (0.3, 0.1)]
    values = [np.clip(0.2 + 0.25 * t + rng.normal(0, 0.1, t.shape), 0, 1).astype(np.float16) for t in truths]
    found = best_threshold(values, truths, [4, 4])

    def f1(threshold: float) -> float:
        predicted = [v >= threshold for v in values]
        both = sum((g & t).sum() for g, t in zip(predicted, truths, strict=True))
        return 2 * both / sum(g.sum() + t.sum() for g, t in zip(predicted, truths, strict=True))

    assert f1(found) >= max(f1(t) for t in np.arange(0.1, 0.9, 0.005)) - 1e-3
    thresholds, predicted, both = counts(values, truths, [4, 4])
    at = int(np.flatnonzero(thresholds == 0.35)[0])
    assert predicted[at] == pytest.approx(4 * sum((v.astype(np.float32) >= 0.35).sum() for v in values), rel=0.01)
    assert both[0] == 4 * sum(t.sum() for t in truths)


def test_small_false_positives_lead_to_removing_small_objects(data: Path) -> None:
    samples = [s for s in read(data, "train") if s.y != Label(None)]
    rng = np.random.default_rng(0)
    values = []
    for sample in samples:
        truth = mask_on_grid(sample.y, sample.x, (256, 256))
        specks = cv2.dilate((rng.random(truth.shape) < 0.004).astype(np.uint8), np.ones((4, 4))) > 0
        values.append(np.where(truth | specks, 0.8, 0.1).astype(np.float16))
    found = tune(samples, values, CONFIG)
    assert found["smallest_object"] > 0 and 0.1 < found["threshold"] <= 0.8
    assert tune([Sample("x", samples[0].x, Label(None))], values[:1], CONFIG)["threshold"] == 0.5


def test_a_perfect_prediction_scores_almost_perfectly(data: Path) -> None:
    from kit.scoring import held_out_score

    samples = read(data, "train")
    values = [mask_on_grid(s.y, s.x, (256, 256)).astype(np.float16) for s in samples]
    score, details = held_out_score(TASK, samples, values, tune(samples, values, CONFIG))
    assert score > 0.985 and details["mean_f1_per_image"] > 0.985
    assert details["images_with_cancer"] == 4 and details["images_predicted_with_cancer"] == 4
