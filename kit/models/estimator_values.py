"""Values of a loaded estimator that compiled code uses without checking them: indices of trees and of neighbours.

A wrong index would read or write outside of an array. See the note on ``Tree`` in skops, which for this reason does not
trust it by default.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.models.boosting_values import check_boosting
from kit.models.estimator_schema import UnsafeEstimatorError
from kit.models.estimator_types import parts_of

MOST_JOBS = 256


def check_values(estimator: object) -> None:
    """Raise UnsafeEstimatorError if a tree, a forest or neighbours hold indices or sizes that do not fit each other."""
    from sklearn.ensemble._forest import BaseForest
    from sklearn.ensemble._gb import BaseGradientBoosting
    from sklearn.ensemble._hist_gradient_boosting.gradient_boosting import BaseHistGradientBoosting
    from sklearn.neighbors._base import NeighborsBase
    from sklearn.tree import BaseDecisionTree

    for part in parts_of(estimator):
        jobs = getattr(part, "n_jobs", None)
        if jobs is not None and not (isinstance(jobs, int) and abs(jobs) <= MOST_JOBS):
            raise UnsafeEstimatorError(f"n_jobs of {jobs!r}")
        fitted = getattr(part, "__dict__", {})
        if isinstance(part, BaseDecisionTree) and "tree_" in fitted:
            _check_tree(part)
        elif isinstance(part, NeighborsBase) and "_fit_X" in fitted:
            _check_neighbours(part)
        elif isinstance(part, BaseHistGradientBoosting) and "_predictors" in fitted:
            check_boosting(part)
        elif isinstance(part, BaseGradientBoosting) and "estimators_" in fitted:
            _check_stages(part)
        elif isinstance(part, BaseForest) and "estimators_" in fitted:
            trees = [isinstance(each, BaseDecisionTree) and "tree_" in vars(each) for each in part.estimators_]
            if not all(trees) or {each.n_features_in_ for each in part.estimators_} != {part.n_features_in_}:
                raise UnsafeEstimatorError("a forest of something else than trees on its own features")


def _check_tree(tree: Any) -> None:
    """Children come after their parents and exist, and features exist in the input."""
    inner = tree.tree_
    count, left, right = inner.node_count, inner.children_left, inner.children_right
    order = np.arange(count)
    leaf = left == -1
    valid = [
        tree.n_features_in_ == inner.n_features,
        len(left) == len(right) == count > 0,
        np.array_equal(leaf, right == -1),
        ((left > order) & (left < count))[~leaf].all(),
        ((right > order) & (right < count))[~leaf].all(),
        ((inner.feature >= 0) & (inner.feature < inner.n_features))[~leaf].all(),
    ]
    if not all(valid):
        raise UnsafeEstimatorError("a tree with nodes that do not exist")


def _check_stages(model: Any) -> None:
    """Stages (S, K) of trees on the model's own features, with one output each."""
    from sklearn.tree import DecisionTreeRegressor

    stages = model.estimators_
    valid = isinstance(stages, np.ndarray) and stages.ndim == 2 and stages.size > 0
    trees = stages.ravel().tolist() if valid else []
    if not valid or not all(
        isinstance(tree, DecisionTreeRegressor)
        and "tree_" in vars(tree)
        and tree.n_features_in_ == model.n_features_in_
        and tree.n_outputs_ == 1
        for tree in trees
    ):
        raise UnsafeEstimatorError("gradient boosting of something else than trees on its own features")


def _check_neighbours(model: Any) -> None:
    """Samples, their labels and the number of neighbours fit each other; a search tree is made again, never loaded."""
    samples, labels = model._fit_X, getattr(model, "_y", None)
    count = len(samples) if isinstance(samples, np.ndarray) and samples.ndim == 2 else -1
    classes = getattr(model, "classes_", None)
    valid = [
        count >= 0 and samples.dtype in (np.float32, np.float64),
        model._fit_method in ("brute", "kd_tree", "ball_tree") and getattr(model, "_tree", None) is None,
        isinstance(labels, np.ndarray) and len(labels) == count,
        classes is None or isinstance(classes, np.ndarray | list),
    ]
    if not all(valid):
        raise UnsafeEstimatorError("neighbours whose samples are not one array, or with a search tree")
    neighbours = getattr(model, "n_neighbors", None)
    fitting = [
        classes is None or _codes_fit(np.asarray(labels), classes),
        model.n_samples_fit_ == count and (neighbours is None or 1 <= neighbours <= count),
        model.n_features_in_ == samples.shape[1],
        model.weights in ("uniform", "distance"),
        isinstance(model.effective_metric_, str) and isinstance(model.leaf_size, int) and model.leaf_size >= 1,
    ]
    if not all(fitting):
        raise UnsafeEstimatorError("neighbours whose samples, classes and counts do not fit each other")


def _codes_fit(codes: np.ndarray, classes: Any) -> bool:
    """Labels (N,) or (N, K) are positions in the classes of each output."""
    columns = [codes] if codes.ndim == 1 else list(codes.T)
    outputs = [classes] if isinstance(classes, np.ndarray) else classes
    return (
        codes.dtype.kind in "iu"
        and len(columns) == len(outputs)
        and all(
            isinstance(known, np.ndarray) and column.min(initial=0) >= 0 and column.max(initial=0) < len(known)
            for column, known in zip(columns, outputs, strict=True)
        )
    )
