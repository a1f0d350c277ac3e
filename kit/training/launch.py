"""Training in several processes, one for each GPU or several on a CPU, started by Paddle's own launcher."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from kit.console import level
from kit.errors import KitError
from kit.processes import safe_environment, safe_python
from kit.runs import Run


def is_wanted(device: str) -> bool:
    """Whether a device name such as ``gpu:0,1`` or ``cpu:2`` asks for several processes."""
    several = "," in device or (device.startswith("cpu:") and device != "cpu:1")
    return several and "PADDLE_TRAINERS_NUM" not in os.environ


def require_devices(device: str) -> None:
    """Raise KitError unless the machine has what a name such as ``gpu:0,1`` or ``cpu:2`` asks for."""
    from kit.device import require

    require(device)


def train(run: Run, device: str) -> Run:
    """Train a run whose folder is there in several processes; their logs go to the run's folder.

    On a CPU they exchange gradients through gloo, and each computes on an equal part of the cores.
    """
    task = run.task_name
    kind, _, which = device.partition(":")
    of = ["--devices", which] if kind == "gpu" else ["--nproc_per_node", which, "--backend", "gloo"]
    command = [*safe_python(), "-m", "paddle.distributed.launch", *of]
    command += ["--log_dir", str(run.path / "log")]
    command += [str(Path(__file__).parents[1] / "__main__.py"), "train", task, "--resume", str(run.path)]
    # The launcher stops its processes at SIGTERM, so it is not killed at once if this process is interrupted.
    with subprocess.Popen(command, stdout=sys.stderr, env={**safe_environment(), "KIT_LOG": level()}) as launcher:  # noqa: S603  our own words
        try:
            code = launcher.wait()
        except BaseException:
            launcher.terminate()
            raise
    if code:
        raise KitError(
            "training in several processes failed",
            found=f"exit code {code}",
            where=run.path / "log",
            remedy=f"kit train {task} --resume {run.name}",
        )
    return run
