from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kit.contract.sample import Sample
from kit.report.calibration import calibration
from kit.report.classification import class_predictions, mistakes
from kit.report.confusion import confused_pairs, confusion_matrix, confusion_rows


def samples(*labels: Any) -> list[Sample]:
    return [Sample(str(number), None, label) for number, label in enumerate(labels)]


def rows(*values: Any) -> list[np.ndarray]:
    return [np.array(value, dtype=np.float32) for value in values]


def test_confusion_counts_true_rows_and_predicted_columns() -> None:
    predicted = class_predictions(
        samples(0, 0, 1, 2), rows([0.9, 0.1, 0], [0.2, 0.8, 0], [0.1, 0.9, 0], [0.5, 0.3, 0.2])
    )
    assert predicted is not None
    assert confusion_matrix(predicted).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    lines, precision = confusion_rows(predicted)
    assert [line.recall for line in lines] == [0.5, 1.0, 0.0]
    assert precision[:2] == [0.5, 0.5] and math.isnan(precision[2])
    assert confused_pairs(predicted) == [(0, 1, 1, 0.5), (2, 0, 1, 1.0)]


def test_a_class_without_samples_has_no_recall() -> None:
    predicted = class_predictions(samples(0), rows([0.9, 0.1]))
    assert predicted is not None
    assert math.isnan(confusion_rows(predicted)[0][1].recall)


def test_mistakes_are_ordered_by_confidence() -> None:
    predicted = class_predictions(samples(1, 1, 0, 1), rows([0.6, 0.4], [0.9, 0.1], [0.99, 0.01], [0.7, 0.3]))
    assert predicted is not None
    assert mistakes(predicted).tolist() == [1, 3, 0]
    assert mistakes(predicted, limit=1).tolist() == [1]


def test_one_number_is_the_probability_of_class_one() -> None:
    for prediction in (rows(0.25, 0.75), rows([0.25], [0.75])):
        predicted = class_predictions(samples(0, 1), prediction)
        assert predicted is not None
        assert predicted.probabilities.tolist() == [[0.75, 0.25], [0.25, 0.75]]


def test_samples_without_a_label_are_left_out() -> None:
    predicted = class_predictions(samples(None, 1, "a", np.int64(0)), rows([0.5, 0.5], [0, 1], [1, 0], [1, 0]))
    assert predicted is not None
    assert predicted.positions.tolist() == [1, 3] and predicted.truth.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("labels", "predictions"),
    [
        ((0, 1), rows([[0.5, 0.5]], [[0.5, 0.5]])),  # matrices
        ((0, 1), rows([0.5, 0.5], [1.0])),  # of two lengths
        ((0, 1), rows([0.5, 0.2], [0.5, 0.5])),  # do not sum to 1
        ((0, 1), rows([-1.0, 2.0], [0.5, 0.5])),
        ((0, 1), rows([np.nan, 1.0], [0.5, 0.5])),
        ((0, 5), rows([0.5, 0.5], [0.5, 0.5])),  # a label that is no class
        ((-1, 0), rows([0.5, 0.5], [0.5, 0.5])),
        ((0, 1), rows(3.5, 0.2)),  # a regression
        ((0.5, 0.25), rows(0.5, 0.2)),
        ((0, 1), [np.array([0, 1]), np.array([1, 0])]),  # not numbers with a fraction
        ((None, None), rows([0.5, 0.5], [0.5, 0.5])),
        ((), []),
        ((0, 1), rows([0.5, 0.5])),
    ],
)
def test_predictions_that_are_no_class_probabilities_are_refused(
    labels: tuple[Any, ...], predictions: list[np.ndarray]
) -> None:
    assert class_predictions(samples(*labels), predictions) is None


def test_the_calibration_error_of_an_overconfident_model_is_its_distance_from_the_truth() -> None:
    truth = [1] * 6 + [0] * 4
    result = calibration(class_predictions(samples(*truth), rows(*[[0.1, 0.9]] * 10)))  # type: ignore[arg-type]
    assert result.binary and result.count.tolist() == [10]
    assert result.error == pytest.approx(0.3)
    assert result.rate.tolist() == [0.6]


def test_calibration_of_many_classes_uses_the_most_probable_class() -> None:
    predicted = class_predictions(samples(0, 1, 2, 2), rows([1, 0, 0], [0, 1, 0], [0, 0, 1], [0.55, 0.25, 0.2]))
    assert predicted is not None
    result = calibration(predicted)
    assert not result.binary and result.count.tolist() == [1, 3]
    assert result.confidence == pytest.approx([0.55, 1.0]) and result.rate.tolist() == [0.0, 1.0]
    assert result.error == pytest.approx(0.55 / 4)
