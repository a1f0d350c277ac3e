from __future__ import annotations

import numpy as np
import pytest

paddle = pytest.importorskip("paddle")


@pytest.mark.parametrize("trained", [(False, True), (True, False), (True, True), (False, False)])
def test_the_gradient_of_grid_sample_does_not_crash(trained: tuple[bool, bool]) -> None:
    import kit.device  # noqa: F401  prepares Paddle

    paddle.seed(0)
    x, grid = paddle.rand([2, 1, 8, 8]), paddle.rand([2, 4, 4, 2]) * 2 - 1
    x.stop_gradient, grid.stop_gradient = (not wanted for wanted in trained)
    y = paddle.nn.functional.grid_sample(x, grid, align_corners=True)
    if any(trained):
        y.square().sum().backward()
    assert [tensor.grad is not None for tensor in (x, grid)] == list(trained)


def test_the_gradient_of_the_grid_is_that_of_an_input_with_a_gradient() -> None:
    import kit.device  # noqa: F401  prepares Paddle

    paddle.seed(0)
    image, points = paddle.rand([2, 1, 8, 8]), paddle.rand([2, 4, 4, 2]) * 2 - 1
    found = []
    for stopped in (True, False):
        x, grid = image.clone(), points.clone()
        x.stop_gradient, grid.stop_gradient = stopped, False
        paddle.nn.functional.grid_sample(x, grid, align_corners=False).square().sum().backward()
        found.append(grid.grad.numpy())
        assert x.stop_gradient == stopped
    np.testing.assert_array_equal(*found)
