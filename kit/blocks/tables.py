"""Preprocessing of tables as a step of a scikit-learn pipeline, so that each fold fits it on its own training rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def preprocessing(
    numbers: Sequence[str], categories: Sequence[str], *, one_hot: bool = False, fewest: int = 1, scale: bool = True
) -> Any:
    """Build a transformer of pandas tables: numbers first, then categories; other columns are left out.

    A missing number is the median, beside a column of 0 and 1 that says which were missing in training, and numbers
    have mean 0 and deviation 1 with ``scale``. A category is its code from 0, or with ``one_hot`` one column each; -1,
    or no column, stands for one that is unknown. Those of fewer than ``fewest`` training rows have one code together.
    A missing category is one of its own. Nothing is learned before ``fit``: put the transformer before the estimator
    with :func:`sklearn.pipeline.make_pipeline`, and held-out rows never take part.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    constant = {"strategy": "constant", "fill_value": "", "keep_empty_features": True}
    # A missing text is NaN or None, by the version of pandas and by where a table comes from.
    known = [SimpleImputer(missing_values=value, **constant) for value in (float("nan"), None)]
    rare = {"min_frequency": fewest if fewest > 1 else None}
    if one_hot:
        coded = make_pipeline(*known, OneHotEncoder(handle_unknown="ignore", sparse_output=False, **rare))
    else:
        coded = make_pipeline(*known, OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, **rare))
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(filled, StandardScaler()) if scale else filled, list(numbers)),
            ("categories", coded, list(categories)),
        ]
    )
