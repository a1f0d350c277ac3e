from __future__ import annotations

from typing import Any

import numpy as np
import paddle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paddle.nn import functional

from kit.cpu.onednn import avx2, convolution, library, shapes
from kit.cpu.onednn.convolution_primitives import ConvolutionPrimitives
from tests.cpu.onednn.equality import assert_same, values

EASY = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    """Shapes and steps of a convolution, transposed or not, that give at least one output."""
    axes = draw(st.integers(1, 3))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    inputs, outputs = (groups * draw(st.integers(1, 9)) for _ in range(2))
    if draw(st.integers(0, 5)) == 0:  # depthwise
        inputs = outputs = groups = draw(st.integers(2, 9))
    each = [draw(st.integers(1, 4)) for _ in range(axes)]
    dilation = [draw(st.integers(1, 2)) for _ in range(axes)]
    padding: Any = [draw(st.integers(0, 2)) for _ in range(axes)]
    kinds = ["numbers", "SAME", "VALID", "sides"]
    kind = draw(st.sampled_from(kinds if axes > 1 else kinds[:3]))
    if kind == "sides":
        padding = [draw(st.integers(0, 2)) for _ in range(2 * axes)]
    elif kind != "numbers":
        padding = kind
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, each, strict=True)]
    sizes = [extent + draw(st.integers(0, 9 if axes < 3 else 4)) for extent in reach]
    return {
        "x": (draw(st.integers(1, 3)), inputs, *sizes),
        "weight": (outputs, inputs // groups, *each),
        "bias": draw(st.booleans()),
        "stride": [draw(st.integers(1, 3)) for _ in range(axes)],
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
        "seed": draw(st.integers(0, 1000)),
    }


def check(case: dict[str, Any]) -> None:
    axes = len(case["x"]) - 2
    generator = np.random.default_rng(case["seed"])
    convolution = getattr(functional, f"conv{axes}d")
    steps = {name: case[name] for name in ("stride", "padding", "dilation", "groups")}
    arrays = [values(generator, *case["x"]), values(generator, *case["weight"])]
    if case["bias"]:
        arrays.append(values(generator, case["weight"][0]))
    assert_same(lambda x, weight, bias=None: convolution(x, weight, bias, **steps), *arrays)


def check_transposed(case: dict[str, Any]) -> None:
    axes, groups = len(case["x"]) - 2, case["groups"]
    generator = np.random.default_rng(case["seed"])
    convolution = getattr(functional, f"conv{axes}d_transpose")
    outputs = case["weight"][0] // groups
    weight = values(generator, case["x"][1], outputs, *case["weight"][2:])
    steps = {name: case[name] for name in ("stride", "dilation", "groups")}
    padding = [0] * axes
    extra = [generator.integers(0, step) for step in case["stride"]]
    arrays = [values(generator, *case["x"]), weight]
    if case["bias"]:
        arrays.append(values(generator, outputs * groups))
    more = {"padding": padding, "output_padding": [int(n) for n in extra]} | steps
    assert_same(lambda x, weight, bias=None: convolution(x, weight, bias, **more), *arrays)


@settings(max_examples=60, **EASY)
@given(cases())
def test_random_convolutions_and_their_gradients_equal_paddles_operator(case: dict[str, Any]) -> None:
    check(case)


@settings(max_examples=40, **EASY)
@given(cases())
def test_random_transposed_convolutions_and_their_gradients_equal_paddles_operator(case: dict[str, Any]) -> None:
    check_transposed(case)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=600, **(EASY | {"derandomize": False}))
@given(cases())
def test_hundreds_of_random_convolutions_equal_paddles_operator(case: dict[str, Any]) -> None:
    check(case)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=400, **(EASY | {"derandomize": False}))
@given(cases())
def test_hundreds_of_random_transposed_convolutions_equal_paddles_operator(case: dict[str, Any]) -> None:
    check_transposed(case)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: paddle.nn.Conv1D(4, 6, 3, padding=1), (2, 4, 11)),
        (lambda: paddle.nn.Conv2D(3, 8, 5, padding="same"), (2, 3, 12, 13)),
        (lambda: paddle.nn.Conv2D(3, 8, 3, padding=1, padding_mode="reflect"), (2, 3, 12, 13)),
        (lambda: paddle.nn.Conv2D(6, 6, 3, groups=6, bias_attr=False), (2, 6, 9, 9)),
        (lambda: paddle.nn.Conv3D(2, 9, 3, stride=2), (2, 2, 9, 8, 7)),
        (lambda: paddle.nn.Conv2DTranspose(4, 6, 3, stride=2, output_padding=1), (2, 4, 5, 6)),
        (lambda: paddle.nn.Conv3DTranspose(4, 6, 2, stride=2), (2, 4, 3, 4, 5)),
        (lambda: paddle.nn.Conv2D(3, 8, 3, data_format="NHWC"), (2, 9, 9, 3)),
    ],
)
def test_layers_get_the_same_output_and_input_gradient(layer: Any, shape: tuple[int, ...]) -> None:
    built = layer()
    assert_same(built, values(np.random.default_rng(0), *shape))


def test_weights_of_a_layer_get_the_same_gradients() -> None:
    layer = paddle.nn.Conv2D(3, 8, 3)

    def loss(x: Any, weight: Any, bias: Any) -> Any:
        return functional.conv2d(x, weight, bias, padding=1) * 2 + layer(x).mean()

    generator = np.random.default_rng(0)
    assert_same(loss, values(generator, 2, 3, 9, 9), values(generator, 8, 3, 3, 3), values(generator, 8))


def test_input_that_is_a_transposed_view_gives_the_same() -> None:
    layer = paddle.nn.Conv2D(5, 4, 3)
    assert_same(lambda x: layer(x.transpose([0, 3, 1, 2])), values(np.random.default_rng(0), 2, 8, 9, 5))


@pytest.mark.parametrize("only_avx2", [True, False])
@pytest.mark.parametrize(("channels", "outputs"), [(1, 8), (3, 16), (8, 16), (16, 8)])
def test_the_layouts_and_the_padding_chosen_for_avx2_change_no_value(
    only_avx2: bool, channels: int, outputs: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(avx2, "without_avx512", lambda: only_avx2 and library.supports(library.AVX2))
    convolution.PLANS.clear()
    generator = np.random.default_rng(channels)
    arrays = values(generator, 2, channels, 5, 6, 7), values(generator, outputs, channels, 3, 3, 3)
    for padding in (1, [2, 1, 0, 0, 1, 1]):
        assert_same(lambda x, weight, padding=padding: functional.conv3d(x, weight, padding=padding), *arrays)


def test_a_padded_volume_gets_its_weight_gradient_from_compiled_code():
    if not avx2.without_avx512():
        pytest.skip("needs a processor with AVX2 and without AVX512")
    geometry = shapes.convolution(
        [2, 8, 6, 6, 6], [16, 8, 3, 3, 3], [1] * 3, [1] * 3, "EXPLICIT", [1] * 3, 1, bias=True
    )
    primitives = ConvolutionPrimitives(geometry)
    assert "gemm" in primitives.weight_gradient.implementation()
    assert primitives.depth_padded is not None
    assert primitives.depth_padded.weight_gradient.implementation().startswith("jit")
