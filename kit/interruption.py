"""Ctrl-C and SIGTERM: a command ends with one line and exit code 130 or 143, and training at the end of a step.

Paddle prints a C++ traceback if Python raises an exception below one of its operators. Within :func:`deferred` a signal
therefore waits for the end of the block; elsewhere it raises :class:`Interrupted` at once, and so does a second one.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """A signal has ended the command; ``message`` says what was reached and how to go on."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by signal {number}")
        self.number = number
        self.message = "interrupted" if number == signal.SIGINT else "terminated"

    @property
    def exit_code(self) -> int:
        """The exit code of a process that this signal has ended."""
        return 128 + self.number


class _Signals:
    """Whether signals wait, and the one that does."""

    depth = 0
    waiting: int | None = None
    installed = False


@contextmanager
def handled() -> Iterator[None]:
    """Handle the signals in this way within the block, if this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {number: signal.getsignal(number) for number in SIGNALS}
    _Signals.installed = True
    install()
    try:
        yield
    finally:
        _Signals.installed, _Signals.waiting, _Signals.depth = False, None, 0
        for number, handler in before.items():
            signal.signal(number, handler)


def install() -> None:
    """Install the handlers again, within :func:`handled`, after a library has installed its own."""
    if _Signals.installed and threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _handle)


@contextmanager
def deferred() -> Iterator[None]:
    """Let a signal wait for the end of the block."""
    _Signals.depth += 1
    try:
        yield
    finally:
        _Signals.depth -= 1
    if not _Signals.depth and _Signals.waiting is not None:
        number, _Signals.waiting = _Signals.waiting, None
        raise Interrupted(number)


def _handle(number: int, frame: FrameType | None) -> None:
    if _Signals.depth and _Signals.waiting is None:
        _Signals.waiting = number
        return
    raise Interrupted(number)
