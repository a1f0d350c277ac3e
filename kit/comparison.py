"""Several models trained the same way on the same split, in one table."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kit.console import output, printable, table_text
from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.pipeline import Hear, train_run
from kit.runs.run import Run
from kit.wording import score_text

HEADINGS = ("model", "score", "spread", "folds", "epochs", "parameters", "seconds", "run")


def compare(task: Task, data: Path, configs: Sequence[TrainConfig], hear: Hear) -> list[dict[str, Any]]:
    """Train each configuration; return one row a model, the best held-out score first."""
    rows = []
    for config in configs:
        started = time.perf_counter()
        run = train_run(task, data, config, hear)
        rows.append(_row(run, config, time.perf_counter() - started))
    sign = -1 if task.metric.higher_is_better else 1
    return sorted(rows, key=lambda row: (row["score"] is None, sign * (row["score"] or 0)))


def _row(run: Run, config: TrainConfig, seconds: float) -> dict[str, Any]:
    summary = run.summary
    return {
        "model": config.model,
        "score": summary["mean"],
        "spread": summary["spread"],
        "details": summary["details"],
        "folds": len(summary["folds"]),
        "epochs": max(fold["epoch"] for fold in summary["folds"]),
        "parameters": _parameters(run, summary["folds"][0]["fold"]),
        "seconds": round(seconds, 1),
        "run": run.name,
    }


def _parameters(run: Run, fold: str) -> int | None:
    """Numbers that the model holds, or None for an estimator."""
    from kit.models import checkpoint

    path = run.fold(fold) / "weights.safetensors"
    return sum(array.size for array in checkpoint.read(path)[0].values()) if path.exists() else None


def _cells(row: dict[str, Any]) -> list[str]:
    return [_cell(heading, row[heading]) for heading in HEADINGS]


def _cell(heading: str, value: Any) -> str:
    if value is None:
        return "-"
    if heading in ("score", "spread"):
        return score_text(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def markdown(task: Task, rows: Sequence[dict[str, Any]]) -> str:
    """The table in Markdown."""
    names = [task.metric.name if heading == "score" else heading for heading in HEADINGS]
    lines = [names, ["---"] * len(names), *map(_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def show(task: Task, rows: Sequence[dict[str, Any]]) -> None:
    """Print the table on standard output."""
    from rich.table import Table
    from rich.text import Text

    output(f"{task.name}: held-out {task.metric.name}, the same split for all")
    table = Table()
    for heading in HEADINGS:
        table.add_column(task.metric.name if heading == "score" else heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell, one_line=True)) for cell in _cells(row)))
    output(table_text(table))
