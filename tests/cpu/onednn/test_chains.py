from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import paddle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paddle import Tensor, nn

from kit import cpu
from kit.cpu.onednn.chain import chain
from tests.cpu.onednn.equality import TOLERANCE, values
from tests.cpu.onednn.test_convolution import EASY

Build = Callable[[], nn.Sequential]
pytestmark = pytest.mark.filterwarnings("ignore:When training, we now always track")


def results(build: Build, x: np.ndarray, change: Callable[[nn.Sequential], Any] = lambda network: None) -> list[Any]:
    """Output and gradients of a training step, running statistics after it, and the output in evaluation."""
    paddle.seed(0)
    network = build()
    change(network)
    tensor = paddle.to_tensor(x, stop_gradient=False)
    trained = [parameter for parameter in network.parameters() if not parameter.stop_gradient]
    y = network(tensor)
    given = paddle.to_tensor(values(np.random.default_rng(1), *y.shape))
    found = [y, *paddle.grad([y], [tensor, *trained], [given], allow_unused=True)]
    statistics = [
        value.clone() for name, value in network.state_dict().items() if name.endswith(("_mean", "_variance"))
    ]
    network.eval()
    with paddle.no_grad():
        found += [*statistics, network(tensor)]
    return [None if each is None else each.numpy() for each in found]


def assert_same(build: Build, x: np.ndarray, change: Callable[[nn.Sequential], Any] = lambda network: None) -> int:
    """Fail unless the network gives the same with oneDNN and without; return how many chains were compiled."""
    cpu.uninstall()
    theirs = results(build, x, change)
    assert cpu.install().active
    try:
        chain.CHAINS.clear()
        mine = results(build, x, change)
        count = len(chain.CHAINS)
    finally:
        cpu.uninstall()
    largest = max(np.abs(each).max() for each in theirs[1:] if each is not None)
    for position, (a, b) in enumerate(zip(mine, theirs, strict=True)):
        assert (a is None) == (b is None), position
        if a is not None:
            # The gradient of a weight or bias before a normalization may be zero but for rounding.
            scale = max(float(np.abs(b).max()), 0.05 * largest)
            assert np.allclose(a, b, rtol=0, atol=3 * TOLERANCE * scale), position
    return count


@st.composite
def networks(draw: st.DrawFn) -> dict[str, Any]:
    """Layers in a row, as names and numbers, and the shape of an input that fits."""
    axes = draw(st.integers(2, 3))
    channels = [draw(st.integers(1, 5)), *draw(st.lists(st.sampled_from([4, 7, 8, 16, 20]), min_size=1, max_size=3))]
    kinds = ["norm", "relu", "relu6", "max", "average", "dropout", "nested"]
    between = [draw(st.lists(st.sampled_from(kinds), max_size=3)) for _ in channels[1:]]
    return {
        "axes": axes,
        "x": (draw(st.integers(2, 3)), channels[0], *(draw(st.integers(9, 12)) for _ in range(axes))),
        "channels": channels,
        "between": between,
        "kernel": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
        "evaluated": draw(st.booleans()),
        "seed": draw(st.integers(0, 99)),
    }


def layers(case: dict[str, Any]) -> nn.Sequential:
    axes = case["axes"]
    convolution, norm = getattr(nn, f"Conv{axes}D"), getattr(nn, f"BatchNorm{axes}D")
    made = {
        "norm": norm,
        "relu": lambda _: nn.ReLU(),
        "relu6": lambda _: nn.ReLU6(),
        "max": lambda _: getattr(nn, f"MaxPool{axes}D")(2, 1, 1),
        "average": lambda _: getattr(nn, f"AvgPool{axes}D")(2, 1),
        "dropout": lambda _: nn.Dropout(0.0),
        "nested": lambda width: nn.Sequential(norm(width), nn.Sequential(nn.ReLU())),
    }
    found: list[nn.Layer] = []
    for inputs, outputs, kinds in zip(case["channels"], case["channels"][1:], case["between"], strict=False):
        bias = None if case["bias"] else False
        found.append(convolution(inputs, outputs, case["kernel"], padding=1, bias_attr=bias))
        found += [made[kind](outputs) for kind in kinds]
    return nn.Sequential(*found)


@settings(max_examples=40, **EASY)
@given(networks())
def test_random_layers_in_a_row_equal_the_layers_one_by_one(case: dict[str, Any]) -> None:
    def change(network: nn.Sequential) -> None:
        if case["evaluated"]:
            network.eval()

    x = values(np.random.default_rng(case["seed"]), *case["x"])
    count = assert_same(lambda: layers(case), x, change)
    assert count or len(layers(case)) == 1 or any("dropout" in kinds for kinds in case["between"])


def usual() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2D(3, 8, 3, padding=1, bias_attr=False),
        nn.BatchNorm2D(8),
        nn.ReLU(),
        nn.MaxPool2D(2),
        nn.Conv2D(8, 8, 3, padding="SAME", groups=8),
        nn.ReLU6(),
        nn.BatchNorm2D(8, weight_attr=False, bias_attr=False),
    )


X = values(np.random.default_rng(0), 4, 3, 10, 12)


def test_a_usual_block_is_one_chain() -> None:
    assert assert_same(usual, X) == 2  # one for training, one for evaluation


def test_statistics_that_are_fixed_in_training_give_the_same() -> None:
    def fix(network: nn.Sequential) -> None:
        network[1]._use_global_stats = True
        network[1]._mean.set_value(values(np.random.default_rng(2), 8))

    assert assert_same(usual, X, fix) == 2


def test_frozen_layers_get_no_gradient() -> None:
    def freeze(network: nn.Sequential) -> None:
        for parameter in (*network[0].parameters(), network[4].bias):
            parameter.stop_gradient = True

    assert assert_same(usual, X, freeze) == 2


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_layer_with_a_hook_is_called(layer: int, onednn: cpu.Status) -> None:
    network, seen = usual(), []
    network[layer].register_forward_post_hook(lambda layer, inputs, y: seen.append(y.shape))
    network(paddle.to_tensor(X))
    assert seen == [[4, 8, 10, 12]]


def test_a_subclass_with_a_forward_pass_of_its_own_is_called(onednn: cpu.Status) -> None:
    class Doubled(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            return 2 * super().forward(x)

    plain, doubled = nn.Conv2D(3, 4, 3), Doubled()
    doubled.add_sublayer("0", plain)
    x = paddle.to_tensor(X)
    assert np.allclose(nn.Sequential(doubled, nn.ReLU())(x).numpy(), 2 * nn.ReLU()(plain(x)).numpy(), atol=1e-5)


def test_a_layer_within_whose_class_is_a_subclass_is_called(onednn: cpu.Status) -> None:
    class Negative(nn.ReLU):
        def forward(self, x: Tensor) -> Tensor:
            return -super().forward(x)

    y = nn.Sequential(nn.Conv2D(3, 4, 3), nn.BatchNorm2D(4), Negative())(paddle.to_tensor(X))
    assert float(y.max()) == 0.0 and float(y.min()) < 0


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize("axes", [2, 3])
def test_a_gradient_of_the_gradient_is_the_same_as_paddles(axes: int, fixed: bool) -> None:
    convolution, norm = getattr(nn, f"Conv{axes}D"), getattr(nn, f"BatchNorm{axes}D")
    pool = [nn.AvgPool2D(2)] if axes == 2 else []  # Paddle does not differentiate the other's gradient

    def penalty() -> list[np.ndarray]:
        paddle.seed(0)
        network = nn.Sequential(convolution(3, 8, 3), norm(8, use_global_stats=fixed or None), nn.ReLU(), *pool)
        x = paddle.to_tensor(values(np.random.default_rng(0), 2, 3, *[8] * axes), stop_gradient=False)
        (slope,) = paddle.grad([network(x).tanh().sum()], [x], create_graph=True)
        slope.square().sum().backward()
        statistics = [network[1]._mean.numpy(), network[1]._variance.numpy()]
        return [network[0].weight.grad.numpy(), network[1].weight.grad.numpy(), *statistics]

    cpu.uninstall()
    theirs = penalty()
    assert cpu.install().active
    mine = penalty()
    cpu.uninstall()
    for a, b in zip(mine, theirs, strict=True):
        assert np.allclose(a, b, rtol=0, atol=1e-3 * np.abs(b).max())


def test_a_weight_changed_before_the_backward_pass_is_an_error(onednn: cpu.Status) -> None:
    network = usual()
    y = network(paddle.to_tensor(X)).sum()
    with paddle.no_grad():
        network[0].weight.scale_(2.0)
    with pytest.raises(Exception, match="changed in place"):
        y.backward()


def test_a_second_backward_pass_is_an_error(onednn: cpu.Status) -> None:
    y = usual()(paddle.to_tensor(X)).sum()
    y.backward(retain_graph=True)
    with pytest.raises(Exception, match="one backward pass"):
        y.backward()


def test_sizes_that_do_not_fit_raise_paddles_error(onednn: cpu.Status) -> None:
    with pytest.raises(ValueError, match="channel"):
        usual()(paddle.ones([2, 4, 9, 9]))


def test_one_value_per_channel_gives_what_paddle_gives() -> None:
    x = values(np.random.default_rng(0), 1, 3, 1, 1)
    network = nn.Sequential(nn.Conv2D(3, 4, 1), nn.BatchNorm2D(4))
    cpu.uninstall()
    theirs = network(paddle.to_tensor(x)).numpy()
    assert cpu.install().active
    assert np.allclose(network(paddle.to_tensor(x)).numpy(), theirs, atol=1e-5)
    cpu.uninstall()


def test_other_types_and_arguments_are_left_to_paddle(onednn: cpu.Status) -> None:
    x = paddle.ones([2, 3, 8, 8])
    double = nn.Sequential(nn.Conv2D(3, 4, 3), nn.ReLU()).to(dtype="float64")
    last = nn.Sequential(nn.Conv2D(8, 4, 3, data_format="NHWC"), nn.BatchNorm2D(4, data_format="NHWC"), nn.ReLU())
    masked = nn.Sequential(nn.Conv2D(3, 4, 3), nn.MaxPool2D(2, return_mask=True))
    assert double(x.astype("float64")).dtype == paddle.float64
    assert last(x).shape == [2, 1, 6, 4]
    assert [part.shape for part in masked(x)] == [[2, 4, 3, 3], [2, 4, 3, 3]]


def test_uninstalling_gives_sequential_its_own_call_back(onednn: cpu.Status) -> None:
    assert "__call__" in vars(nn.Sequential)
    cpu.uninstall()
    assert "__call__" not in vars(nn.Sequential)


def test_the_static_graph_of_a_network_is_paddles(onednn: cpu.Status, tmp_path: Any) -> None:
    network = usual()
    network.eval()
    x = paddle.to_tensor(X)
    expected = network(x).numpy()
    paddle.jit.save(network, str(tmp_path / "network"), input_spec=[paddle.static.InputSpec([None, 3, 10, 12])])
    assert np.allclose(paddle.jit.load(str(tmp_path / "network"))(x).numpy(), expected, atol=1e-4)
