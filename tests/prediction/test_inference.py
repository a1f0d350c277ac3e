from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
from paddle import nn

from kit import cpu
from kit.prediction import inference
from kit.prediction.inference import Predictor, eager, predictor
from kit.prediction.onnx_network import LIBRARIES, preferred
from tests.cpu.onednn.equality import values


class Sequence(nn.Layer):
    """Convolution, batch normalisation and a GRU over the columns."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2D(1, 8, 3, padding=1), nn.BatchNorm2D(8), nn.ReLU(), nn.MaxPool2D(2))
        self.rnn = nn.GRU(8 * 4, 16, direction="bidirect")

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        x = self.stem(x).transpose([0, 3, 1, 2]).flatten(2)
        return self.rnn(x)[0]


class Heads(nn.Layer):
    """Two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(8, 3), nn.Linear(8, 2)

    def forward(self, x: paddle.Tensor) -> tuple[paddle.Tensor, paddle.Tensor]:
        return self.first(x), self.second(x)


class Averaging(nn.Layer):
    """A mean, before which Paddle's library prints the name of a check of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2D(3, 8, 3)

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return self.stem(x).mean([2, 3])


class Stubborn(nn.Layer):
    """Does what no exported program can."""

    def forward(self, x: paddle.Tensor) -> paddle.Tensor:
        return paddle.to_tensor(np.sort(np.array(x.tolist(), np.float32)))


NETWORKS = {
    "3D": (lambda: nn.Sequential(nn.Conv3D(1, 8, 3), nn.BatchNorm3D(8), nn.ReLU(), nn.MaxPool3D(2)), (3, 1, 8, 8, 8)),
    "transposed": (lambda: nn.Sequential(nn.Conv2DTranspose(3, 8, 2, stride=2), nn.Sigmoid()), (3, 3, 6, 7)),
    "dropout": (lambda: nn.Sequential(nn.Flatten(), nn.Linear(36, 9), nn.Dropout(0.5)), (5, 1, 6, 6)),
    "GRU": (Sequence, (3, 1, 8, 20)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_exported_network_predicts_what_eager_mode_does_at_any_batch_size(name: str, onednn: cpu.Status) -> None:
    build, shape = NETWORKS[name]
    network = build()
    network.train()
    x = values(np.random.default_rng(0), *shape)
    run = predictor(network, x)
    assert run is not None
    assert network.training
    for array in (x, x[:2], np.concatenate([x, x])):
        assert np.allclose(run(array), eager(network, (array,)), atol=1e-4)
        assert (run(array) == run(array)).all()


def test_several_outputs_come_as_a_tuple() -> None:
    run = predictor(Heads(), values(np.random.default_rng(0), 4, 8))
    assert run is not None
    assert [array.shape for array in run(values(np.random.default_rng(1), 2, 8))] == [(2, 3), (2, 2)]


def test_network_that_does_not_export_is_left_to_eager_mode_and_said_once(said: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        assert predictor(Stubborn(), values(np.random.default_rng(0), 4, 8)) is None
    assert sum("eager mode is used" in record.message for record in said.records) == 1


def test_network_that_differs_when_exported_is_left_to_eager_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "eager", lambda layer, inputs: np.zeros((4, 3), "float32"))
    network = nn.Linear(8, 3)
    network.bias.set_value(paddle.ones([3]))
    assert predictor(network, values(np.random.default_rng(0), 4, 8)) is None


def test_refused_input_is_left_to_eager_mode(said: pytest.LogCaptureFixture) -> None:
    network: Any = nn.Conv2D(1, 2, 3)
    run = predictor(network, values(np.random.default_rng(0), 2, 1, 8, 8))
    assert run is not None
    wider = values(np.random.default_rng(0), 2, 1, 9, 9)
    assert np.allclose(run(wider), eager(network, (wider,)), atol=1e-4)


def test_nothing_is_printed_to_standard_output(capfd: pytest.CaptureFixture[str], onednn: cpu.Status) -> None:
    network = Averaging()
    network.eval()
    x = values(np.random.default_rng(0), 4, 3, 8, 8)
    run = predictor(network, x)
    assert run is not None
    run(x)
    print("a result")
    assert capfd.readouterr().out == "a result\n"


@pytest.fixture
def onnx() -> None:
    """Skip without the extra."""
    for name in LIBRARIES:
        pytest.importorskip(name)


@pytest.mark.parametrize("name", NETWORKS)
def test_onnxruntime_comes_first_where_it_is_installed(name: str, onnx: None) -> None:
    build, shape = NETWORKS[name]
    run = predictor(build(), values(np.random.default_rng(0), *shape))
    assert isinstance(run, Predictor) and run.engine == ("PaddleNetwork" if name == "3D" else "OnnxNetwork")


def test_what_onnxruntime_does_not_run_goes_to_paddle_inference(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(program: Path, weights: Path) -> None:
        assert program.is_file() and weights.is_file()
        raise RuntimeError("an operator is not known")

    monkeypatch.setattr(inference, "preferred", lambda layer: True)
    monkeypatch.setattr(inference, "OnnxNetwork", refuse)
    network = nn.Linear(8, 3)
    run = predictor(network, x := values(np.random.default_rng(0), 4, 8))
    assert isinstance(run, Predictor) and run.engine == "PaddleNetwork"
    assert np.allclose(run(x), eager(network, (x,)), atol=1e-4)


def test_volumes_stay_with_paddle_inference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    assert preferred(nn.Sequential(nn.Conv2D(1, 2, 3)))
    assert not preferred(nn.Sequential(nn.Conv2D(1, 2, 3), nn.Sequential(nn.Conv3D(1, 2, 3))))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not preferred(nn.Conv2D(1, 2, 3))
