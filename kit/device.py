"""The device that computes: a GPU if there is one, else the CPU; or one of several processes.

Every module imports Paddle from here: the process environment must be prepared before Paddle is imported.
"""

from __future__ import annotations

import contextlib
import importlib.abc
import io
import math
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kit import cpu, gpu, interruption
from kit.console import status, warn
from kit.cpu import cores, environment
from kit.errors import KitError

# Messages of every import of Paddle: OMP_NUM_THREADS is set, and ccache is not installed.
NOISE = ("OMP_NUM_THREADS", "ccache", "warnings.warn(warning_message)")


def _import_paddle() -> Any:
    """Import Paddle without the messages that it prints every time."""
    os.environ.setdefault("GLOG_minloglevel", "2")  # errors only
    status("loading Paddle")
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), interruption.deferred(), _own_signal_handlers():
            import paddle
    except ModuleNotFoundError as error:
        if error.name != "paddle":
            raise
        raise KitError(
            "PaddlePaddle is not installed",
            remedy="on a CPU: pip install 'contest-kit[cpu]'; with a GPU: Paddle's GPU wheel (kit doctor says more)",
        ) from None
    finally:
        for line in said.getvalue().splitlines():
            if not any(word in line for word in NOISE):
                print(line, file=sys.stderr)
    return paddle


NAMES = re.compile(r"auto|cpu|cpu:[1-9]\d{0,2}|gpu|gpu:\d{1,3}(,\d{1,3})*")


class _SignalHandlers(importlib.abc.MetaPathFinder):
    """Removes Paddle's signal handlers, which print C++ frames at SIGTERM, while its modules are being imported.

    They are installed in the middle of an import that takes a second. This finder finds nothing: Python calls it before
    each module.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Remove the handlers if Paddle's library has been loaded."""
        core = sys.modules.get("paddle.base.core")
        if core is not None and hasattr(core, "disable_signal_handler"):
            core.disable_signal_handler()
            interruption.install()


@contextlib.contextmanager
def _own_signal_handlers() -> Iterator[None]:
    finder = _SignalHandlers()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        finder.find_spec("paddle")


environment.prepare()
paddle: Any = _import_paddle()
cpu.guard_grid_sample()
# Warned of at the first batch normalisation of every training, though it is the usual behaviour.
warnings.filterwarnings("ignore", "When training, we now always track", UserWarning)

__all__ = ["Device", "choose", "paddle"]


@dataclass(frozen=True)
class Device:
    """A device, and the precision of a GPU. This process is ``rank`` of ``world``; only rank 0 writes files.

    ``half`` are operators that compute in this precision beside those that Paddle chooses.
    """

    name: str
    precision: str
    rank: int = 0
    world: int = 1
    half: tuple[str, ...] = ()

    @property
    def on_gpu(self) -> bool:
        """Whether this is a GPU."""
        return self.name.startswith("gpu")

    @property
    def words(self) -> str:
        """The device for a person: ``on CPU with 2 threads (no GPU in use)``."""
        together = f" in {self.world} processes" if self.world > 1 else ""
        if self.on_gpu:
            return f"on {self.name} in {self.precision}{together}"
        return f"on CPU with {os.environ.get('OMP_NUM_THREADS', '1')} thread(s){together} (no GPU in use)"

    @property
    def operators(self) -> str | None:
        """On a CPU: whose operators compute, and why; None on a GPU."""
        return None if self.on_gpu else str(cpu.status())

    @property
    def writes(self) -> bool:
        """Whether this process writes files and messages."""
        return self.rank == 0

    def autocast(self) -> contextlib.AbstractContextManager[Any]:
        """Mixed precision where the precision asks for it."""
        if self.precision == "float32":
            return contextlib.nullcontext()
        context: contextlib.AbstractContextManager[Any] = paddle.amp.auto_cast(
            dtype=self.precision, custom_white_list=set(self.half)
        )
        return context

    def average_gradients(self, parameters: Sequence[Any]) -> None:
        """Replace each gradient by its mean over all processes, in one message."""
        if self.world == 1:
            return
        held = [p for p in parameters if p.grad is not None]
        flat = paddle.concat([p.grad.reshape([-1]) for p in held])
        paddle.distributed.all_reduce(flat)
        flat = flat / self.world
        start = 0
        for parameter in held:
            size = int(np.prod(parameter.shape)) if parameter.shape else 1
            parameter.grad.set_value(flat[start : start + size].reshape(parameter.grad.shape))
            start += size

    def broadcast(self, tensors: Sequence[Any]) -> None:
        """Overwrite tensors with those of rank 0, in place."""
        if self.world > 1:
            for tensor in tensors:
                paddle.distributed.broadcast(tensor, src=0)

    def broadcast_number(self, number: float | None) -> float | None:
        """Rank 0's number or None, in every process."""
        if self.world == 1:
            return number
        tensor = paddle.to_tensor([math.nan if number is None else number], dtype="float32")
        self.broadcast([tensor])
        found = float(tensor.item())
        return None if math.isnan(found) else found

    def broadcast_text(self, text: str) -> str:
        """Rank 0's text, everywhere."""
        if self.world == 1:
            return text
        data = text.encode()
        size = paddle.to_tensor([len(data)], dtype="int64")
        self.broadcast([size])
        length = int(size.item())
        values = np.frombuffer(data.ljust(length), dtype=np.uint8)[:length].astype(np.int64)
        tensor = paddle.to_tensor(values)
        self.broadcast([tensor])
        return bytes(tensor.numpy().astype(np.uint8)).decode()


def gpu_count() -> int:
    """How many GPUs Paddle can use."""
    return paddle.device.cuda.device_count() if paddle.device.is_compiled_with_cuda() else 0


def require(name: str) -> None:
    """Raise KitError unless ``name`` names a device, several GPUs or several processes on the CPU that can be used."""
    gpus = gpu_count()
    if not NAMES.fullmatch(name):
        known = ["auto", "cpu", "cpu:2", "gpu", *(f"gpu:{number}" for number in range(gpus or 1)), "gpu:0,1"]
        raise KitError(f"there is no device {name!r}", expected=", ".join(known), found=name, remedy="see kit doctor")
    if not name.startswith("gpu"):
        _require_cores(int(name.partition(":")[2] or 1))
        return
    if not gpus:
        kind = "no GPU" if paddle.device.is_compiled_with_cuda() else "built for CPUs"
        raise KitError(
            "there is no GPU that this Paddle can use",
            expected=name,
            found=f"paddle {paddle.__version__}, {kind}",
            remedy="--device cpu, or see kit doctor",
        )
    numbers = [int(number) for number in name.partition(":")[2].split(",") if number]
    if len(set(numbers)) < len(numbers) or any(number >= gpus for number in numbers):
        there = ", ".join(f"gpu:{number}" for number in range(gpus))
        raise KitError(f"there is no such set of devices: {name!r}", expected=f"different ones of {there}", found=name)


def _require_cores(wanted: int) -> None:
    count, why = cores.usable()
    if wanted > max(count, cores.processes()):
        raise KitError(
            f"a CPU with {count} usable core(s) cannot compute in {wanted} processes",
            expected=f"at most cpu:{count}",
            found=f"cpu:{wanted} ({why})",
            remedy="--device cpu",
        )


def choose(
    name: str = "auto", precision: str = "auto", *, deterministic: bool = True, channels_last: bool = False
) -> Device:
    """Select the device by name and make it Paddle's; route a CPU's convolutions through the fast library.

    On a GPU ``deterministic`` gives the same bytes for the same seed; without it cuDNN takes the fastest algorithms.
    ``channels_last`` tunes the layout of convolutions in half precision.
    Raises KitError when a GPU is asked for and there is none.
    """
    gpus = gpu_count()
    if name == "auto":
        name = "gpu" if gpus else "cpu"
    require(name)
    world = cores.processes()
    rank = int(os.environ.get("PADDLE_TRAINER_ID", "0"))
    if name.startswith("cpu"):
        name = "cpu"
    if world > 1:
        if name.startswith("gpu"):
            name = f"gpu:{os.environ.get('FLAGS_selected_gpus', rank)}"  # noqa: SIM112  Paddle's
        paddle.set_device(name)
        with contextlib.redirect_stderr(io.StringIO()):  # it lists Paddle's flags
            paddle.distributed.init_parallel_env()
    else:
        paddle.set_device(name.split(",")[0])
    chosen = _precision(name, precision)
    if not name.startswith("gpu"):
        cpu.install()
        return Device(name, chosen, rank, world)
    missing = gpu.set_deterministic(paddle, deterministic)
    if missing and deterministic:
        warn(f"this Paddle has no {', '.join(missing)}: on a GPU the same seed may give other bytes")
    half = gpu.half_operators(chosen) if chosen != "float32" else ()
    if gpu.set_channels_last(chosen, channels_last) != channels_last:
        reason = "it is for half precision" if chosen == "float32" else "it does not give what is given without it"
        warn(f"channels_last is not used in {chosen}: {reason}")
    return Device(name, chosen, rank, world, half)


def _precision(name: str, wanted: str) -> str:
    if not name.startswith("gpu"):
        return "float32"
    if wanted != "auto":
        return wanted
    capable = paddle.amp.is_bfloat16_supported() and paddle.device.cuda.get_device_capability()[0] >= 8
    return "bfloat16" if capable else "float16"
