from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import paddle
import pytest
from paddle import nn
from paddle.nn import functional

from kit import cpu
from kit.cpu.onednn import library, patch_paddle, self_test
from tests.cpu.onednn.equality import assert_same, values


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A process in which the library has not been loaded yet."""
    cpu.uninstall()
    library.load.cache_clear()
    return monkeypatch


def assert_original(said: pytest.LogCaptureFixture, reason: str) -> None:
    original = paddle._C_ops.conv2d
    for _ in range(2):
        status = cpu.install()
        assert not status.active and reason in status.reason
    assert paddle._C_ops.conv2d is original
    assert [reason in record.message for record in said.records] == [True]
    assert nn.Conv2D(1, 2, 3)(paddle.ones([1, 1, 5, 5])).shape == [1, 2, 3, 3]


def test_missing_library_falls_back_to_paddles_operator(
    fresh: pytest.MonkeyPatch, said: pytest.LogCaptureFixture
) -> None:
    fresh.setattr(library, "location", lambda: None)
    assert_original(said, "no libdnnl")


def test_changed_library_falls_back_to_paddles_operator(
    fresh: pytest.MonkeyPatch, said: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "libdnnl.so.3").write_bytes(b"not a library")
    fresh.setattr(library, "location", lambda: tmp_path / "libdnnl.so.3")
    assert_original(said, "cannot be used")


def test_other_major_version_falls_back_to_paddles_operator(
    fresh: pytest.MonkeyPatch, said: pytest.LogCaptureFixture
) -> None:
    fresh.setattr(library, "VERSION", 4)
    assert_original(said, "in place of 4.x")
    library.load.cache_clear()


def test_other_system_falls_back_to_paddles_operator(fresh: pytest.MonkeyPatch, said: pytest.LogCaptureFixture) -> None:
    fresh.setattr(sys, "platform", "darwin")
    assert_original(said, "darwin is not Linux")


def test_setting_to_zero_falls_back_to_paddles_operator(
    fresh: pytest.MonkeyPatch, said: pytest.LogCaptureFixture
) -> None:
    fresh.setenv("KIT_ONEDNN", "0")
    assert_original(said, "KIT_ONEDNN=0")


def test_wrong_results_fall_back_to_the_stock_operator(
    fresh: pytest.MonkeyPatch, said: pytest.LogCaptureFixture
) -> None:
    fresh.setattr(
        self_test, "convolve", lambda x, weight, bias, geometry, original: functional.conv2d(x, weight, bias) * 1.01
    )
    assert_original(said, "differs")


def test_uninstalling_restores_the_original_operators() -> None:
    cpu.uninstall()
    before = {target: getattr(*target) for target in patch_paddle._wrappers()}
    assert cpu.install().active
    assert all(getattr(*target) is not operator for target, operator in before.items())
    cpu.uninstall()
    assert all(getattr(*target) is operator for target, operator in before.items())


def test_other_types_keep_paddles_operator_and_that_is_logged_once(
    onednn: cpu.Status, said: pytest.LogCaptureFixture
) -> None:
    layer = nn.Conv2D(2, 3, 3).to(dtype="float64")
    for _ in range(2):
        assert layer(paddle.ones([1, 2, 5, 5], "float64")).dtype == paddle.float64
    assert [record.message for record in said.records if "float64" in record.message] == list(cpu.status().fallbacks)


def test_channels_last_keeps_paddles_operator_and_that_is_logged_once(
    onednn: cpu.Status, said: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        assert nn.Conv2D(2, 3, 3, data_format="NHWC")(paddle.ones([1, 5, 5, 2])).shape == [1, 3, 3, 3]
    assert len([record for record in said.records if "NHWC" in record.message]) == 1


def test_model_of_usual_layers_falls_back_nowhere(onednn: cpu.Status) -> None:
    layers = [nn.Conv2D(3, 8, 3, padding="same"), nn.BatchNorm2D(8), nn.ReLU(), nn.MaxPool2D(2), nn.Dropout(0.5)]
    network = nn.Sequential(*layers, nn.Conv2D(8, 8, 3, groups=8), nn.Conv2DTranspose(8, 4, 2, stride=2))
    network(paddle.randn([8, 3, 40, 40])).mean().backward()
    assert cpu.status().fallbacks == ()


def test_empty_batch_keeps_paddles_operator(onednn: cpu.Status) -> None:
    assert nn.Conv2D(2, 3, 3)(paddle.zeros([0, 2, 5, 5])).shape[0] == 0


def test_impossible_shapes_raise_paddles_error(onednn: cpu.Status) -> None:
    with pytest.raises(ValueError, match="Conv"):
        nn.Conv2D(2, 3, 3)(paddle.ones([1, 5, 5, 5]))


def test_gradient_of_a_gradient_equals_paddles() -> None:
    layer = nn.Conv2D(2, 3, 3)

    def penalty(x: paddle.Tensor) -> paddle.Tensor:
        y = functional.max_pool2d(functional.relu(layer(x) ** 2), 2)
        (gradient,) = paddle.grad([y], [x], create_graph=True)
        return gradient * gradient

    assert_same(penalty, values(np.random.default_rng(0), 8, 2, 40, 40))


def test_gradient_of_some_inputs_alone_is_given(onednn: cpu.Status) -> None:
    layer = nn.Conv2D(2, 3, 3)
    x = paddle.ones([1, 2, 5, 5])
    x.stop_gradient = False
    y = layer(x)
    everything = paddle.grad(y, [x, layer.weight, layer.bias], retain_graph=True)
    for wanted, expected in zip([x, layer.weight, layer.bias], everything, strict=True):
        assert (paddle.grad(y, [wanted], retain_graph=True)[0] == expected).all()


@pytest.mark.parametrize("frozen", [["weight"], ["bias"], ["weight", "bias"]])
def test_frozen_parameters_get_no_gradient(onednn: cpu.Status, frozen: list[str]) -> None:
    layer = nn.Conv2D(2, 3, 3)
    for name in frozen:
        getattr(layer, name).stop_gradient = True
    x = paddle.ones([1, 2, 5, 5])
    x.stop_gradient = False
    layer(x).sum().backward()
    assert x.grad is not None
    assert [name for name in ("weight", "bias") if getattr(layer, name).grad is None] == frozen


def test_input_changed_in_place_before_the_backward_pass_is_refused(onednn: cpu.Status) -> None:
    x = paddle.ones([1, 2, 5, 5])
    y = nn.Conv2D(2, 3, 3)(x)
    x.add_(paddle.ones([1]))
    with pytest.raises(OSError, match="changed in place"):
        y.sum().backward()


def test_second_backward_pass_over_a_kept_graph_is_refused_with_what_to_do(
    onednn: cpu.Status, said: pytest.LogCaptureFixture
) -> None:
    y = nn.Conv2D(2, 3, 3)(paddle.ones([1, 2, 5, 5])).sum()
    y.backward(retain_graph=True)
    with pytest.raises(OSError):
        y.backward()
    assert "KIT_ONEDNN=0" in said.text


def test_network_is_exported_while_installed(onednn: cpu.Status, tmp_path: Path) -> None:
    network = nn.Sequential(nn.Conv2D(3, 8, 3), nn.ReLU(), nn.MaxPool2D(2), nn.Dropout(0.5), nn.Conv2D(8, 4, 3))
    network.eval()
    x = paddle.randn([2, 3, 12, 12])
    paddle.jit.save(network, str(tmp_path / "network"), [paddle.static.InputSpec([None, 3, 12, 12], "float32")])
    assert np.allclose(paddle.jit.load(str(tmp_path / "network"))(x), network(x), atol=1e-5)


def test_to_static_network_trains_while_installed(onednn: cpu.Status) -> None:
    network = paddle.jit.to_static(nn.Sequential(nn.Conv2D(3, 8, 3), nn.ReLU(), nn.Conv2D(8, 4, 3)))
    network(paddle.randn([2, 3, 12, 12])).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
