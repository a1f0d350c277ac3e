from __future__ import annotations

import ctypes
import errno
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import paddle
import pytest
from paddle import nn

from kit import cpu
from kit.prediction import inference, measured, onnx_network
from kit.prediction.inference import predictor
from kit.prediction.measured import EAGER, ONNX, PADDLE
from kit.prediction.saved_network import eager
from kit.runs.records import PredictionEngine
from tests.cpu.onednn.equality import values
from tests.prediction.exports import in_every_engine


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


@pytest.fixture(autouse=True)
def nothing_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network has been measured before."""
    monkeypatch.setattr(measured, "_remembered", {})
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))


def wins(monkeypatch: pytest.MonkeyPatch, winner: str) -> list[list[str]]:
    """Let an engine be the fastest of those that are timed; the list receives their names."""
    timed: list[list[str]] = []

    def fastest(runs: Mapping[str, Callable[[], Any]], size: int) -> PredictionEngine:
        timed.append(list(runs))
        for run in runs.values():
            run()
        return PredictionEngine(name=winner, reason=f"measured on a batch of {size}", milliseconds={winner: 1.0})

    monkeypatch.setattr(measured, "fastest", fastest)
    return timed


def no_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_network, "installed", lambda: False)


@pytest.fixture
def onnx() -> None:
    """Skip without the extra."""
    if not onnx_network.installed():
        pytest.skip("needs contest-kit[onnx]")


@pytest.mark.parametrize("name", NETWORKS)
def test_exported_network_predicts_what_eager_mode_does_at_any_batch_size(name: str, onednn: cpu.Status) -> None:
    build, shape = NETWORKS[name]
    network = build()
    network.train()
    x = values(np.random.default_rng(0), *shape)
    for run in in_every_engine(network, x).values():
        for array in (x, x[:2], np.concatenate([x, x])):
            assert np.allclose(run(array), eager(network, (array,)), atol=1e-4)
            assert np.array_equal(run(array), run(array))
    assert network.training


def test_several_outputs_come_as_a_tuple() -> None:
    run = predictor(Heads(), values(np.random.default_rng(0), 4, 8))
    assert [array.shape for array in run(values(np.random.default_rng(1), 2, 8))] == [(2, 3), (2, 2)]


def test_network_that_does_not_export_is_left_to_eager_mode_and_said_once(said: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        engine = predictor(Stubborn(), values(np.random.default_rng(0), 4, 8)).engine
        assert engine.name == EAGER and engine.reason
    assert sum("eager mode is used" in record.message for record in said.records) == 1


def test_network_that_differs_when_exported_is_left_to_eager_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "eager", lambda layer, inputs: np.zeros((len(inputs[0]), 3), "float32"))
    network = nn.Linear(8, 3)
    network.bias.set_value(paddle.ones([3]))
    engine = predictor(network, values(np.random.default_rng(0), 4, 8)).engine
    assert engine.name == EAGER and "differs by" in engine.reason


def test_refused_input_is_left_to_eager_mode(monkeypatch: pytest.MonkeyPatch, said: pytest.LogCaptureFixture) -> None:
    class Narrow:
        refused = False

        def __init__(self, program: Path, weights: Path) -> None:
            pass

        def __call__(self, inputs: Any) -> list[np.ndarray]:
            if Narrow.refused or inputs[0].shape[2:] != (8, 8):
                raise RuntimeError("another size")
            return [np.asarray(eager(network, inputs))]

    monkeypatch.setitem(inference.LOADERS, PADDLE, Narrow)
    no_onnx(monkeypatch)
    wins(monkeypatch, PADDLE)
    network: Any = nn.Conv2D(1, 2, 3)
    same, wider = values(np.random.default_rng(0), 2, 1, 8, 8), values(np.random.default_rng(0), 2, 1, 9, 9)
    run = predictor(network, same)
    assert np.allclose(run(wider), eager(network, (wider,)), atol=1e-4)
    assert run.engine.name == PADDLE and "another size" not in said.text
    Narrow.refused = True
    assert np.allclose(run(same), eager(network, (same,)), atol=1e-4)
    assert (run.engine.name, run.engine.reason) == (EAGER, "paddle.inference refused an input")
    assert "another size" in said.text


def test_training_after_a_prediction_keeps_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Path(paddle.__file__).parent / "libs" / "libiomp5.so"
    if not library.exists():
        pytest.skip("Paddle has another OpenMP library on this platform")
    openmp = ctypes.CDLL(str(library))
    before = openmp.omp_get_max_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    paddle.base.core.set_num_threads(2)
    try:
        in_every_engine(nn.Linear(8, 3), values(np.random.default_rng(0), 4, 8))
        assert openmp.omp_get_max_threads() == 2
    finally:
        paddle.base.core.set_num_threads(before)


def test_nothing_is_printed_to_standard_output(capfd: pytest.CaptureFixture[str], onednn: cpu.Status) -> None:
    network = Averaging()
    network.eval()
    x = values(np.random.default_rng(0), 4, 3, 8, 8)
    predictor(network, x)(x)
    print("a result")
    assert capfd.readouterr().out == "a result\n"


@pytest.mark.parametrize("winner", [ONNX, PADDLE, EAGER])
def test_the_fastest_engine_predicts(winner: str, onnx: None, monkeypatch: pytest.MonkeyPatch) -> None:
    timed = wins(monkeypatch, winner)
    network = nn.Linear(8, 3)
    run = predictor(network, x := values(np.random.default_rng(0), 4, 8))
    assert timed == [[ONNX, PADDLE, EAGER]]
    assert run.engine == PredictionEngine(name=winner, reason="measured on a batch of 4", milliseconds={winner: 1.0})
    assert np.allclose(run(x), eager(network, (x,)), atol=1e-4)


def test_without_the_extra_two_engines_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    no_onnx(monkeypatch)
    timed = wins(monkeypatch, PADDLE)
    predictor(nn.Linear(8, 3), values(np.random.default_rng(0), 4, 8))
    assert timed == [[PADDLE, EAGER]]


def test_the_choice_is_remembered_for_the_network_and_not_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    no_onnx(monkeypatch)
    timed = wins(monkeypatch, PADDLE)
    x = values(np.random.default_rng(0), 4, 8)
    first = predictor(nn.Linear(8, 3), x).engine
    assert predictor(nn.Linear(8, 3), x).engine == first  # a second fold
    monkeypatch.setattr(measured, "_remembered", {})  # another process
    assert predictor(nn.Linear(8, 3), x).engine == first
    assert len(timed) == 1
    predictor(nn.Linear(8, 4), x)
    predictor(nn.Linear(8, 3), x[:2])
    assert len(timed) == 3


def test_a_remembered_engine_that_does_not_run_any_more_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    x = values(np.random.default_rng(0), 4, 8)
    network = nn.Linear(8, 3)
    measured.remember(measured.key_of(network, (x,)), PredictionEngine(name=ONNX, reason="measured"))
    no_onnx(monkeypatch)
    timed = wins(monkeypatch, EAGER)
    assert predictor(network, x).engine.name == EAGER
    assert len(timed) == 1


def test_a_remembered_engine_in_a_read_only_cache_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    network, x = nn.Linear(8, 3), values(np.random.default_rng(0), 4, 8)
    measured.remember(measured.key_of(network, (x,)), PredictionEngine(name=ONNX, reason="measured"))
    no_onnx(monkeypatch)
    wins(monkeypatch, EAGER)

    def refuse(*arguments: Any, **settings: Any) -> None:
        raise OSError(errno.EROFS, "read-only")

    monkeypatch.setattr(Path, "unlink", refuse)
    monkeypatch.setattr(measured, "write_record", refuse)
    engine = predictor(network, x).engine
    monkeypatch.undo()
    assert engine.name == EAGER


def test_a_damaged_or_read_only_cache_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, x = nn.Linear(8, 3), values(np.random.default_rng(0), 4, 8)
    file = tmp_path / "cache" / "engines" / f"{measured.key_of(network, (x,))}.json"
    file.parent.mkdir(parents=True)
    file.write_text("{")
    wins(monkeypatch, EAGER)
    assert predictor(network, x).engine.name == EAGER
    assert json.loads(file.read_text())["name"] == EAGER
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache" / "engines" / file.name))  # a file: nothing fits below it
    assert predictor(nn.Linear(8, 5), x).engine.name == EAGER


def test_what_onnxruntime_does_not_run_goes_to_paddle_inference(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(program: Path, weights: Path) -> Any:
        assert program.is_file() and weights.is_file()
        raise RuntimeError("an operator is not known")

    monkeypatch.setattr(onnx_network, "installed", lambda: True)
    monkeypatch.setitem(inference.LOADERS, ONNX, refuse)
    timed = wins(monkeypatch, PADDLE)
    network = nn.Linear(8, 3)
    run = predictor(network, x := values(np.random.default_rng(0), 4, 8))
    assert timed == [[PADDLE, EAGER]] and run.engine.name == PADDLE
    assert np.allclose(run(x), eager(network, (x,)), atol=1e-4)
