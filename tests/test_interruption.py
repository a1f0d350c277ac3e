"""Ctrl-C and SIGTERM end a command with one line, the exit code of the signal, and a run that goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kit import interruption
from kit.interruption import Interrupted, deferred, handled

LONG = ("--epochs", "400", "--set", "batch_size=8", "--set", "workers=1")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_raises_at_once_and_within_a_deferred_block_at_its_end(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with handled():
        with pytest.raises(Interrupted) as caught:
            os.kill(os.getpid(), number)
        assert caught.value.exit_code == 128 + number
        done = []
        with pytest.raises(Interrupted), deferred():
            os.kill(os.getpid(), number)
            done.append(1)
        assert done == [1]
        with pytest.raises(Interrupted), deferred():
            os.kill(os.getpid(), number)
            os.kill(os.getpid(), number)
            done.append(2)
        assert done == [1]
    assert signal.getsignal(number) == before
    assert interruption._Signals.waiting is None


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_training_ends_with_one_line_and_goes_on(
    toy_plugins: Path, toy_folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "kit", "run", "bars", "--data", str(toy_folder), *LONG]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 100
    metrics = tmp_path / "submissions/bars"
    while not list(metrics.glob("*/metrics.jsonl")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    assert out == ""
    (run,) = metrics.glob("*")
    last = err.strip().splitlines()[-1]
    assert last.startswith("stopped after epoch ") and last.endswith(f"; go on: kit run --resume {run.name}")
    assert "Traceback" not in err and "C++" not in err
    assert all(line.startswith(("run ", "fold ", "stopped ", "audit warning")) for line in err.strip().splitlines())
