"""Stored estimators: what was fitted predicts the same after loading, and a hostile file runs nothing."""

from __future__ import annotations

import copy
import io
import json
import operator
import os
import sys
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier, TweedieRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from kit.errors import DataError, KitError
from kit.models.estimator_state import without_derived
from kit.models.estimators import load_estimator, save_estimator

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(60, 5)), RNG.integers(0, 3, 60)
X[:, 4] = RNG.integers(0, 4, 60)


class Wrapper:
    """An estimator as a plugin writes it: a part from the start, another made while fitting."""

    module = sys.modules[__name__]
    """As in a plugin whose class body imports a module."""

    def __init__(self) -> None:
        self.scaler = StandardScaler()

    def fit(self, x: Any, y: Any) -> Wrapper:
        self.model = LogisticRegression().fit(self.scaler.fit_transform(x), y)
        return self

    def predict_proba(self, x: Any) -> np.ndarray:
        return np.asarray(self.model.predict_proba(self.scaler.transform(x)))


BUILDERS: dict[str, Callable[[], Any]] = {
    "logistic regression": LogisticRegression,
    "pipeline": lambda: make_pipeline(StandardScaler(), PCA(3), LogisticRegression()),
    "forest": lambda: RandomForestClassifier(5, random_state=0),
    "tree": lambda: DecisionTreeClassifier(random_state=0),
    "neighbours": lambda: KNeighborsClassifier(3, algorithm="brute", weights="distance"),
    "neighbours in a k-d tree": lambda: KNeighborsClassifier(3, algorithm="kd_tree"),
    "neighbours in a ball tree": lambda: KNeighborsRegressor(3, algorithm="ball_tree"),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=3, random_state=0),
    "boosting on histograms": lambda: HistGradientBoostingClassifier(
        max_iter=3, categorical_features=[4], random_state=0
    ),
    "boosting of numbers": lambda: HistGradientBoostingRegressor(max_iter=3, loss="poisson", random_state=0),
    "a perceptron": lambda: MLPClassifier((4,), max_iter=3, random_state=0),
    "a Gaussian process": lambda: GaussianProcessClassifier(random_state=0),
    "stochastic gradients": lambda: SGDClassifier(loss="log_loss", random_state=0),
    "a generalised linear model": lambda: TweedieRegressor(power=1.5),
    "a transformed target": lambda: TransformedTargetRegressor(func=np.log1p, inverse_func=np.expm1),
    "columns": lambda: make_pipeline(
        ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", OneHotEncoder(handle_unknown="ignore"), [4])]),
        LogisticRegression(),
    ),
    "bayes": GaussianNB,
    "a plugin's class": Wrapper,
    "a part that only the plugin names": lambda: make_pipeline(StandardScaler(), SVC(probability=True, random_state=0)),
}


@pytest.mark.parametrize("name", BUILDERS)
@pytest.mark.filterwarnings("ignore")
def test_a_stored_estimator_predicts_the_same_and_its_file_has_the_same_bytes(name: str, tmp_path: Path) -> None:
    build = BUILDERS[name]
    fitted = build().fit(X, Y)
    saved = save_estimator(fitted, build(), tmp_path / "model.skops")
    loaded = load_estimator(build(), tmp_path / "model.skops")
    for other in (saved, loaded):
        assert np.array_equal(predicted(other), predicted(fitted))
    save_estimator(build().fit(X, Y), build(), tmp_path / "again.skops")
    assert (tmp_path / "again.skops").read_bytes() == (tmp_path / "model.skops").read_bytes()


def test_the_file_of_a_vectorizer_holds_no_address_in_memory(tmp_path: Path) -> None:
    def build() -> Any:
        return TfidfVectorizer(stop_words=["the", "a"])

    contents = set()
    kept = [build().fit(["the cat", "a dog"]) for _ in range(2)]  # both live, so that their addresses differ
    for vectorizer in kept:
        save_estimator(vectorizer, build(), tmp_path / "model.skops")
        contents.add((tmp_path / "model.skops").read_bytes())
        loaded = load_estimator(build(), tmp_path / "model.skops")
        assert np.array_equal(loaded.transform(["cat"]).toarray(), vectorizer.transform(["cat"]).toarray())
    assert len(contents) == 1


def predicted(estimator: Any) -> np.ndarray:
    return np.asarray((getattr(estimator, "predict_proba", None) or estimator.predict)(X))


def test_a_class_that_the_model_trusts_is_loaded(tmp_path: Path) -> None:
    fitted = Wrapper().fit(X, Y)
    fitted.model = SVC().fit(X, Y)
    trusted = ("sklearn.svm._classes.SVC",)
    save_estimator(fitted, Wrapper(), tmp_path / "model.skops", trusted)
    loaded = load_estimator(Wrapper(), tmp_path / "model.skops", trusted)
    assert np.array_equal(loaded.model.predict(X), fitted.model.predict(X))
    with pytest.raises(DataError, match="SVC"):
        load_estimator(Wrapper(), tmp_path / "model.skops")


def _far_left(tree: Any) -> None:
    tree.nodes["left"][0] = 10**6


def _far_column(tree: Any) -> None:
    tree.nodes["feature_idx"][0] = 10**6


def _far_bitset(tree: Any) -> None:
    tree.nodes["is_categorical"][0], tree.nodes["bitset_idx"][0] = 1, 10**6


@pytest.mark.parametrize("damage", [_far_left, _far_column, _far_bitset])
def test_boosting_with_indices_out_of_range_is_refused(damage: Callable[[Any], None], tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    model = HistGradientBoostingClassifier(max_iter=2).fit(X, Y)
    damage(model._predictors[1][0])
    path.write_bytes(skops.io.dumps(without_derived(model)))
    with pytest.raises(DataError, match="a tree"):
        load_estimator(HistGradientBoostingClassifier(), path)


def test_an_estimator_that_could_not_be_loaded_is_refused_when_it_is_stored(tmp_path: Path) -> None:
    fitted = Wrapper().fit(X, Y)
    fitted.model = SVC().fit(X, Y)
    with pytest.raises(KitError, match=r"sklearn\.svm\._classes\.SVC"):
        save_estimator(fitted, Wrapper(), tmp_path / "model.skops")
    assert not (tmp_path / "model.skops").exists()


def node(loader: str, module: str, name: str, **more: Any) -> dict[str, Any]:
    return {"__loader__": loader, "__module__": module, "__class__": name, **more}


def value(content: Any) -> dict[str, Any]:
    return node("JsonNode", "builtins", "str", content=json.dumps(content), is_json=True)


def listed(*items: Any, kind: str = "tuple") -> dict[str, Any]:
    return node(f"{kind.title()}Node", "builtins", kind, content=list(items))


HERE = __name__
EMPTY = node("DictNode", "builtins", "dict", content={}, key_types=listed(kind="list"))


def commands(proof: Path) -> dict[str, dict[str, Any]]:
    """Nodes that would write the file ``proof`` if skops built them with every name trusted."""
    touch = value(f"touch {proof}")
    wrapped = node("ObjectNode", HERE, "Wrapper")
    return {
        "a function by its path": node("ConstructorFromReduceNode", "os", "system", content=listed(touch)),
        "a function through a module that the plugin imports": node(
            "ConstructorFromReduceNode", f"{HERE}.Wrapper.module.os", "system", content=listed(touch)
        ),
        "a function in the plugin's own module": node(
            "ConstructorFromReduceNode", HERE, "os.system", content=listed(touch)
        ),
        "a method of a class": node("MethodNode", HERE, "Wrapper", content={"func": "module", "obj": wrapped}),
        "nested methods": node(
            "MethodNode",
            HERE,
            "Wrapper",
            content={
                "func": "os",
                "obj": node("MethodNode", HERE, "Wrapper", content={"func": "module", "obj": wrapped}),
            },
        ),
        "an operator": node("OperatorFuncNode", "operator", "methodcaller", attrs=listed(value("system"), touch)),
        "a partial function": node(
            "PartialNode",
            "functools",
            "partial",
            content={
                "func": node("FunctionNode", "os", "system"),
                "args": listed(touch),
                "kwds": EMPTY,
                "namespace": EMPTY,
            },
        ),
        "a function as the type of keys": node(
            "DictNode",
            "builtins",
            "dict",
            content={f"touch {proof}": value(1)},
            key_types=listed(node("TypeNode", "os", "system"), kind="list"),
        ),
        "a function as a scalar's type": node("NdArrayNode", "os", "system", type="numpy", file="array.npy"),
        "a function as a list's type": node("ListNode", "os", "system", content=[touch]),
        "a process": node("ObjectNode", "subprocess", "Popen", content=EMPTY),
        "a class of the plugin's module that is no part": node("ObjectNode", HERE, "Path", content=EMPTY),
        "a class of scikit-learn that is not listed": node("ObjectNode", "sklearn.svm._classes", "SVC", content=EMPTY),
        "a loader without a class": {"__loader__": "ObjectNode", "__module__": HERE},
        "a class that is no text": {"__loader__": "ObjectNode", "__module__": HERE, "__class__": ["Wrapper"]},
    }


def hostile(schema: Any, members: dict[str, bytes] | None = None, compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("schema.json", schema if isinstance(schema, str) else json.dumps(schema))
        for name, data in (members or {}).items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("name", commands(Path()))
def test_no_node_leads_to_code(name: str, tmp_path: Path) -> None:
    proof, path = tmp_path / "proof", tmp_path / "model.skops"
    attributes = node(
        "DictNode",
        "builtins",
        "dict",
        content={"model": commands(proof)[name]},
        key_types=listed(node("TypeNode", "builtins", "str"), kind="list"),
    )
    for root in (commands(proof)[name], node("ObjectNode", HERE, "Wrapper", content=attributes)):
        array = io.BytesIO()
        np.save(array, np.array(f"touch {proof}"))
        path.write_bytes(hostile({**root, "protocol": 2}, {"array.npy": array.getvalue()}))
        with pytest.raises(DataError, match=r"model\.skops"):
            load_estimator(Wrapper(), path)
    assert not proof.exists()


def stored(estimator: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The schema and the arrays of a stored estimator."""
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(estimator))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return json.loads(members.pop("schema.json")), members


def two_schemas() -> bytes:
    schema, members = stored(Wrapper().fit(X, Y))
    buffer = io.BytesIO(hostile(schema, members))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("schema.json", json.dumps({**commands(Path("x"))["a function by its path"], "protocol": 2}))
    return buffer.getvalue()


def deep(levels: int = 5000) -> str:
    return '{"protocol": 2, "content": ' + "[" * levels + "]" * levels + "}"


FILES: dict[str, Callable[[], bytes]] = {
    "no archive": lambda: b"PK\x03\x04 no archive",
    "empty": lambda: b"",
    "no schema": lambda: hostile("{}")[:40],
    "a list as its schema": lambda: hostile("[]"),
    "null": lambda: hostile("null"),
    "deep nesting": lambda: hostile(deep()),
    "very deep nesting": lambda: hostile(deep(200_000)),
    "an older protocol": lambda: hostile({**stored(Wrapper().fit(X, Y))[0], "protocol": 0}),
    "true as its protocol": lambda: hostile({**stored(Wrapper().fit(X, Y))[0], "protocol": True}),
    "two schemas": two_schemas,
    "a zip bomb": lambda: hostile("{}", {"a.npy": bytes(50 << 20)}, zipfile.ZIP_DEFLATED),
    "missing arrays": lambda: hostile(stored(Wrapper().fit(X, Y))[0]),
    "another estimator of the list": lambda: skops.io.dumps(LogisticRegression().fit(X, Y)),
}


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_or_hostile_file_is_one_clear_error(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes(FILES[name]())
    started = time.perf_counter()
    with pytest.raises(DataError, match=r"model\.skops"):
        load_estimator(Wrapper(), path)
    assert time.perf_counter() - started < 10


def _far_child(tree: Any) -> None:
    tree.tree_.children_left[0] = 10**6


def _loop(tree: Any) -> None:
    tree.tree_.children_right[0] = 0


def _far_feature(tree: Any) -> None:
    tree.tree_.feature[0] = 10**6


def _more_features(tree: Any) -> None:
    tree.n_features_in_ = 1


@pytest.mark.parametrize("damage", [_far_child, _loop, _far_feature, _more_features])
def test_a_tree_with_indices_out_of_range_is_refused(damage: Callable[[Any], None], tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    forest = RandomForestClassifier(3, random_state=0).fit(X, Y)
    damage(forest.estimators_[1])
    path.write_bytes(skops.io.dumps(forest))
    with pytest.raises(DataError, match="tree"):
        load_estimator(RandomForestClassifier(3), path)


def test_a_tree_with_too_many_outputs_is_refused(tmp_path: Path) -> None:
    schema, members = stored(DecisionTreeClassifier().fit(X, Y))
    tree = schema["content"]["content"]["tree_"]
    tree["__reduce__"]["args"]["content"][2]["content"] = "1000000"
    (tmp_path / "model.skops").write_bytes(hostile(schema, members))
    with pytest.raises(DataError, match="number of outputs"):
        load_estimator(DecisionTreeClassifier(), tmp_path / "model.skops")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("_y", Y + 10**6), ("_y", Y[:5]), ("n_samples_fit_", 10**6), ("n_neighbors", 10**6), ("n_features_in_", 9)],
)
def test_neighbours_with_indices_out_of_range_are_refused(attribute: str, value: Any, tmp_path: Path) -> None:
    model = KNeighborsClassifier(3, algorithm="brute").fit(X, Y)
    setattr(model, attribute, value)
    (tmp_path / "model.skops").write_bytes(skops.io.dumps(model))
    with pytest.raises(DataError, match="neighbours"):
        load_estimator(KNeighborsClassifier(3, algorithm="brute"), tmp_path / "model.skops")


def test_a_huge_number_of_jobs_is_refused(tmp_path: Path) -> None:
    model = copy.deepcopy(RandomForestClassifier(3).fit(X, Y))
    model.n_jobs = 10**6
    (tmp_path / "model.skops").write_bytes(skops.io.dumps(model))
    with pytest.raises(DataError, match="n_jobs"):
        load_estimator(RandomForestClassifier(3), tmp_path / "model.skops")


@pytest.mark.parametrize("thing", [operator.attrgetter("a"), partial(print, 1), os.getcwd, Wrapper().fit, Path])
def test_functions_methods_and_operators_are_not_stored(thing: Any, tmp_path: Path) -> None:
    fitted = Wrapper().fit(X, Y)
    fitted.model = thing
    with pytest.raises(KitError, match="cannot be stored"):
        save_estimator(fitted, Wrapper(), tmp_path / "model.skops")
