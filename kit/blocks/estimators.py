"""Estimators for rows of a table as vectors (see :mod:`kit.blocks.vectors`): gradient boosting and a linear model."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from kit.errors import KitError

LIBRARIES = ("sklearn", "lightgbm", "xgboost", "catboost")


def gradient_boosting(
    library: str = "sklearn",
    *,
    regression: bool,
    rounds: int = 300,
    learning_rate: float = 0.05,
    leaves: int = 15,
    smallest_leaf: int = 20,
    categories: Sequence[int] = (),
    seed: int = 0,
) -> Any:
    """Build gradient boosting of ``library``: sklearn, lightgbm, xgboost or catboost, on one thread and reproducible.

    ``rounds`` are the trees (of each class), ``categories`` the positions of columns that hold codes from 0 to 254,
    which scikit-learn's splits by sets. Raises KitError for another library and where it is not installed.
    """
    if library == "sklearn":
        return _histograms(regression, rounds, learning_rate, leaves, smallest_leaf, categories, seed)
    if library not in LIBRARIES:
        raise KitError("there is no such gradient boosting", expected=", ".join(LIBRARIES), found=library)
    try:
        return _other(library, regression, rounds, learning_rate, leaves, smallest_leaf, seed)
    except ImportError:
        raise KitError(f"{library} is not installed", remedy=f"pip install {library}") from None


def linear_model(numbers: int, categories: int = 0, *, regression: bool, strength: float = 1.0) -> Any:
    """Build a ridge or logistic regression on vectors of ``numbers`` numbers, then the codes of ``categories``.

    Each code has a column of its own. ``strength`` is that of the L2 penalty.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), list(range(numbers))),
            ("categories", OneHotEncoder(handle_unknown="ignore"), list(range(numbers, numbers + categories))),
        ]
    )
    model = Ridge(alpha=strength) if regression else LogisticRegression(C=1 / strength, max_iter=2000)
    return make_pipeline(columns, model)


def _histograms(
    regression: bool,
    rounds: int,
    learning_rate: float,
    leaves: int,
    smallest_leaf: int,
    categories: Sequence[int],
    seed: int,
) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    return (HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier)(
        learning_rate=learning_rate,
        max_iter=rounds,
        max_leaf_nodes=leaves,
        min_samples_leaf=smallest_leaf,
        l2_regularization=1.0,
        categorical_features=list(categories) or None,
        early_stopping=False,
        random_state=seed,
    )


def _other(
    library: str, regression: bool, rounds: int, learning_rate: float, leaves: int, smallest_leaf: int, seed: int
) -> Any:
    module = importlib.import_module(library)
    kind = "Regressor" if regression else "Classifier"
    if library == "lightgbm":
        return getattr(module, f"LGBM{kind}")(
            n_estimators=rounds,
            learning_rate=learning_rate,
            num_leaves=leaves,
            min_child_samples=smallest_leaf,
            random_state=seed,
            n_jobs=1,
            verbose=-1,
        )
    if library == "xgboost":
        return getattr(module, f"XGB{kind}")(
            n_estimators=rounds,
            learning_rate=learning_rate,
            max_leaves=leaves,
            grow_policy="lossguide",
            random_state=seed,
            n_jobs=1,
        )
    return getattr(module, f"CatBoost{kind}")(
        iterations=rounds,
        learning_rate=learning_rate,
        random_seed=seed,
        thread_count=1,
        verbose=False,
        allow_writing_files=False,
    )
