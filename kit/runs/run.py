"""A run's folder, ``submissions/TASK/RUN/``: where each thing lies, and how a run is found by name."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from kit import __version__
from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.errors import KitError
from kit.files import read_json, sha256, submissions_dir, write_json, write_text
from kit.runs.git_state import git_state

PACKAGES = (
    "paddlepaddle",
    "paddlepaddle-gpu",
    "numpy",
    "opencv-python-headless",
    "scikit-learn",
    "h5py",
    "safetensors",
)


@dataclass(frozen=True)
class Run:
    """A run by its folder. Nothing is kept in memory: what a property returns was read from the disk."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def card(self) -> dict[str, Any]:
        """The run card: versions, seed, device, hashes of the inputs, git state."""
        card: dict[str, Any] = read_json(self.path / "card.json")
        return card

    @property
    def task_name(self) -> str:
        """The task that the run belongs to."""
        return str(self.card["task"])

    @property
    def config(self) -> dict[str, Any]:
        """The training configuration as JSON values."""
        config: dict[str, Any] = read_json(self.path / "config.json")
        return config

    @property
    def summary(self) -> dict[str, Any]:
        """The held-out scores, or an error that says the training has not ended."""
        if not (self.path / "summary.json").exists():
            raise KitError(
                f"run {self.name} has not been trained to its end",
                where=self.path,
                remedy=f"kit train {self.task_name} --resume {self.name}",
            )
        summary: dict[str, Any] = read_json(self.path / "summary.json")
        return summary

    @property
    def score(self) -> dict[str, Any] | None:
        """The score against answers, where there was one."""
        path = self.path / "score.json"
        return read_json(path) if path.exists() else None

    @property
    def predictions(self) -> Path:
        """The HDF5 file of predictions."""
        return self.path / "predictions.h5"

    def headline(self) -> str:
        """The held-out score in a line."""
        summary = self.summary
        spread = "" if summary["spread"] is None else f" ± {summary['spread']:.5f} over {len(summary['folds'])} folds"
        return f"held-out {summary['metric']}: {_shown(summary['mean'])}{spread}"

    def metrics(self) -> list[dict[str, Any]]:
        """One record an epoch, in order."""
        path = self.path / "metrics.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def fold(self, name: str) -> Path:
        """The folder of one fold."""
        return self.path / "folds" / name

    def write_config(self, config: TrainConfig) -> None:
        """Keep the configuration."""
        write_json(self.path / "config.json", dataclasses.asdict(config))

    def write_metrics(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Keep one line an epoch."""
        write_text(self.path / "metrics.jsonl", "".join(json.dumps(record) + "\n" for record in records))


def _shown(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.5f}"


def create(task: str, label: str) -> Run:
    """Make a new run's folder, named by time (UTC) and label; two at once get two folders."""
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d-%H%M%S")
    parent = submissions_dir() / task
    parent.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        path = parent / (f"{stamp}-{label}" + (f"-{number}" if number > 1 else ""))
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return Run(path)
    raise KitError("no free name for a run was found", where=parent)


def find(name: str | Path) -> Run:
    """The run of this folder or name, or a KitError that lists the latest ones."""
    if (Path(name) / "card.json").exists():
        return Run(Path(name))
    root = submissions_dir()
    found = sorted(path.parent for path in root.glob("*/*/card.json"))
    matches = [path for path in found if path.name == str(name) or f"{path.parent.name}/{path.name}" == str(name)]
    if len(matches) == 1:
        return Run(matches[0])
    latest = sorted(found, key=lambda path: path.name)[-3:]
    raise KitError(
        f"there is no run {str(name)!r}" if not matches else f"several runs are named {str(name)!r}",
        expected="a run's folder or its name" + (f", such as {', '.join(p.name for p in latest)}" if latest else ""),
        found=", ".join(map(str, matches)) or None,
        where=root.resolve(),
    )


def load_config(run: Run, task: Task) -> TrainConfig:
    """The run's configuration as the task's own class."""
    fields = {item.name for item in dataclasses.fields(task.config)}
    values = run.config
    unknown = sorted(set(values) - fields)
    if unknown:
        raise KitError("the run was made by another version of its plugin", found=f"settings {unknown}", where=run.path)
    return dataclasses.replace(task.config, **values)


def open_run(task: Task, data: Path, config: TrainConfig, resume: Run | None) -> Run:
    """A new run's folder with config and card, or the resumed one, whose data must be as they were."""
    if resume is None:
        card = make_card(task, data, config, command_line())
        run = create(task.name, config.model)
        run.write_config(config)
        write_json(run.path / "card.json", card)
        return run
    before, now = ({row["path"]: row["sha256"] for row in rows} for rows in (resume.card["inputs"], inputs(data)))
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    if changed:
        raise KitError(
            "the data have changed since the run began",
            found=", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else ""),
            where=data,
            remedy="train anew, without --resume",
        )
    return resume


def shared(device: Any, opened: Callable[[], Run]) -> Run:
    """The run that rank 0 opens, in every process."""
    return Run(Path(device.share_text(str(opened().path) if device.writes else "")))


def complete_card(run: Run, device: Any, skipped: Sequence[Mapping[str, str]]) -> None:
    """Add to the card what is known once training begins."""
    facts = {"device": device.name, "precision": device.precision, "processes": device.world, "skipped": list(skipped)}
    write_json(run.path / "card.json", {**run.card, **facts})


def make_card(task: Task, data: Path, config: TrainConfig, command: Sequence[str]) -> dict[str, Any]:
    """What is known of a run before it begins; ``device`` and ``skipped`` are added when they are known."""
    weights = Path(config.pretrained) if config.pretrained else None
    if weights and not weights.is_file():
        raise KitError("the pretrained weights are missing", expected="a safetensors file", found=weights)
    return {
        "task": task.name,
        "title": task.title,
        "kit": __version__,
        "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": list(command),
        "versions": {"python": platform.python_version(), **versions()},
        "platform": platform.platform(),
        "seed": config.seed,
        "threads": os.environ.get("OMP_NUM_THREADS"),
        "data": str(data.resolve()),
        "inputs": inputs(data),
        "pretrained": {"path": str(weights), "sha256": sha256(weights)} if weights else None,
        "git": git_state(),
    }


def versions() -> dict[str, str]:
    """Installed versions of what decides a result."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def inputs(data: Path) -> list[dict[str, Any]]:
    """Name, size and SHA-256 of every input file, in order."""
    files = [data] if data.is_file() else sorted(path for path in data.rglob("*") if path.is_file())
    root = data.parent if data.is_file() else data
    return [{"path": p.relative_to(root).as_posix(), "bytes": p.stat().st_size, "sha256": sha256(p)} for p in files]


def command_line() -> list[str]:
    """The command as typed, without the interpreter's path."""
    return ["kit", *sys.argv[1:]]
