"""The contract's values: built right or refused with the task and the field named."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

import kit
from kit.contract.validation import OPTIONAL_FUNCTIONS
from kit.errors import PluginError


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "Bars", "lower-case letters"),
        ("name", "", "lower-case letters"),
        ("name", 7, "lower-case letters"),
        ("name", "bars\n", "lower-case letters"),
        ("name", "../bars", "lower-case letters"),
        ("title", "  ", "a line of text"),
        ("reader", "read", "a function"),
        ("sample", 3, "a function or None"),
        ("models", {}, "at least one name"),
        ("models", ["small"], "at least one name"),
        ("models", {"small": "build"}, "builders"),
        ("models", {1: print}, "names that are text"),
        ("models", {"small": kit.Model(print, {"epoch": 5})}, "not epoch"),
        ("objective", "regresion", "Objective"),
        ("objective", None, "Objective"),
        ("format", "id,label", "a kit.Format"),
        ("format", kit.Format(columns=(), id=None), "at least one column"),
        ("format", kit.Format(columns=[kit.integer("id"), kit.integer("label")], id="id"), "a tuple"),
        ("format", kit.Format(columns=("id", "label"), id="id"), "made by integer()"),
        ("format", kit.Format(columns=(kit.integer("id"), kit.integer("id")), id="id"), "names of their own"),
        ("format", kit.Format(columns=(kit.integer("id"), kit.integer("label")), id="Id"), "one of the columns"),
        ("format", kit.Format(columns=(kit.text("id"), kit.text("x")), id="id", delimiter=", "), "one character"),
        ("format", kit.Format(columns=(kit.text("id"), kit.text("x")), id="id", header="no"), "header="),
        ("writer", None, "a writer and a truth"),
        ("metric", "accuracy", "a kit.Metric"),
        ("metric", kit.Metric(name="a", function=None, higher_is_better=True), "function(y_true, y_pred)"),
        ("metric", kit.Metric(name="a", function=max, higher_is_better="yes"), "higher_is_better"),
        ("metric", kit.Metric(name="", function=max, higher_is_better=True), "a name"),
        ("config", {"epochs": 3}, "a kit.TrainConfig"),
        ("config", kit.TrainConfig(epochs="3"), "epochs of type int, not '3'"),
        ("config", kit.TrainConfig(epochs=True), "epochs of type int, not True"),
        ("config", kit.TrainConfig(optimizer="lion"), "optimizer"),
        ("config", kit.TrainConfig(folds=2.5), "folds"),
        ("config", kit.TrainConfig(model="large"), "one of the task's models"),
        ("notes", "Not for clinical use.", "a tuple of lines"),
        ("references", ({"name": "x"},), "a tuple of kit.Reference"),
        ("views", [kit.View("flip", np.flip)], "a tuple of kit.View"),
        ("views", (kit.View("flip", np.flip), kit.View("flip", np.flip)), "names of their own"),
        ("files", ["train.csv"], "a mapping"),
        ("classes", "ab", "a tuple of names"),
        ("classes", ["horizontal", "vertical"], "a tuple of names"),
        ("classes", ("horizontal", 1), "a tuple of names"),
        ("classes", ("horizontal", " "), "printable"),
        ("classes", ("horizontal", "verti\ncal"), "printable"),
        ("classes", ("bar", "bar"), "names that differ"),
        ("classes", ("bar",), "at least two names"),
        ("sample_size", 0, "above 0"),
        ("answers", "", "the name of a file"),
        ("answers", "../answers.csv", "the name of a file"),
        ("example", "augment", "a function or None"),
        ("figures", 3, "a function or None"),
        ("kaggle", "https://www.kaggle.com/c/bars", "a name as in the contest's address"),
        ("kaggle", None, "a name as in the contest's address"),
        ("public_fraction", 30, "at most 1"),
        ("public_fraction", "25%", "at most 1"),
    ],
)
def test_a_wrong_field_is_refused_with_task_and_field_named(toy, field, value, words):
    changes = {field: value}
    if field == "writer":  # a format with two values needs one
        changes["format"] = kit.Format(columns=(kit.integer("id"), kit.text("a"), kit.text("b")), id="id")
    with pytest.raises(PluginError) as refused:
        dataclasses.replace(toy, **changes)
    assert f"field {field!r}" in str(refused.value)
    assert words in str(refused.value)
    if field != "name":
        assert "'bars'" in str(refused.value)


def test_a_binary_task_has_two_classes_and_a_regression_none(toy):
    assert dataclasses.replace(toy, objective="binary", classes=("cat", "dog")).classes == ("cat", "dog")
    for objective, words in (("binary", "two names"), ("regression", "no classes")):
        with pytest.raises(PluginError, match=words):
            dataclasses.replace(toy, objective=objective, classes=("cat", "dog", "bird"))


def test_every_optional_function_of_a_task_is_validated():
    fields = [field.name for field in dataclasses.fields(kit.Task) if field.default is None]
    assert [field for field in fields if field != "public_fraction"] == list(OPTIONAL_FUNCTIONS)


def test_a_missing_field_is_named_by_python_itself():
    with pytest.raises(TypeError, match="'metric'"):
        kit.Task(name="bars", title="Bars", reader=print, models={}, objective="binary", format=None, sample=print)


def test_whole_numbers_serve_as_decimals_in_a_config(toy):
    assert dataclasses.replace(toy, config=kit.TrainConfig(weight_decay=0, folds="subset")).config.folds == "subset"


def test_a_plugin_adds_fields_to_the_config(toy):
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class WithWidth(kit.TrainConfig):
        width: int = 8

    model = kit.Model(print, {"width": 16})
    task = dataclasses.replace(toy, config=WithWidth(width=4), models={"small": model})
    assert task.config.width == 4
    with pytest.raises(PluginError, match="width"):
        dataclasses.replace(toy, config=WithWidth(width="wide"), models={"small": model})


def test_the_first_model_is_the_default_and_a_bare_builder_becomes_a_model(toy):
    task = dataclasses.replace(toy, models={"a": print, "b": kit.Model(repr, {"epochs": 2}, "two")})
    assert task.model() == ("a", kit.Model(print))
    assert task.model("b")[1].settings == {"epochs": 2}


def test_an_unknown_model_is_refused_with_the_known_ones(toy):
    with pytest.raises(PluginError, match="small"):
        toy.model("large")


def test_a_task_is_frozen(toy):
    with pytest.raises(dataclasses.FrozenInstanceError):
        toy.title = "other"


def test_a_lazy_function_imports_its_module_when_called():
    assert kit.lazy("json:dumps")([1]) == "[1]"


def test_a_lazy_function_goes_to_another_process():
    assert pickle.loads(pickle.dumps(kit.lazy("json:dumps")))([1]) == "[1]"  # noqa: S301 # our own bytes


@pytest.mark.parametrize("target", ["json", ":dumps", "json:", ""])
def test_a_lazy_target_without_module_or_function_is_refused(target):
    with pytest.raises(PluginError, match="names no function"):
        kit.lazy(target)


def test_a_lazy_target_that_is_not_there_is_named():
    with pytest.raises(PluginError, match="json has no 'dump_all'"):
        kit.lazy("json:dump_all")()


def test_a_fault_inside_a_lazy_module_is_not_taken_for_a_missing_name(tmp_path, monkeypatch):
    (tmp_path / "faulty_reader.py").write_text("import json\njson.no_such_thing\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AttributeError, match="no_such_thing"):
        kit.lazy("faulty_reader:read")()
