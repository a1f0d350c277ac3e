"""Several GPUs: the same training started once a device by Paddle's own launcher."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from kit.contract.task import Task
from kit.errors import KitError
from kit.processes import safe_environment, safe_python
from kit.runs.run import Run


def is_wanted(device: str) -> bool:
    """Whether a device name such as ``gpu:0,1`` asks for several processes."""
    return "," in device and "PADDLE_TRAINERS_NUM" not in os.environ


def train(task: Task, run: Run, device: str) -> None:
    """Train a run whose folder is there with one process a device; their logs go to the run's folder."""
    command = [*safe_python(), "-m", "paddle.distributed.launch", "--devices", device.partition(":")[2]]
    command += ["--log_dir", str(run.path / "log")]
    command += [str(Path(__file__).parents[1] / "__main__.py"), "train", task.name, "--resume", str(run.path)]
    done = subprocess.run(command, check=False, env=safe_environment())  # noqa: S603  our own interpreter and fixed words
    if done.returncode:
        raise KitError(
            "training on several devices failed",
            found=f"exit code {done.returncode}",
            where=run.path / "log",
            remedy=f"kit train {task.name} --resume {run.name}",
        )
