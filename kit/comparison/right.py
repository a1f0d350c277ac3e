"""Which samples a run gets right, where a sample can be right or wrong."""

from __future__ import annotations

import numpy as np

from kit.comparison.paired import Paired
from kit.report.classification import class_predictions


def right_samples(paired: Paired, run: int) -> np.ndarray | None:
    """For each sample (N,) whether its prediction is right; None where predictions are not simply right or wrong.

    A class is right if it is the most probable one; rows without numbers with decimals are right if they are the
    truth's.
    """
    task, samples, values = paired.task, paired.samples, paired.values[run]
    predicted = class_predictions(samples, values)
    if predicted is not None and len(predicted.positions) == len(samples):
        return np.asarray(predicted.guess == predicted.truth)
    plain = task.format.one_row_per_id and all(column.kind != "number" for column in task.format.values)
    rows = paired.unit_samples
    if not plain or not paired.arrays or rows is None:
        return None
    y_true, y_pred = paired.arrays[run]
    if y_true.shape != y_pred.shape:
        return None
    equal = y_true == y_pred
    found = np.empty(len(samples), bool)
    found[rows] = equal if equal.ndim == 1 else equal.reshape(len(samples), -1).all(axis=1)
    return found
