"""Which classes a stored estimator may hold: an exact list, never a prefix or an attribute path.

The list holds scikit-learn's classes whose prediction is plain NumPy. It also holds trees, gradient boosting and
neighbours: their compiled code trusts the indices that it is given, which :mod:`kit.models.estimator_values` therefore
checks. Left out for that reason: support vector machines with a kernel.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

SKLEARN = {
    "sklearn.calibration": ("CalibratedClassifierCV", "_CalibratedClassifier", "_SigmoidCalibration"),
    "sklearn.compose": ("ColumnTransformer", "TransformedTargetRegressor", "make_column_selector"),
    "sklearn.cross_decomposition": ("CCA", "PLSCanonical", "PLSRegression"),
    "sklearn.decomposition": ("PCA", "IncrementalPCA", "TruncatedSVD"),
    "sklearn.discriminant_analysis": ("LinearDiscriminantAnalysis", "QuadraticDiscriminantAnalysis"),
    "sklearn.dummy": ("DummyClassifier", "DummyRegressor"),
    "sklearn.ensemble": (
        *("AdaBoostClassifier", "AdaBoostRegressor", "BaggingClassifier", "BaggingRegressor"),
        *("ExtraTreesClassifier", "ExtraTreesRegressor", "RandomForestClassifier", "RandomForestRegressor"),
        *("GradientBoostingClassifier", "GradientBoostingRegressor"),
        *("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"),
        *("StackingClassifier", "StackingRegressor", "VotingClassifier", "VotingRegressor"),
    ),
    "sklearn.ensemble._hist_gradient_boosting.binning": ("_BinMapper",),
    "sklearn.ensemble._hist_gradient_boosting.predictor": ("TreePredictor",),
    "sklearn.feature_extraction.text": (
        *("CountVectorizer", "HashingVectorizer", "TfidfTransformer", "TfidfVectorizer"),
    ),
    "sklearn.feature_selection": ("SelectKBest", "VarianceThreshold"),
    "sklearn.gaussian_process": ("GaussianProcessClassifier", "GaussianProcessRegressor"),
    "sklearn.gaussian_process._gpc": ("_BinaryGaussianProcessClassifierLaplace",),
    "sklearn.gaussian_process.kernels": (
        *("CompoundKernel", "ConstantKernel", "DotProduct", "Matern", "Product", "RBF", "RationalQuadratic", "Sum"),
        "WhiteKernel",
    ),
    "sklearn.impute": ("MissingIndicator", "SimpleImputer"),
    "sklearn.isotonic": ("IsotonicRegression",),
    "sklearn.kernel_ridge": ("KernelRidge",),
    "sklearn.linear_model": (
        *("ARDRegression", "BayesianRidge", "ElasticNet", "ElasticNetCV", "GammaRegressor", "HuberRegressor"),
        *("Lars", "LarsCV", "Lasso", "LassoCV", "LassoLars", "LinearRegression", "LogisticRegression"),
        *("LogisticRegressionCV", "PassiveAggressiveClassifier", "PassiveAggressiveRegressor", "Perceptron"),
        *("PoissonRegressor", "QuantileRegressor", "RANSACRegressor", "Ridge", "RidgeCV", "RidgeClassifier"),
        *("RidgeClassifierCV", "SGDClassifier", "SGDRegressor", "TheilSenRegressor", "TweedieRegressor"),
    ),
    "sklearn.multiclass": ("OneVsOneClassifier", "OneVsRestClassifier", "OutputCodeClassifier", "_ConstantPredictor"),
    "sklearn.multioutput": ("ClassifierChain", "MultiOutputClassifier", "MultiOutputRegressor", "RegressorChain"),
    "sklearn.naive_bayes": ("BernoulliNB", "CategoricalNB", "ComplementNB", "GaussianNB", "MultinomialNB"),
    "sklearn.neighbors": (
        *("KNeighborsClassifier", "KNeighborsRegressor", "NearestCentroid"),
        *("RadiusNeighborsClassifier", "RadiusNeighborsRegressor"),
    ),
    "sklearn.neural_network": ("MLPClassifier", "MLPRegressor"),
    "sklearn.pipeline": ("FeatureUnion", "Pipeline"),
    "sklearn.preprocessing": (
        *(
            "FunctionTransformer",
            "KBinsDiscretizer",
            "LabelBinarizer",
            "LabelEncoder",
            "MaxAbsScaler",
            "MinMaxScaler",
            "Normalizer",
        ),
        *("OneHotEncoder", "OrdinalEncoder", "PolynomialFeatures", "PowerTransformer", "QuantileTransformer"),
        *("RobustScaler", "SplineTransformer", "StandardScaler", "TargetEncoder"),
    ),
    "sklearn.svm": ("LinearSVC", "LinearSVR"),
    "sklearn.tree": (
        *("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor"),
    ),
}
LIGHTGBM = ("lightgbm.basic.Booster",)
"""For ``Model(build, trusted=LIGHTGBM)``: what LightGBM's estimators hold once they are fitted."""

XGBOOST = ("xgboost.core.Booster",)
"""For ``Model(build, trusted=XGBOOST)``: what XGBoost's estimators hold once they are fitted."""

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


def allowed_classes(built: object, trusted: Iterable[str] = ()) -> frozenset[Name]:
    """The classes that a fitted copy of ``built`` may hold: the list above, ``trusted``, and its own unfitted parts'.

    ``trusted`` are full names, such as ``sklearn.svm._classes.SVC``. A class that the installed version of scikit-learn
    does not have is left out.
    """
    modules = {module: importlib.import_module(module) for module in SKLEARN}
    classes = [getattr(modules[module], name, None) for module, names in SKLEARN.items() for name in names]
    listed = {name_of(found) for found in classes if found is not None}
    own = {name_of(type(part)) for part in parts_of(built) if not isinstance(part, DATA)}
    further = {(module, name) for module, _, name in (full.rpartition(".") for full in trusted)}
    return frozenset(listed | own | further)


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
