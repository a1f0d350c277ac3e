import numpy as np
import pytest
from kit_plugins.pathology_segmentation.metric import bootstrap, details, pooled_f1, prepare

from kit import Table
from kit.blocks.runs import find_runs, to_text

from .conftest import regions


def table(rows: dict[str, str]) -> Table:
    columns = {"ImageId": np.array(list(rows), object), "EncodedPixels": np.array(list(rows.values()), object)}
    return Table(columns, np.arange(len(rows)))


def test_f1_is_pooled_over_pixels_and_the_mean_per_image_is_a_detail() -> None:
    truth = table({"a": "1 10", "b": "", "c": "5 4", "d": ""})
    predicted = table({"d": "1 2", "c": "5 4", "b": "", "a": "6 10"})
    y_true, y_pred = prepare(truth, predicted)
    assert y_true.tolist() == [[10], [0], [4], [0]]
    assert y_pred.tolist() == [[10, 5], [0, 0], [4, 4], [2, 0]]
    assert pooled_f1(y_true, y_pred) == pytest.approx(2 * 9 / (14 + 16))
    found = details(y_true, y_pred)
    assert found["mean_f1_per_image"] == pytest.approx((0.5 + 1 + 1 + 0) / 4)  # empty against empty is 1
    assert found["iou"] == pytest.approx(9 / 21)
    assert found["precision"] == pytest.approx(9 / 16) and found["recall"] == pytest.approx(9 / 14)


def test_scores_agree_with_scikit_learn() -> None:
    from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

    true, predicted = regions(200, 6, 4), regions(200, 6, 5)
    y_true, y_pred = prepare(table({"a": to_text(find_runs(true))}), table({"a": to_text(find_runs(predicted))}))
    found = details(y_true, y_pred)
    pair = true.ravel(), predicted.ravel()
    assert pooled_f1(y_true, y_pred) == pytest.approx(f1_score(*pair))
    assert found["iou"] == pytest.approx(jaccard_score(*pair))
    assert found["precision"] == pytest.approx(precision_score(*pair))
    assert found["recall"] == pytest.approx(recall_score(*pair))


def test_the_f1_of_the_background_is_not_the_metric() -> None:
    """With 12% cancer a submission without any has 0.936 as the public notebook counts, and 0 by this metric."""
    true = np.zeros((100, 100), bool)
    true[:12] = True
    y_true, y_pred = prepare(table({"a": to_text(find_runs(true))}), table({"a": ""}))
    assert pooled_f1(y_true, y_pred) == 0
    background = 2 * (~true).sum() / ((~true).sum() + true.size)
    assert background == pytest.approx(0.936, abs=1e-3)


def test_without_cancer_predicting_none_scores_one() -> None:
    assert pooled_f1(*prepare(table({"a": "", "b": ""}), table({"a": "", "b": ""}))) == 1


def test_the_bootstrap_resamples_images() -> None:
    rng = np.random.default_rng(0)
    y_true = rng.integers(1, 100, (40, 1)).astype(float)
    y_pred = np.c_[y_true[:, 0], np.floor(y_true[:, 0] * rng.random(40))]
    found = bootstrap(y_true, y_pred, 4000, np.random.default_rng(1))
    picks = np.random.default_rng(2).integers(0, 40, (4000, 40))
    slow = [pooled_f1(y_true[p], y_pred[p]) for p in picks]
    assert np.allclose(np.percentile(found, [2.5, 50, 97.5]), np.percentile(slow, [2.5, 50, 97.5]), atol=0.01)
