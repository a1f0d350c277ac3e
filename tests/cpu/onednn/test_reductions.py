from __future__ import annotations

from typing import Any

import numpy as np
import paddle
import pytest

from kit import cpu
from tests.cpu.onednn.equality import assert_same, values

AXES = [None, 1, -1, [0, 2], (2, 3), [-3, -1], [1, 2, 3], [0, 1, 2, 3]]


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin", "mean"])
@pytest.mark.parametrize("axes", AXES)
def test_reductions_and_their_gradients_equal_paddles(name: str, axes: Any) -> None:
    x = values(np.random.default_rng(0), 3, 4, 5, 6).round(1)  # with equal values
    for keep in (False, True):
        assert_same(lambda x, keep=keep: getattr(paddle, name)(x, axes, keepdim=keep), x)


@pytest.mark.parametrize("name", ["max", "min", "amax", "amin"])
def test_the_gradient_of_an_extreme_over_three_axes_of_five_is_right(name: str, onednn: cpu.Status) -> None:
    array = values(np.random.default_rng(0), 8, 5, 4, 4, 4)
    x = paddle.to_tensor(array, stop_gradient=False)
    y = getattr(paddle, name)(x, [2, 3, 4])
    given = values(np.random.default_rng(1), 8, 5)
    (found,) = paddle.grad([y], [x], [paddle.to_tensor(given)])
    expected = (array == y.numpy()[:, :, None, None, None]) * given[:, :, None, None, None]
    assert np.array_equal(found.numpy(), expected)


def test_the_gradient_can_be_differentiated_again() -> None:
    def slope(x: Any) -> Any:
        (found,) = paddle.grad([(x * x).mean([1, 2])], [x], create_graph=True)
        return found * x

    assert_same(slope, values(np.random.default_rng(0), 3, 4, 5))


def test_the_gradient_of_a_maximum_which_paddle_does_not_differentiate_can_be(onednn: cpu.Status) -> None:
    x = paddle.to_tensor([[1.0, -3.0, 2.0], [0.5, 0.25, 0.125]], stop_gradient=False)
    (slope,) = paddle.grad([(x * x).max(1)], [x], create_graph=True)  # 2 x at the maximum of each row, else 0
    slope.sum().backward()
    assert x.grad.tolist() == [[0.0, 2.0, 0.0], [2.0, 0.0, 0.0]]


def test_a_tensor_of_another_type_or_without_axes_is_left_to_paddle(onednn: cpu.Status) -> None:
    for x in (paddle.to_tensor([1.0, 3.0], "float64"), paddle.to_tensor(2.0), paddle.to_tensor([1, 3])):
        x.stop_gradient = False
        y = x.max()
        assert float(y) in (2.0, 3.0)
    assert float(paddle.mean(paddle.to_tensor([1.0, 3.0], stop_gradient=False))) == 2.0
