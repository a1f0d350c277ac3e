"""Paddle 2.6.2 in an environment of its own: the tests of what uses Paddle pass there too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

TESTS = ("tests/cpu", "tests/gpu", "tests/prediction", "tests/export", "tests/training/test_training.py")
NEEDS = ("pytest>=8", "pytest-timeout>=2.3", "hypothesis>=6.100", "psutil>=5.9")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Paddle 2.6.2 has no wheel for this Python")
def test_what_uses_paddle_passes_with_paddle_2_6(tmp_path: Path) -> None:
    python = tmp_path / "environment" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
    install = [python, "-m", "pip", "install", "-q", "-e", f"{ROOT}[paddle26]", *NEEDS]
    done = subprocess.run(install, capture_output=True, text=True)
    if done.returncode and "No matching distribution" in done.stderr:
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr[-3000:]
    settings = {**os.environ, "OMP_NUM_THREADS": "1"}
    run = [python, "-m", "pytest", "-q", "-rs", *TESTS]
    done = subprocess.run(run, cwd=ROOT, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-5000:]
    assert "keeps its own operators" in done.stdout  # the reason why oneDNN's tests are skipped
