"""A run as one self-contained HTML page: its score, learning curves, mistakes, data, submission, card and settings."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from kit.contract.report import Evidence
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.classes import class_name
from kit.files import write_text
from kit.report.blend_section import blend_section
from kit.report.calibration import calibration
from kit.report.classification import ClassPredictions, class_predictions
from kit.report.confusion import MOST_CLASSES, confused_pairs, confusion_rows
from kit.report.formatting import brief, timestamp
from kit.report.gallery import gallery
from kit.report.headline import headline, tiles
from kit.report.learning_curves import learning_curves
from kit.report.mistakes import confident_mistakes
from kit.report.page import render
from kit.report.reliability import reliability_plot
from kit.report.task_figures import task_figures
from kit.runs import Run, RunCard, Summary

NAME = "report.html"
LONGEST_LIST = 100


def report(
    task: Task,
    run_path: Path,
    evidence: Evidence | None,
    *,
    missing: str = "",
    samples: Sequence[Sample] | None = None,
) -> Path:
    """Write a run's ``report.html`` and return its path; the same run gives the same bytes.

    ``evidence`` holds the held-out samples; without it the page leaves out what needs labels and images and gives the
    reason ``missing``. The gallery shows ``samples``, those of the training part, or else the held-out ones. Files that
    the run does not have (yet) are left out too. Raises DataError if a file of the run is damaged.
    """
    run = Run(run_path)
    summary, score, check, findings = run.find_summary(), run.score, run.check, run.findings
    config = run.config if (run.path / "config.json").exists() else {}
    card, rows = run.card, run.epochs()
    predicted = class_predictions(evidence.samples, evidence.predictions) if evidence else None
    context = {
        "task": task,
        "class_name": partial(class_name, task),
        "run": run,
        "card": card,
        "config": _settings(task, config),
        "headline": headline(task, summary, score, config),
        "tiles": tiles(summary, score, check, rows),
        "details": list(_flat((score and score.details) or (summary and summary.details) or {})),
        "summary": summary or {},
        "curves": learning_curves(rows, _kept_epochs(summary), task.metric.name),
        "missing": missing,
        "held": len(evidence.samples) if evidence else 0,
        "classification": _classification(task, evidence, predicted),
        **_data_gallery(task, evidence, samples),
        "figures": task_figures(task, evidence),
        "blend": blend_section(run),
        "findings": findings or (),
        "audited": findings is not None,
        "check": check,
        "facts": _facts(card),
        "added": run.added,
        "files": _files(run.path),
        "limit": LONGEST_LIST,
    }
    path = run_path / NAME
    write_text(path, render("report.html", context))
    return path


def _data_gallery(task: Task, evidence: Evidence | None, samples: Sequence[Sample] | None) -> dict[str, Any]:
    part = "the training part" if samples is not None else "the held-out part"
    shown = samples if samples is not None else evidence.samples if evidence else ()
    return {"shown_data": gallery(task, shown), "shown_part": part}


def _kept_epochs(summary: Summary | None) -> dict[str, int]:
    return {fold.fold: fold.epoch for fold in summary.folds} if summary else {}


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


def _settings(task: Task, config: Mapping[str, Any]) -> list[tuple[str, Any, Any, bool]]:
    """(name, value, the default of the task and its model, whether they differ) of every setting."""
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


def _facts(card: RunCard) -> list[tuple[str, str]]:
    """The run card as (name, text) pairs."""
    git = card.git
    facts = [
        ("Created", timestamp(card.created)),
        ("Command", shlex.join(card.command)),
        ("Device", card.device),
        ("Precision", card.precision),
        ("Layers", ", ".join(f"{kind} {kept}" for kind, kept in (card.layer_precisions or {}).items()) or None),
        ("Threads", card.threads),
        ("Operators", card.operators),
        *((f"Predicted the {part} with", str(engine)) for part, engine in card.engines.items()),
        ("Seed", card.seed),
        ("Kit", card.kit),
        ("Platform", card.platform or None),
        ("Versions", ", ".join(f"{name} {value}" for name, value in card.versions.items()) or None),
        ("Git commit", f"{git.commit}{' with uncommitted changes' if git.dirty else ''}" if git else None),
        ("Pretrained weights", _weights(card)),
        ("Data", card.data),
    ]
    return [(name, brief(value)) for name, value in facts if value is not None]


def _weights(card: RunCard) -> str:
    """Every pretrained weight file that the run builds on, with its hash and licence."""
    found = [f"{each.name} ({each.trained_on}, {each.licence}), SHA-256 {each.sha256}" for each in card.weights]
    if card.pretrained:
        found.append(f"{card.pretrained.path}, SHA-256 {card.pretrained.sha256}")
    return "; ".join(found) or "none"


def _files(folder: Path) -> list[tuple[str, int]]:
    """(relative name, bytes) of every file in the run's folder except this page and hidden or temporary files."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    shown = [path for path in files if path.as_posix() != NAME and not any(part.startswith(".") for part in path.parts)]
    return [(path.as_posix(), (folder / path).stat().st_size) for path in shown]
