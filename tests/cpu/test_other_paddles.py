"""A Paddle that lacks what oneDNN's operators need, or behaves in an unknown way, keeps its own operators."""

from __future__ import annotations

import paddle
import pytest

from kit.cpu.onednn import self_test
from tests.cpu.onednn.test_fallbacks import assert_original, fresh

__all__ = ["fresh"]


def test_a_paddle_without_an_operator_that_is_needed_keeps_its_own(
    fresh: pytest.MonkeyPatch, said: pytest.LogCaptureFixture
) -> None:
    fresh.delattr(paddle._C_ops, "conv2d_grad", raising=False)
    assert_original(said, f"paddle {paddle.__version__} has no conv2d_grad")


@pytest.mark.skipif(not hasattr(paddle._C_ops, "conv2d_grad"), reason="Paddle 2.6 stops before the self-test")
def test_a_paddle_that_fails_in_an_unknown_way_keeps_its_own_operators(
    fresh: pytest.MonkeyPatch, said: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise TypeError("conv2d() takes 9 arguments\nand more")

    fresh.setattr(self_test, "run", fails)
    assert_original(said, "is not known here: TypeError: conv2d() takes 9 arguments")
