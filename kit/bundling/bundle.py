"""Gather a bundle: the kit and the plugin as wheels or files, runs, pretrained weights, a notebook and its script."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from kit import __version__
from kit.bundling.notebook import as_notebook
from kit.bundling.wheels import download_wheels, top_levels, write_wheel
from kit.contract.task import Task
from kit.discovery import Candidate
from kit.errors import KitError
from kit.files import new_folder, sha256, write_json
from kit.models import checkpoint
from kit.models.pretrained import cached_name, load_arrays
from kit.runs import Run
from kit.runs.opening import refuse_blend

NAME = "bundle.json"
SCHEMA = 1
KIT = "contest-kit"
KIT_PACKAGES = ("kit", "kit_plugins")
WHEELS, PLUGINS, RUNS, PRETRAINED = "wheels", "plugins", "runs", "pretrained"
OF_A_RUN = ("card.json", "config.json", "summary.json", "added.json")
OF_A_FOLD = ("fold.json", "weights.safetensors", "model.skops")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


@dataclass(frozen=True)
class Bundle:
    """What a bundle holds: ``bundle.json``, which its script reads."""

    task: str
    kaggle: str
    """The contest's name in its address on Kaggle."""
    runs: tuple[str, ...]
    tta: bool
    submission: str
    """The name of the file to write."""
    submission_sha256: str | None
    """That of the run's own submission; None for several runs or one that has not predicted."""
    requirements: tuple[str, ...]
    """What pip is asked to install from the bundle."""
    wheels: tuple[str, ...]
    """The wheels of the kit and of an installed plugin, packed here, which replace others of the same version there."""
    kit: str
    python: str | None
    """The version of Python that further wheels are for; None without any."""


def write_bundle(
    task: Task, runs: Sequence[Run], origin: Candidate, folder: Path, *, python: str | None = None
) -> Bundle:
    """Write a bundle of trained runs of one task into the new folder ``folder``, all or nothing.

    ``origin`` is the task's plugin. With ``python``, such as ``"3.11"``, pip adds the wheels of all dependencies for
    it. Raises KitError for a folder that exists, an average of runs, and a run that was not trained to its end.
    """
    for run in runs:
        refuse_blend(run)
        _ = run.summary  # raises for a run that was not trained to its end
    if folder.exists():
        raise KitError("the folder exists already", found=folder, remedy="name a new folder")
    with new_folder(folder) as temporary:
        plugin = _add_plugin(origin, temporary)
        write_wheel(KIT, KIT_PACKAGES, temporary / WHEELS)
        own = tuple(sorted(path.name for path in (temporary / WHEELS).glob("*.whl")))
        requirements = tuple(dict.fromkeys([KIT, *plugin, *task.requires.values()]))
        if python is not None:
            versions = {name: version for name, version in runs[0].card.versions.items() if name != "python"}
            download_wheels([*requirements, f"{KIT}[cpu]"], versions, python, temporary / WHEELS)
        for run in runs:
            _copy_run(run, temporary / RUNS / run.name, with_predictions=len(runs) > 1)
            _add_pretrained(task, run, temporary / PRETRAINED)
        found = _describe(task, runs, requirements, own, python)
        _write_notebook(temporary)
        write_json(temporary / NAME, {"schema": SCHEMA, **asdict(found)})
    return found


def _describe(
    task: Task, runs: Sequence[Run], requirements: tuple[str, ...], wheels: tuple[str, ...], python: str | None
) -> Bundle:
    own = runs[0].path / task.format.filename
    known = len(runs) == 1 and own.exists()
    return Bundle(
        task=task.name,
        kaggle=task.kaggle,
        runs=tuple(run.name for run in runs),
        tta=any(run.card.tta for run in runs),
        submission=task.format.filename,
        submission_sha256=sha256(own) if known else None,
        requirements=requirements,
        wheels=wheels,
        kit=__version__,
        python=python,
    )


def _add_plugin(origin: Candidate, folder: Path) -> list[str]:
    """Add the task's plugin, unless it is built in; return the distribution to install, if it is one."""
    if origin.origin == "folder":
        source = Path(origin.where)
        target = folder / PLUGINS / source.name
        target.parent.mkdir(parents=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=NOT_COPIED)
        else:
            shutil.copyfile(source, target)
    elif origin.origin == "installed":
        [point] = [each for each in metadata.entry_points(group="kit") if each.name == origin.name]
        if point.dist is None:
            raise KitError("the plugin's package cannot be found", found=origin.where)
        name = point.dist.metadata["Name"]
        write_wheel(name, top_levels(name, point.module), folder / WHEELS)
        return [name]
    return []


def _copy_run(run: Run, target: Path, *, with_predictions: bool) -> None:
    """Copy what predicts: card, settings, summary and the models; an average of runs wants held-out predictions too."""
    names: list[str] = [*OF_A_RUN, *([run.predictions.name] if with_predictions else [])]
    for fold in run.summary.folds:
        names += [f"folds/{fold.fold}/{name}" for name in OF_A_FOLD]
    for name in names:
        if (run.path / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(run.path / name, target / name)


def _add_pretrained(task: Task, run: Run, folder: Path) -> None:
    """Add the published weights that the run's model is built on, converted, as the kit's cache keeps them."""
    _, model = task.model(str(run.config.get("model", "")))
    for name in model.pretrained:
        path = folder / cached_name(name)
        if not path.exists():
            checkpoint.write(path, load_arrays(name))


def _write_notebook(folder: Path) -> None:
    source: Any = resources.files("kit").joinpath("templates", "bundle", "predict.py.in")
    text = source.read_text(encoding="utf-8")
    (folder / "predict.py").write_text(text, encoding="utf-8", newline="\n")
    write_json(folder / "predict.ipynb", as_notebook(text))
