from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from kit.cpu import environment

environment.prepare()

pytest.importorskip("paddle")

from kit import cpu  # noqa: E402 - the environment comes before Paddle
from kit.cpu import log_once  # noqa: E402


@pytest.fixture
def onednn() -> Iterator[cpu.Status]:
    """oneDNN's operators in their places for one test, and Paddle's again afterwards."""
    log_once.forget()
    status = cpu.install()
    if not status.active:
        pytest.skip(str(status))
    yield status
    cpu.uninstall()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What ``kit.cpu`` says during one test."""
    log_once.forget()
    caplog.set_level(logging.INFO, logger="kit.cpu")
    yield caplog
