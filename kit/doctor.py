"""Versions, device, threads, folders and plugins of this installation; what is missing and how to get it."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from kit import __version__
from kit.contract.requirements import install_command, missing_modules
from kit.contract.task import Task
from kit.discovery import Catalogue
from kit.files import cache_dir, submissions_dir

DISTRIBUTION = "contest-kit"
PADDLES = ("paddlepaddle", "paddlepaddle-gpu")
GET_PADDLE = (
    "on a CPU: pip install 'paddlepaddle>=3.2,<4'; with a GPU: the wheel that "
    "https://www.paddlepaddle.org.cn/install/quick names for your CUDA"
)
LOW_DISK_SPACE = 2 << 30  # bytes


@dataclass(frozen=True)
class Row:
    """One line of the examination. ``missing`` must be repaired, a ``warning`` need not; ``remedy`` is what to type."""

    section: str
    name: str
    value: str
    state: Literal["ok", "warning", "missing"] = "ok"
    remedy: str = ""


def examine(catalogue: Catalogue) -> list[Row]:
    """Examine versions, Paddle, device, threads, folders and plugins; import Paddle if it is installed."""
    return [*_versions(), *_paddle(), *_processor(), *_folders(), *_plugins(catalogue)]


def _versions() -> Iterator[Row]:
    yield Row("versions", "python", platform.python_version())
    yield Row("versions", "kit", __version__)
    yield Row("versions", "system", platform.platform())
    try:
        wanted = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield Row("versions", DISTRIBUTION, "not installed, run from its folder", "warning", "pip install -e .")
        return
    from packaging.requirements import Requirement

    for text in wanted:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield _version(requirement.name, str(requirement.specifier), requirement.specifier.contains)


def _version(name: str, bounds: str, fits: object) -> Row:
    remedy = f"pip install '{name}{bounds}'"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Row("versions", name, f"not installed, needs {bounds}", "missing", remedy)
    if callable(fits) and not fits(version, prereleases=True):
        return Row("versions", name, f"{version}, needs {bounds}", "missing", remedy)
    return Row("versions", name, f"{version} ({bounds})" if bounds else version)


def _paddle() -> Iterator[Row]:
    found = {name: version for name in PADDLES if (version := _installed(name))}
    if not found:
        yield Row("paddle", "paddlepaddle", "not installed: train, run and predict need it", "missing", GET_PADDLE)
        return
    for name, version in found.items():
        yield Row("paddle", name, version)
    if len(found) > 1:
        remedy = f"pip uninstall {' '.join(found)}, then install one of them"
        yield Row("paddle", "two builds", "both own the folder paddle/", "warning", remedy)
    gpu = shutil.which("nvidia-smi")
    if gpu and "paddlepaddle-gpu" not in found:
        yield Row("paddle", "GPU", f"{gpu} exists, but this is the CPU build of Paddle", "warning", GET_PADDLE)
    yield from _device()


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _device() -> Iterator[Row]:
    try:
        from kit import cpu
        from kit.device import choose

        device = choose()
        yield Row("paddle", "device", f"{device.words}, {device.precision}")
        if not device.on_gpu:
            yield Row("paddle", "operators", str(cpu.status()))
            yield _prediction()
    except Exception as error:  # a wheel for another system fails to load with an exception of any type
        remedy = f"pip uninstall {' '.join(PADDLES)}; {GET_PADDLE}"
        yield Row("paddle", "import", f"{type(error).__name__}: {error}", "missing", remedy)


def _prediction() -> Row:
    """What may run a trained network: what is fastest is measured for each."""
    found = [f"{name} {version}" for name in ("onnxruntime", "paddle2onnx") if (version := _installed(name))]
    engines = ["paddle.inference", "eager mode"]
    if len(found) < 2:
        value = f"the faster of {' and '.join(engines)}; with 'contest-kit[onnx]' onnxruntime too"
        return Row("paddle", "prediction", value)
    return Row("paddle", "prediction", f"the fastest of onnxruntime ({', '.join(found)}), {' and '.join(engines)}")


def _processor() -> Iterator[Row]:
    from kit.cpu import cores, environment

    count, why = cores.usable()
    yield Row("processor", "cores", f"{count} ({why}); {os.cpu_count()} logical")
    for name, value, reason in environment.describe():
        yield Row("processor", name, f"{value} ({reason})")


def _folders() -> Iterator[Row]:
    for name, variable, folder in (
        ("submissions", "KIT_SUBMISSIONS", submissions_dir()),
        ("cache", "KIT_CACHE", cache_dir()),
    ):
        existing = _nearest_existing(folder.absolute())
        free = shutil.disk_usage(existing).free
        value = f"{folder.absolute()}, {free / 2**30:,.1f} GiB free"
        if not existing.is_dir() or not os.access(existing, os.W_OK):
            yield Row("folders", name, f"{value}: cannot be written", "missing", f"export {variable}=FOLDER")
        elif free < LOW_DISK_SPACE:
            yield Row("folders", name, value, "warning", f"free some space, or export {variable}=FOLDER")
        else:
            yield Row("folders", name, value)


def _nearest_existing(folder: Path) -> Path:
    """Return the folder itself or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _task(task: Task) -> Row:
    missing = missing_modules(task)
    if missing:
        return Row("plugins", task.name, f"{task.title}: no {', '.join(missing)}", "warning", install_command(task))
    return Row("plugins", task.name, task.title)


def _plugins(catalogue: Catalogue) -> Iterator[Row]:
    for name in sorted(catalogue.tasks):
        yield _task(catalogue.tasks[name])
    if not catalogue.tasks:
        yield Row("plugins", "tasks", "none", "missing", "kit new-task NAME writes one")
    for broken in catalogue.broken:
        reason = "; ".join(line.strip() for line in broken.reason.splitlines())
        remedy = "repair it or remove its folder; the other plugins work"
        yield Row("plugins", broken.plugin, f"broken ({broken.where}): {reason}", "warning", remedy)
