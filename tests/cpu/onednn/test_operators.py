from __future__ import annotations

from typing import Any

import numpy as np
import paddle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paddle.nn import functional

from kit import cpu
from kit.cpu.onednn.memory import elements
from tests.cpu.onednn.equality import assert_same, values
from tests.cpu.onednn.test_convolution import EASY


@st.composite
def pools(draw: st.DrawFn) -> dict[str, Any]:
    """A pool over 2 or 3 axes, with enough elements for oneDNN to be used."""
    axes = draw(st.integers(2, 3))
    kernel = [draw(st.integers(1, 3)) for _ in range(axes)]
    sizes = st.integers(33, 40) if axes == 2 else st.integers(11, 14)
    return {
        "x": (4, draw(st.integers(4, 20)), *(draw(sizes) for _ in kernel)),
        "name": draw(st.sampled_from(["max", "avg"])),
        "kernel_size": kernel,
        "stride": [draw(st.integers(1, 3)) for _ in kernel],
        "padding": [draw(st.integers(0, taps // 2)) for taps in kernel],
        "ceil_mode": draw(st.booleans()),
        "exclusive": draw(st.booleans()),
        "ties": draw(st.booleans()),
    }


@settings(max_examples=25, **EASY)
@given(pools())
def test_random_pools_and_their_gradients_equal_paddles_operator(case: dict[str, Any]) -> None:
    names = ("kernel_size", "stride", "padding", "ceil_mode") + (("exclusive",) if case["name"] == "avg" else ())
    steps = {name: case[name] for name in names}
    pool = getattr(functional, f"{case['name']}_pool{len(case['x']) - 2}d")
    x = values(np.random.default_rng(0), *case["x"])
    # After a ReLU many windows have several maxima, all zero.
    assert_same(lambda a: pool(a, **steps), np.maximum(x - 1, 0) if case["ties"] else x)


@pytest.mark.parametrize("shape", [(3, 7, 41, 43), (200_000,), (2, 3)])
def test_relu_and_its_gradient_equal_paddles_operator(shape: tuple[int, ...]) -> None:
    assert_same(functional.relu, values(np.random.default_rng(0), *shape))


@pytest.mark.parametrize("shape", [(3, 7, 41, 43), (200_000,), (2, 3)])
def test_relu6_and_its_gradient_equal_paddles_operator(shape: tuple[int, ...]) -> None:
    assert_same(functional.relu6, 8 * values(np.random.default_rng(0), *shape))


def test_dropout_keeps_the_fraction_and_the_mean(onednn: cpu.Status) -> None:
    x = paddle.ones([300, 1000])
    y = functional.dropout(x, 0.3)
    assert float((y == 0).astype("float32").mean()) == pytest.approx(0.3, abs=0.01)
    assert float(y.mean()) == pytest.approx(1.0, abs=0.01)
    assert float(functional.dropout(x, 0.3, mode="downscale_in_infer").max()) == 1.0


def test_dropout_repeats_with_the_seed_and_differs_without(onednn: cpu.Status) -> None:
    x = paddle.ones([300, 100])
    paddle.seed(5)
    first, second = functional.dropout(x, 0.5), functional.dropout(x, 0.5)
    paddle.seed(5)
    assert (functional.dropout(x, 0.5) == first).all()
    assert not (first == second).all()


def test_dropout_passes_the_gradient_where_it_kept_the_value(onednn: cpu.Status) -> None:
    x = paddle.ones([300, 100])
    x.stop_gradient = False
    y = functional.dropout(x, 0.25)
    y.sum().backward()
    assert (x.grad == y).all()


def test_dropout_in_evaluation_changes_nothing(onednn: cpu.Status) -> None:
    x = paddle.ones([300, 100])
    assert (functional.dropout(x, 0.5, training=False) == x).all()


def test_the_elements_of_a_tensor_outlive_it() -> None:
    found = elements(paddle.arange(100_000, dtype="float32"))
    others = [paddle.zeros([100_000]) for _ in range(20)]
    assert len(others) == 20 and np.array_equal(found, np.arange(100_000))
