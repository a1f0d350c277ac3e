"""The run card of a new run: versions, settings, input files and machine."""

from __future__ import annotations

import datetime
import os
import platform
import re
import sys
from importlib import metadata
from pathlib import Path

from kit import __version__
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.files import sha256
from kit.models.pretrained import record
from kit.runs.git_state import git_state
from kit.runs.inputs import input_files
from kit.runs.records import PretrainedFile, PublishedWeights, RunCard

PASSWORD = re.compile(r"(://[^:/@\s]*:)[^/\s]+@")
PACKAGES = (
    "paddlepaddle",
    "paddlepaddle-gpu",
    "numpy",
    "opencv-python-headless",
    "scikit-learn",
    "h5py",
    "safetensors",
    "onnxruntime",
    "paddle2onnx",
)


def make_card(contest: ContestData) -> RunCard:
    """Make the card of a run that is about to begin. Raises KitError if the pretrained weights are missing."""
    task, config = contest.task, contest.config
    weights = Path(config.pretrained) if config.pretrained else None
    if weights and not weights.is_file():
        raise KitError("the pretrained weights are missing", expected="a safetensors file", found=weights)
    return RunCard(
        task=task.name,
        title=task.title,
        kit=__version__,
        created=now(),
        command=typed_command(),
        versions=current_versions(),
        platform=platform.platform(),
        seed=config.seed,
        threads=os.environ.get("OMP_NUM_THREADS"),
        data=str(contest.folder.resolve()),
        inputs=input_files(task, contest.folder),
        pretrained=PretrainedFile(path=str(weights), sha256=sha256(weights)) if weights else None,
        weights=tuple(PublishedWeights(**record(name)) for name in task.model(config.model)[1].pretrained),
        git=git_state(),
    )


def typed_command() -> tuple[str, ...]:
    """The command line without the interpreter's path, and without passwords of URLs: cards and ledgers are shared."""
    return ("kit", *(PASSWORD.sub(r"\1***@", argument) for argument in sys.argv[1:]))


def current_versions() -> dict[str, str]:
    """The version of Python and those of the packages on which a result depends."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def now() -> str:
    """The time, UTC, ISO 8601."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
