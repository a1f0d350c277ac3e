"""Before and after the model: the audit, the submission written and proved, its score and rank, the report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kit.console import info
from kit.contract.config import TrainConfig
from kit.contract.report import Finding
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.reading import read
from kit.errors import DataError, KitError
from kit.files import read_json, sha256, write_bytes, write_json
from kit.prediction import store as predictions
from kit.runs.run import Run

if TYPE_CHECKING:
    from kit.leaderboard import Standing
    from kit.scoring import Score
    from kit.submission import Check


@dataclass(frozen=True)
class Judged:
    """A submission's check, and its score and standing where there are answers."""

    check: Check
    score: Score | None = None
    standing: Standing | None = None


def audited(task: Task, data: Path, config: TrainConfig) -> list[Finding]:
    """Audit the data: say warnings, refuse errors."""
    from kit.audit import audit

    findings = audit(task, data, config)
    for finding in findings:
        if finding.level == "warning":
            info(f"audit warning: {finding.message} ({finding.where})")
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        raise DataError(
            f"the data are not fit to train on: {errors[0].message}",
            found=f"{len(errors)} error(s)",
            where=errors[0].where,
            remedy=errors[0].remedy or f"kit audit {task.name} --data {data}",
        )
    return findings


def keep_findings(run: Run, findings: Sequence[Finding]) -> None:
    """Keep what the audit found beside the run, for its report."""
    write_json(run.path / "audit.json", [asdict(finding) for finding in findings])


def write_submission(
    task: Task,
    samples: Sequence[Sample],
    values: Sequence[np.ndarray],
    tuned: Mapping[str, Any],
    ids: Sequence[str] | None,
    file: Path,
) -> Check:
    """Turn predictions into rows, prove them and write the file, which the checker has then read."""
    from kit.scoring.rows import writer_of
    from kit.submission import write

    check = write(file, task.format, writer_of(task)(samples, values, tuned), ids)
    warned = f", {len(check.warnings):,} warning(s)" if check.warnings else ""
    info(f"wrote and checked {file}: {check.rows:,} rows, no faults{warned}")
    return check


def write_masks(
    task: Task, samples: Sequence[Sample], values: Sequence[np.ndarray], tuned: Mapping[str, Any], folder: Path
) -> None:
    """Write the task's masks as PNG files, each whole or not at all."""
    import cv2

    if task.masks is None:
        raise KitError(f"task {task.name!r} has no masks to write", remedy="leave out --masks")
    for name, image in task.masks(samples, values, tuned):
        if Path(name).name != name:
            raise KitError("a mask's file name leads out of its folder", found=name)
        write_bytes(folder / name, cv2.imencode(".png", image)[1].tobytes())


def judge(task: Task, run: Run, file: Path, check: Check, data: Path) -> Judged:
    """Score a submission where the data come with answers; record it in the ledger, by its held-out score if not."""
    from kit.leaderboard import ledger, standing
    from kit.scoring import score

    write_json(run.path / "check.json", check.as_dict())
    answers = (data if data.is_dir() else data.parent) / task.answers
    known = answers.exists()
    summary = read_json(run.path / "summary.json") if (run.path / "summary.json").exists() else {}
    if not known:
        info(f"there are no answers ({task.answers}) beside the data: the held-out score ranks the submission")
    scored = score(task, file, answers) if known else _held_out_score(task, run, file, check, summary)
    if scored is None:
        return Judged(check)
    config = run.config if (run.path / "config.json").exists() else None
    mean, spread = summary.get("mean"), summary.get("spread")
    ledger.record(scored, run=run.name, config=config, cv_mean=mean, cv_spread=spread, submission=file)
    place = standing(task, scored)
    if known:
        write_json(run.path / "score.json", {**scored.as_dict(), "rank": place.rank, "of": place.of})
    return Judged(check, scored if known else None, place)


def _held_out_score(task: Task, run: Run, file: Path, check: Check, summary: Mapping[str, Any]) -> Score | None:
    """What stands in for a score where there are no answers; None for a blend, whose parts have held-out scores."""
    from kit.leaderboard.ledger import HELD_OUT
    from kit.scoring import Score

    if summary.get("mean") is None:
        return None
    inputs = hashlib.sha256(json.dumps(run.card["inputs"], sort_keys=True).encode()).hexdigest()
    return Score(
        task=task.name,
        metric=task.metric.name,
        score=summary["mean"],
        higher_is_better=task.metric.higher_is_better,
        interval=None,
        rows=check.rows,
        details={},
        file=file.name,
        file_sha256=sha256(file),
        answers_sha256=HELD_OUT + inputs,
        public=summary["mean"],
    )


def held_out(task: Task, run: Run, data: Path) -> tuple[list[Sample], list[np.ndarray], int]:
    """The run's held-out samples with their predictions, and how many training samples there are."""
    held = predictions.read(run.predictions, "valid")
    if held is None:
        raise KitError("the run has no held-out predictions", where=run.path, remedy=f"kit train {task.name} --folds 5")
    known = {sample.id: sample for sample in read(task, data, "train")}
    missing = [name for name in held.ids if name not in known]
    if missing:
        raise DataError(f"{len(missing):,} samples of the run are not in the data", found=missing[0], where=data)
    return [known[name] for name in held.ids], list(held.values), len(known)


def report_run(task: Task, run: Run) -> Path:
    """Write the run's HTML page."""
    from kit.report import report
    from kit.report.evidence import gather

    evidence, missing = gather(task, run)
    return report(task, run.path, evidence, missing=missing)
