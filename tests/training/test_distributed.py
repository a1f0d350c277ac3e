"""Two processes train one model together through Paddle's own launcher, on a CPU with gloo."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import kit
from kit.contract.task import Task
from kit.cpu import cores
from kit.models import checkpoint
from kit.runs.run import Run
from kit.training.events import Events

MAIN = Path(kit.__file__).with_name("__main__.py")


def together(folder: Path, logs: Path, *options: str) -> list[str]:
    """Train with two processes by hand; return the lines of their standard output that name a run's folder."""
    launcher = [sys.executable, "-m", "paddle.distributed.launch", "--nproc_per_node", "2", "--backend", "gloo"]
    command = [*launcher, "--log_dir", str(logs), str(MAIN), "train", "bars", "--data", str(folder), "--device", "cpu"]
    done = subprocess.run(
        [*command, *options], capture_output=True, text=True, check=False, timeout=200, env=dict(os.environ)
    )
    said = "".join(path.read_text() for path in sorted(logs.glob("workerlog.*")))
    assert done.returncode == 0, done.stdout + done.stderr + said
    return sorted({line for line in said.splitlines() if line.startswith(os.environ["KIT_SUBMISSIONS"])})


def by_device_name(folder: Path, *options: str) -> str:
    """Train with the kit's own ``--device cpu:2``; return the run's folder."""
    command = [sys.executable, str(MAIN), "train", "bars", "--data", str(folder), "--device", "cpu:2", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.skipif(cores.usable()[0] < 2, reason="two processes need two cores")
@pytest.mark.skipif(sys.platform != "linux", reason="gloo is tried on Linux")
def test_two_processes_train_one_model_and_one_of_them_writes(
    toy_plugins: Path, toy: Task, toy_folder: Path, tmp_path: Path
) -> None:
    options = ["--epochs", "3", "--set", "batch_size=16", "--set", "workers=0"]
    (first,) = together(toy_folder, tmp_path / "one", *options)
    second = by_device_name(toy_folder, *options)
    weights = [checkpoint.read(Path(run) / "folds/0/weights.safetensors")[0] for run in (first, second)]
    for name, array in weights[0].items():
        np.testing.assert_array_equal(array, weights[1][name])
    run = Run(Path(first))
    assert run.card.processes == Run(Path(second)).card.processes == 2
    assert len(run.epochs()) == 3
    alone = train_alone(toy, toy_folder)
    for name, array in checkpoint.read(alone.path / "folds/0/weights.safetensors")[0].items():
        np.testing.assert_allclose(weights[0][name], array, atol=2e-3)


@pytest.mark.slow
@pytest.mark.skipif(cores.usable()[0] < 2, reason="two processes need two cores")
@pytest.mark.skipif(sys.platform != "linux", reason="gloo is tried on Linux")
def test_two_processes_that_are_stopped_say_how_to_go_on(toy_plugins: Path, toy_folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(MAIN), "train", "bars", "--data", str(toy_folder), "--device", "cpu:2"]
    said = tmp_path / "said"
    with said.open("w") as stream:
        training = subprocess.Popen([*command, "--epochs", "5000", "--set", "batch_size=16"], stderr=stream)
        while "epoch" not in said.read_text() and training.poll() is None:
            time.sleep(0.1)
        training.terminate()
        assert training.wait(60) != 0
    text = said.read_text()
    assert "go on: kit train --resume" in text or "go on: kit run --resume" in text
    assert "Traceback" not in text
    (run,) = (Run(path) for path in Path(os.environ["KIT_SUBMISSIONS"]).glob("bars/*"))
    done = len(run.epochs())
    further = ["train", "bars", "--resume", str(run.path)]
    again = subprocess.Popen([sys.executable, str(MAIN), *further], stderr=subprocess.DEVNULL)
    while len(run.epochs()) == done and again.poll() is None:
        time.sleep(0.1)
    again.terminate()
    again.wait(60)
    assert len(run.epochs()) > done


def train_alone(toy: Task, folder: Path) -> Run:
    """The same training in one process: the toy model has no dropout, so it must come to the same weights."""
    from kit.contract.settings import configure
    from kit.pipeline import train_run

    config = configure(toy, {"epochs": 3, "batch_size": 16, "workers": 0})
    return train_run(toy, folder, config, Events())
