"""Values of loaded histogram gradient boosting that its compiled code uses without checking them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.models.estimator_schema import UnsafeEstimatorError

BITSET = (8,)
"""A set of categories: 256 bits."""


def check_boosting(model: Any) -> None:
    """Nodes, features and sets of categories of every tree exist. Raises UnsafeEstimatorError otherwise."""
    from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

    features = model._n_features
    trees = [tree for stage in model._predictors for tree in stage]
    if not all(isinstance(tree, TreePredictor) for tree in trees):
        raise UnsafeEstimatorError("gradient boosting of something else than trees")
    if {len(stage) for stage in model._predictors} - {model.n_trees_per_iteration_}:
        raise UnsafeEstimatorError("stages with different numbers of trees")
    _check_bins(model._bin_mapper, features)
    for tree in trees:
        _check_tree(tree, features)


def _check_bins(mapper: Any, features: int) -> None:
    categorical, thresholds = np.asarray(mapper.is_categorical_), mapper.bin_thresholds_
    valid = categorical.shape == (features,) and categorical.dtype == np.uint8 and len(thresholds) == features
    if not valid:
        raise UnsafeEstimatorError("bins of other features than the model has")
    for used, values in zip(categorical, thresholds, strict=True):
        if used and not (np.isfinite(values).all() and (values >= 0).all() and (values < 256).all()):
            raise UnsafeEstimatorError("categories beyond 255")


def _check_tree(tree: Any, features: int) -> None:
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

    nodes, sets = tree.nodes, tree.raw_left_cat_bitsets
    valid = isinstance(nodes, np.ndarray) and nodes.dtype == PREDICTOR_RECORD_DTYPE and nodes.ndim == 1 and len(nodes)
    valid = valid and isinstance(sets, np.ndarray) and sets.dtype == np.uint32 and sets.shape[1:] == BITSET
    if not valid:
        raise UnsafeEstimatorError("a tree whose nodes are of another type")
    inner, order = nodes["is_leaf"] == 0, np.arange(len(nodes))
    for side in ("left", "right"):
        valid = valid and ((nodes[side] > order) & (nodes[side] < len(nodes)))[inner].all()
    used = nodes["feature_idx"][inner]
    by_category = inner & (nodes["is_categorical"] != 0)
    valid = valid and ((used >= 0) & (used < features)).all() and (nodes["bitset_idx"][by_category] < len(sets)).all()
    if not valid:
        raise UnsafeEstimatorError("a tree with nodes that do not exist")
