"""Operators are sent to half precision where they work and give what float32 gives; a CPU tests the decision."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from kit import gpu
from kit.device import Device, choose, paddle
from kit.gpu import channels_last, determinism
from kit.gpu.half_precision import SHAPES, half_operators, works

FUNCTIONS = {"conv3d": "conv3d", "conv2d_transpose": "conv2d_transpose", "depthwise_conv2d": "conv2d"}


def imitation(monkeypatch: pytest.MonkeyPatch, name: str, error: float = 0.0, dtype: str = "bfloat16"):
    """Automatic mixed precision that computes one operator in float32 and rounds its result."""
    plain = getattr(paddle.nn.functional, FUNCTIONS[name])

    @contextlib.contextmanager
    def autocast(precision: str, operators: set[str]) -> Iterator[None]:
        with monkeypatch.context() as patch:
            if name in operators:
                patch.setattr(
                    paddle.nn.functional, FUNCTIONS[name], lambda *a, **k: (plain(*a, **k) * (1 + error)).astype(dtype)
                )
            yield

    return autocast


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_operator_that_gives_the_same_in_half_precision_is_used(monkeypatch, name):
    assert works(name, "bfloat16", imitation(monkeypatch, name))


def test_one_that_is_wrong_is_not_used(monkeypatch):
    assert not works("conv3d", "bfloat16", imitation(monkeypatch, "conv3d", error=0.2))


def test_one_that_stays_in_float32_is_not_used(monkeypatch):
    assert not works("conv3d", "bfloat16", imitation(monkeypatch, "conv3d", dtype="float32"))


def test_one_without_a_kernel_is_not_used():
    @contextlib.contextmanager
    def autocast(precision: str, operators: set[str]) -> Iterator[None]:
        if operators:
            raise RuntimeError("(NotFound) The kernel `conv3d` is not registered")
        yield

    assert not works("conv3d", "bfloat16", autocast)


@pytest.mark.filterwarnings("ignore")
def test_paddles_own_mixed_precision_changes_nothing_on_a_cpu():
    half_operators.cache_clear()
    assert half_operators("bfloat16") == ()
    half_operators.cache_clear()


@pytest.fixture
def card(monkeypatch):
    """A Paddle that has a GPU, as far as choosing a device asks; the flags that are set."""
    flags = {}
    monkeypatch.setattr("kit.device.gpu_count", lambda: 1)
    monkeypatch.setattr(paddle, "set_device", lambda name: name)
    monkeypatch.setattr(paddle, "set_flags", flags.update)
    monkeypatch.setattr(paddle.amp, "is_bfloat16_supported", lambda: True)
    monkeypatch.setattr(paddle.device.cuda, "get_device_capability", lambda: (9, 0))
    monkeypatch.setattr(gpu, "half_operators", lambda precision: ("conv3d",))
    monkeypatch.setattr(channels_last, "_switch", lambda on: flags.update(layout=on))
    return flags


def test_a_gpu_is_deterministic_unless_told_otherwise(card):
    assert choose("gpu") == Device("gpu", "bfloat16", half=("conv3d",))
    assert card == determinism.FLAGS[True] | {"layout": False}
    choose("gpu", deterministic=False)
    assert card["FLAGS_cudnn_deterministic"] is False
    assert card["FLAGS_cudnn_exhaustive_search"] is True


def test_float32_asks_nothing_and_routes_nothing(card, monkeypatch):
    monkeypatch.setattr(gpu, "half_operators", lambda precision: pytest.fail("asked"))
    assert choose("gpu", "float32").half == ()


def test_what_was_found_is_what_paddle_is_told(monkeypatch):
    told = {}
    monkeypatch.setattr(paddle.amp, "auto_cast", lambda **given: told.update(given) or contextlib.nullcontext())
    with Device("gpu", "bfloat16", half=("conv3d", "conv2d_transpose")).autocast():
        pass
    assert told == {"dtype": "bfloat16", "custom_white_list": {"conv3d", "conv2d_transpose"}}


def test_a_flag_that_this_paddle_does_not_have_is_passed_over():
    class Old:
        @staticmethod
        def set_flags(flags):
            if "FLAGS_embedding_deterministic" in flags:
                raise ValueError("Flag FLAGS_embedding_deterministic cannot set its value through this function.")

    assert gpu.set_deterministic(Old, True) == ["FLAGS_embedding_deterministic"]


def test_without_the_flag_the_claim_is_taken_back(card, monkeypatch, capsys):
    def refuse(flags):
        raise ValueError("no such flag")

    monkeypatch.setattr(paddle, "set_flags", refuse)
    choose("gpu")
    assert "the same seed may give other bytes" in capsys.readouterr().err
    choose("gpu", deterministic=False)
    assert capsys.readouterr().err == ""


def test_every_example_runs():
    for shape, weight, call in SHAPES.values():
        assert call(paddle.nn.functional, paddle.ones(shape), paddle.ones(weight)).shape[0] == shape[0]
