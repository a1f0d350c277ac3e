"""Training in several processes: one for each GPU, started by Paddle's own launcher, or several on a CPU."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kit.console import level
from kit.errors import KitError
from kit.processes import safe_environment, safe_python
from kit.runs import Run

POLL = 0.1  # seconds between two looks at the processes
GRACE = 10.0  # seconds in which a process may end by itself


def is_wanted(device: str) -> bool:
    """Whether a device name such as ``gpu:0,1`` or ``cpu:2`` asks for several processes."""
    several = "," in device or (device.startswith("cpu:") and device != "cpu:1")
    return several and "PADDLE_TRAINERS_NUM" not in os.environ


def require_devices(device: str) -> None:
    """Raise KitError unless the machine has what a name such as ``gpu:0,1`` or ``cpu:2`` asks for."""
    from kit.device import require

    require(device)


def train(run: Run, device: str) -> Run:
    """Train a run whose folder is there in several processes; their logs go to the run's folder."""
    kind, _, which = device.partition(":")
    logs = run.path / "log"
    words = [str(Path(__file__).parents[1] / "__main__.py"), "train", run.task_name, "--resume", str(run.path)]
    code = _on_gpus(words, which, logs) if kind == "gpu" else _on_cpu(words, int(which), logs)
    if code:
        raise KitError(
            "training in several processes failed",
            found=f"exit code {code}",
            where=logs,
            remedy=f"kit train {run.task_name} --resume {run.name}",
        )
    return run


def _on_gpus(words: Sequence[str], devices: str, logs: Path) -> int:
    """Run a command with one process for each GPU; return the launcher's exit code."""
    launcher = [*safe_python(), "-m", "paddle.distributed.launch", "--devices", devices, "--log_dir", str(logs)]
    with _ended(subprocess.Popen([*launcher, *words], stdout=sys.stderr, env=_environment())) as child:  # noqa: S603  our own words
        return child.wait()


def _on_cpu(words: Sequence[str], count: int, logs: Path) -> int:
    """Run a command in several processes that exchange gradients through gloo; return the first exit code but 0.

    Each computes on an equal part of the cores (:func:`kit.cpu.cores.each`). The first one talks to the terminal. It is
    started last, so that it is stopped first, between two steps: the others wait for it and hear no Ctrl-C.
    """
    logs.mkdir(exist_ok=True)
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(count)]
    together = {
        "PADDLE_TRAINERS_NUM": str(count),
        "PADDLE_TRAINER_ENDPOINTS": ",".join(addresses),
        "PADDLE_DISTRI_BACKEND": "gloo",
    }
    with ExitStack() as stack:
        children = []
        for rank, address in reversed(list(enumerate(addresses))):
            own = {"PADDLE_TRAINER_ID": str(rank), "PADDLE_CURRENT_ENDPOINT": address}
            log = stack.enter_context((logs / f"process{rank}.log").open("wb"))
            child = subprocess.Popen(  # noqa: S603  our own words
                [*safe_python(), *words],
                stdout=log,
                stderr=log if rank else None,
                env={**_environment(), **together, **own},
                start_new_session=rank > 0,
            )
            children.append(stack.enter_context(_ended(child)))
        while any(child.poll() is None for child in children) and not any(child.poll() for child in children):
            time.sleep(POLL)
        return next((child.returncode for child in children if child.returncode), 0)


@contextmanager
def _ended(child: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Stop a child at the end of a block: by SIGTERM, so that the launcher stops its own, then at once.

    One that waits for the gradients of a process that is gone does not see the signal.
    """
    with child:
        try:
            yield child
        finally:
            child.terminate()
            try:
                child.wait(GRACE)
            except subprocess.TimeoutExpired:
                child.kill()


def _environment() -> dict[str, str]:
    return {**safe_environment(), "KIT_LOG": level()}


def _free_ports(count: int) -> list[int]:
    """Return ports that no process listens on at the moment."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
