"""Which classes a stored estimator may hold: an exact list, never a prefix or an attribute path.

The list holds scikit-learn's classes whose prediction is plain NumPy, and trees and brute-force neighbours, whose
compiled code trusts the indices that it is given and which :mod:`kit.models.estimator_values` therefore checks. Left
out for that reason: k-d trees and ball trees, support vector machines, histogram gradient boosting.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

SKLEARN = {
    "sklearn.calibration": ("CalibratedClassifierCV", "_CalibratedClassifier", "_SigmoidCalibration"),
    "sklearn.decomposition": ("PCA", "IncrementalPCA", "TruncatedSVD"),
    "sklearn.discriminant_analysis": ("LinearDiscriminantAnalysis", "QuadraticDiscriminantAnalysis"),
    "sklearn.dummy": ("DummyClassifier",),
    "sklearn.ensemble": ("ExtraTreesClassifier", "RandomForestClassifier", "VotingClassifier"),
    "sklearn.feature_selection": ("VarianceThreshold",),
    "sklearn.impute": ("SimpleImputer",),
    "sklearn.linear_model": ("LogisticRegression", "LogisticRegressionCV"),
    "sklearn.multiclass": ("OneVsRestClassifier",),
    "sklearn.naive_bayes": ("BernoulliNB", "ComplementNB", "GaussianNB", "MultinomialNB"),
    "sklearn.neighbors": ("KNeighborsClassifier",),
    "sklearn.pipeline": ("FeatureUnion", "Pipeline"),
    "sklearn.preprocessing": (
        *("LabelBinarizer", "LabelEncoder", "MaxAbsScaler", "MinMaxScaler", "Normalizer", "RobustScaler"),
        "StandardScaler",
    ),
    "sklearn.tree": ("DecisionTreeClassifier", "ExtraTreeClassifier"),
}
SCALARS = tuple(
    getattr(np, name)
    for name in (
        *("bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "str_"),
    )
)
DATA = (dict, list, tuple, set, str, bytes, bool, int, float, complex, type(None), np.ndarray, *SCALARS)

Name = tuple[str, str]


def name_of(cls: type) -> Name:
    """A class's module and name, as skops stores them."""
    return cls.__module__, cls.__name__


def allowed_classes(built: object) -> frozenset[Name]:
    """The classes that a fitted copy of ``built`` may hold: the list above, and those of its own unfitted parts."""
    listed = {
        name_of(getattr(importlib.import_module(module), name)) for module, names in SKLEARN.items() for name in names
    }
    return frozenset(listed | {name_of(type(part)) for part in parts_of(built) if not isinstance(part, DATA)})


def parts_of(value: object) -> Iterator[Any]:
    """The value and everything that it holds: attributes, items of lists and dictionaries, elements of object arrays.

    Parts that occur several times, or that hold each other, are yielded once.
    """
    seen: set[int] = set()
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        waiting += _held(part)


def _held(part: Any) -> list[Any]:
    if isinstance(part, Mapping):
        return list(part.values())
    if isinstance(part, list | tuple | set):
        return list(part)
    if isinstance(part, np.ndarray):
        return part.ravel().tolist() if part.dtype == object else []
    return list(getattr(part, "__dict__", {}).values())
