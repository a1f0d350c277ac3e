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
    """Install oneDNN's operators for one test and restore Paddle's afterwards."""
    log_once.reset()
    status = cpu.install()
    if not status.active:
        pytest.skip(str(status))
    yield status
    cpu.uninstall()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Capture what ``kit.cpu`` logs during one test."""
    log_once.reset()
    caplog.set_level(logging.INFO, logger="kit.cpu")
    yield caplog
