"""What a fitted estimator holds beside what it learned: removed before it is stored, made again when it is loaded.

Generators of random numbers, optimizers and the address of a vectorizer's stop words serve the next fit only. Search
trees of neighbours and loss objects follow from the data and the parameters; their compiled code would trust whatever a
file says.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from kit.models.estimator_types import parts_of

FOR_FITTING = ("loss_function_", "_loss_function_", "_optimizer")
"""Attributes of linear models by stochastic gradient descent and of multilayer perceptrons."""

ADDRESSES = ("_stop_words_id",)
"""Attributes of vectorizers: an address in memory, by which a warning is given once."""

LOSSES = ("_loss", "_base_loss")
"""Attributes of boosted trees and of generalised linear models, which ``_get_loss`` makes."""


def without_derived(estimator: Any) -> Any:
    """Return a copy of a fitted estimator without generators, optimizers, losses, addresses and search trees."""
    estimator = copy.deepcopy(estimator)
    for part in parts_of(estimator):
        held = getattr(part, "__dict__", None)
        if held is None or isinstance(part, type):
            continue
        for name, value in list(held.items()):
            random = isinstance(value, np.random.RandomState | np.random.Generator)
            loss = name in LOSSES and hasattr(part, "_get_loss")
            if name in FOR_FITTING or random:
                held[name] = None
            elif name == "_preprocessor" and value is not None:
                _columns_as_they_are(value, None)
            elif loss or name in ADDRESSES or (name == "_tree" and value is not None and "_fit_method" in held):
                del held[name]
    return estimator


def restore_derived(estimator: Any) -> None:
    """Make losses and search trees again, in place. The values must have been checked before."""
    for part in parts_of(estimator):
        held = getattr(part, "__dict__", {})
        if held.get("_fit_method") in ("kd_tree", "ball_tree") and "_tree" not in held:
            part._tree = _search_tree(part)
        if held.get("_preprocessor") is not None:
            _columns_as_they_are(part._preprocessor, _checked)
        if hasattr(part, "_get_loss") and not isinstance(part, type):
            _restore_loss(part)


def _columns_as_they_are(columns: Any, function: Any) -> None:
    """Set the function of histogram boosting for columns that are not categories; skops does not store it."""
    for _, transformer, _ in columns.transformers_:
        if hasattr(transformer, "func"):
            transformer.func = function
    columns.transformers = [
        (name, "passthrough" if hasattr(transformer, "func") else transformer, names)
        for name, transformer, names in columns.transformers
    ]


def _checked(columns: Any) -> Any:
    from sklearn.utils import check_array

    return check_array(columns, dtype=np.float64, ensure_all_finite=False)


def _search_tree(neighbours: Any) -> Any:
    from sklearn.neighbors import BallTree, KDTree

    kind = KDTree if neighbours._fit_method == "kd_tree" else BallTree
    parameters = neighbours.effective_metric_params_
    return kind(neighbours._fit_X, neighbours.leaf_size, metric=neighbours.effective_metric_, **parameters)


def _restore_loss(part: Any) -> None:
    """Boosted trees keep their loss as ``_loss``, generalised linear models as ``_base_loss``."""
    from sklearn.ensemble import (
        GradientBoostingClassifier,
        GradientBoostingRegressor,
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
    )

    boosted = GradientBoostingClassifier, GradientBoostingRegressor
    histograms = HistGradientBoostingClassifier, HistGradientBoostingRegressor
    if isinstance(part, (*boosted, *histograms)):
        if hasattr(part, "n_features_in_"):
            part._loss = part._get_loss(sample_weight=None)
    elif hasattr(part, "coef_"):
        part._base_loss = part._get_loss()
