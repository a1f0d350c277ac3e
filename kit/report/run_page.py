"""A run as one self-contained HTML page: its score, learning curves, mistakes, data, submission, card and settings."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kit.contract.report import Evidence
from kit.contract.task import Task
from kit.errors import DataError
from kit.files import read_json, write_text
from kit.report.calibration import calibration
from kit.report.classification import ClassPredictions, class_predictions
from kit.report.confusion import MOST_CLASSES, confused_pairs, confusion_rows
from kit.report.formatting import brief, timestamp
from kit.report.headline import headline, tiles
from kit.report.learning_curves import learning_curves
from kit.report.mistakes import confident_mistakes
from kit.report.page import render
from kit.report.reliability import reliability_plot
from kit.report.task_figures import task_figures
from kit.runs.run import Run

NAME = "report.html"
LONGEST_LIST = 100


def report(task: Task, run_path: Path, evidence: Evidence | None, *, missing: str = "") -> Path:
    """Write a run's ``report.html`` and return its path; the same run gives the same bytes.

    ``evidence`` holds the held-out samples; without it the page leaves out what needs labels and images and gives the
    reason ``missing``. Files that the run does not have (yet) are left out too. Raises DataError if a file of the run
    is damaged.
    """
    run = Run(run_path)
    summary, score = _json(run, "summary.json"), _json(run, "score.json")
    check, config = _json(run, "check.json"), _json(run, "config.json")
    card, rows = run.card, _metrics(run)
    predicted = class_predictions(evidence.samples, evidence.predictions) if evidence else None
    context = {
        "task": task,
        "run": run,
        "card": card,
        "config": _settings(task, config),
        "headline": headline(task, summary, score, config),
        "tiles": tiles(summary, score, check, rows),
        "details": list(_flat((score or {}).get("details") or (summary or {}).get("details") or {})),
        "summary": summary or {},
        "curves": learning_curves(rows, _chosen(summary), task.metric.name),
        "missing": missing,
        "held": len(evidence.samples) if evidence else 0,
        "classification": _classification(task, evidence, predicted),
        "figures": task_figures(task, evidence),
        "findings": _list(run, "audit.json"),
        "audited": (run_path / "audit.json").exists(),
        "check": check,
        "facts": _facts(card),
        "files": _files(run.path),
        "limit": LONGEST_LIST,
    }
    path = run_path / NAME
    write_text(path, render("report.html", context))
    return path


def _json(run: Run, name: str) -> dict[str, Any] | None:
    """A JSON object of the run, None if the file is missing."""
    path = run.path / name
    if not path.exists():
        return None
    found = read_json(path)
    if not isinstance(found, dict):
        raise DataError(f"{name} is not a JSON object", found=type(found).__name__, where=path)
    return found


def _list(run: Run, name: str) -> list[dict[str, Any]]:
    path = run.path / name
    found = read_json(path) if path.exists() else []
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _metrics(run: Run) -> list[dict[str, Any]]:
    try:
        return [row for row in run.metrics() if isinstance(row, dict)]
    except ValueError as error:
        raise DataError("metrics.jsonl cannot be read", found=error, where=run.path) from None


def _chosen(summary: Mapping[str, Any] | None) -> dict[str, int]:
    folds = (summary or {}).get("folds") or []
    return {str(fold.get("fold", 0)): fold.get("epoch", 0) for fold in folds if isinstance(fold, dict)}


def _classification(task: Task, evidence: Evidence | None, predicted: ClassPredictions | None) -> dict[str, Any] | None:
    """Confusion matrix, mistakes and calibration if the predictions are class probabilities."""
    if evidence is None or predicted is None:
        return None
    rows, precision = confusion_rows(predicted) if predicted.classes <= MOST_CLASSES else ([], [])
    return {
        "classes": predicted.classes,
        "rows": rows,
        "precision": precision,
        "pairs": confused_pairs(predicted),
        "wrong": int((predicted.guess != predicted.truth).sum()),
        "count": len(predicted.truth),
        "mistakes": confident_mistakes(task, evidence, predicted),
        "reliability": reliability_plot(calibration(predicted)),
    }


def _settings(task: Task, config: Mapping[str, Any] | None) -> list[tuple[str, Any, Any, bool]]:
    """(name, value, the default of the task and its model, whether they differ) of every setting."""
    config = config or {}
    model = config.get("model") or ""
    own = task.model(model)[1].settings if model in task.models else {}
    defaults = {**dataclasses.asdict(task.config), "model": task.config.model or task.model()[0], **own}
    defaults = json.loads(json.dumps(defaults, default=str))
    return [(name, value, defaults.get(name), value != defaults.get(name)) for name, value in config.items()]


def _flat(details: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested values as (dotted name, value) pairs."""
    for name, value in details.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _facts(card: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The run card as (name, text) pairs."""
    git, weights, versions = card.get("git"), card.get("pretrained"), card.get("versions") or {}
    facts = [
        ("Created", timestamp(card.get("created"))),
        ("Command", _command(card.get("command"))),
        ("Device", card.get("device")),
        ("Precision", card.get("precision")),
        ("Threads", card.get("threads")),
        ("Seed", card.get("seed")),
        ("Kit", card.get("kit")),
        ("Platform", card.get("platform")),
        ("Versions", ", ".join(f"{name} {value}" for name, value in versions.items()) or None),
        (
            "Git commit",
            f"{git.get('commit')}{' with uncommitted changes' if git.get('dirty') else ''}" if git else None,
        ),
        ("Pretrained weights", f"{weights.get('path')}, SHA-256 {weights.get('sha256')}" if weights else "none"),
        ("Data", card.get("data")),
    ]
    return [(name, brief(value)) for name, value in facts if value is not None]


def _command(command: Any) -> str | None:
    import shlex

    return shlex.join(map(str, command)) if isinstance(command, Sequence) and not isinstance(command, str) else command


def _files(folder: Path) -> list[tuple[str, int]]:
    """(relative name, bytes) of every file in the run's folder except this page and hidden or temporary files."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    shown = [path for path in files if path.as_posix() != NAME and not any(part.startswith(".") for part in path.parts)]
    return [(path.as_posix(), (folder / path).stat().st_size) for path in shown]
