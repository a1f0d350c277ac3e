"""Inputs and outputs of an exported network have names that say what they are."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
from paddle import nn

from kit.contract.task import Task
from kit.export.names import input_names, output_names, with_output_names
from kit.prediction import onnx_network
from kit.prediction.onnx_network import OnnxNetwork, converted
from kit.prediction.saved_network import eager, save, silent


class Pair(nn.Layer):
    """Two inputs and two outputs, the second of which is computed from the first."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 3)

    def forward(self, photograph: Any, age: Any) -> tuple[Any, Any]:
        probabilities = nn.functional.softmax(self.inner(photograph) + age)
        return probabilities, probabilities.sum(axis=1)


class Several(nn.Layer):
    """Any number of inputs."""

    def forward(self, *parts: Any) -> Any:
        return parts[0]


def batch(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def test_inputs_are_named_by_what_they_are() -> None:
    network = Pair()
    assert input_names(network, batch(2, 3, 8, 8)) == ["image"]
    assert input_names(network, batch(2, 1, 8, 8, 8)) == ["volume"]
    assert input_names(network, batch(2, 5)) == ["features"]
    assert input_names(network, batch(2, 7, 8, 8)) == ["input"]
    assert input_names(network, (batch(2, 4), batch(2, 1))) == ["photograph", "age"]
    assert input_names(Several(), (batch(2, 4), batch(2, 1))) == ["input_0", "input_1"]
    assert input_names(network, {"left eye": batch(2), "left_eye": batch(2), "\u5e74": batch(2)}) == [
        "left_eye",
        "left_eye_",
        "_",
    ]


def test_outputs_are_named_by_the_objective_and_never_as_an_input(toy: Task) -> None:
    assert output_names(toy, ["image"], 1) == ["probabilities"]
    assert output_names(toy, ["probabilities"], 1) == ["probabilities_"]
    assert output_names(toy, ["image"], 2) == ["probabilities_0", "probabilities_1"]
    assert output_names(dataclasses.replace(toy, objective="regression"), ["image"], 1) == ["numbers"]


def test_renamed_outputs_hold_what_they_held(tmp_path: Path) -> None:
    if not onnx_network.installed():
        pytest.skip("needs contest-kit[onnx]")
    import onnx

    network = Pair()
    inputs = tuple(np.random.default_rng(0).random(shape, np.float32) for shape in ((5, 4), (5, 1)))
    with silent():
        content = converted(*save(network, inputs, tmp_path, ["photograph", "age"]))
    inner = onnx.load_model_from_string(content).graph.node[0].output[0]  # gives up its name
    swapped = with_output_names(with_output_names(content, ["first", "second"]), ["second", inner])
    renamed = OnnxNetwork(swapped)
    assert renamed.names == (("photograph", "age"), ("second", inner))
    with paddle.no_grad():
        expected = eager(network, inputs)
    for mine, other in zip(renamed(inputs), expected, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)
