"""The tuning of layouts is used where it is wanted and gives what is given without; a CPU tests the decision."""

from __future__ import annotations

import contextlib

import pytest

from kit import gpu
from kit.device import choose, paddle
from kit.gpu import channels_last
from kit.gpu.channels_last import set_channels_last, works


class Tuning:
    """A switch that is noted; while it is on, convolutions move their maps by some columns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, columns: int = 0) -> None:
        self.noted: list[bool] = []
        plain = paddle.nn.functional.conv2d

        def convolution(*args, **options):
            return plain(*args, **options).roll(columns if self.noted[-1] else 0, 3)

        monkeypatch.setattr(paddle.nn.functional, "conv2d", convolution)

    def __call__(self, on: bool) -> None:
        self.noted.append(on)


@pytest.fixture(autouse=True)
def float32(monkeypatch):
    """Mixed precision that changes nothing, as on a CPU."""
    monkeypatch.setattr(channels_last, "mixed", lambda precision, operators: contextlib.nullcontext())


def test_it_stays_on_where_it_gives_what_is_given_without(monkeypatch):
    tuning = Tuning(monkeypatch)
    assert set_channels_last("bfloat16", True, tuning)
    assert tuning.noted == [False, True, True]


def test_it_is_switched_off_again_where_the_result_is_another(monkeypatch):
    tuning = Tuning(monkeypatch, columns=1)
    assert not set_channels_last("float16", True, tuning)
    assert tuning.noted == [False, True, False]


def test_it_is_switched_off_again_where_it_fails():
    noted = []

    def switch(on: bool) -> None:
        noted.append(on)
        if noted == [False, True]:
            raise RuntimeError("no such tuning")

    assert not set_channels_last("bfloat16", True, switch)
    assert noted == [False, True, False]


@pytest.mark.parametrize(("precision", "wanted"), [("float32", True), ("bfloat16", False)])
def test_it_is_off_in_float32_and_unless_it_is_wanted(precision, wanted):
    noted = []
    assert not set_channels_last(precision, wanted, noted.append)
    assert noted == [False]


def test_paddles_own_switch_is_there_and_changes_nothing_on_a_cpu():
    try:
        assert works("bfloat16", lambda *_: contextlib.nullcontext(), channels_last._switch)
    finally:
        channels_last._switch(False)


def test_a_gpu_that_cannot_says_so_and_a_cpu_is_never_asked(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(gpu, "set_channels_last", lambda precision, wanted: asked.append((precision, wanted)))
    choose("cpu", channels_last=True)
    assert not asked
    monkeypatch.setattr("kit.device.gpu_count", lambda: 1)
    monkeypatch.setattr(paddle, "set_device", lambda name: name)
    monkeypatch.setattr(gpu, "set_deterministic", lambda paddle, deterministic: [])
    monkeypatch.setattr(gpu, "half_operators", lambda precision: ())
    choose("gpu", "float16", channels_last=True)
    assert asked == [("float16", True)]
    assert "channels_last is not used" in capsys.readouterr().err
