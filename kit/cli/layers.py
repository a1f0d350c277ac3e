"""The layers of a model for ``kit show TASK --model M``: as a table and as JSON values."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.contract.config import TrainConfig
from kit.contract.sample import Sample
from kit.contract.task import Task

if TYPE_CHECKING:  # loads Paddle
    from kit.models.layers import LayerTable

SAMPLE_SIZE = 40  # some sample makers need a few of each class


def model_layers(task: Task, config: TrainConfig, data: Path | None) -> LayerTable:
    """The layers of the configured model, for a training sample of ``data`` or else of the task's own sample."""
    from kit.data.contest import ContestData
    from kit.data.sample_folder import make_sample

    with tempfile.TemporaryDirectory() as temporary:
        if data is None:
            data = Path(temporary) / "sample"
            make_sample(task, data, SAMPLE_SIZE, 0)
        with ContestData(task, data, config) as contest:
            sample: Sample = contest.samples("train")[0]
            from kit.models.layers import layer_table

            return layer_table(task, config, sample)


def layers_as_dict(task: Task, config: TrainConfig, table: LayerTable) -> dict[str, Any]:
    """The JSON form: shapes are lists without the batch; a layer that returns several tensors has several."""
    return {
        "task": task.name,
        "model": config.model,
        "inputs": [{"name": name, "shape": list(shape)} for name, shape in table.inputs],
        "layers": [
            {
                "name": row.name,
                "kind": row.kind,
                "output": [list(shape) for shape in row.output],
                "weights": row.weights,
            }
            for row in table.rows
        ],
        "weights": table.weights,
        "trainable": table.trainable,
    }


def layers_text(task: Task, config: TrainConfig, table: LayerTable) -> str:
    """The table for a terminal."""
    from rich import box
    from rich.table import Table

    from kit.console import table_text

    shown = Table(box=box.SIMPLE_HEAD, title=None, pad_edge=False)
    for heading in ("layer", "kind", "output"):
        shown.add_column(heading, no_wrap=True)
    shown.add_column("weights", justify="right", no_wrap=True)
    for name, shape in table.inputs:
        shown.add_row(name or "input", "", _words([shape]), "")
    for row in table.rows:
        shown.add_row(row.name, row.kind, _words(row.output), f"{row.weights:,}")
    fixed = table.weights - table.trainable
    trained = f", of which {table.trainable:,} are trained" if fixed else ""
    total = f"{table.weights:,} weights{trained}; shapes are those of one sample"
    return f"{task.name}, model {config.model}\n{table_text(shown)}\n{total}"


def _words(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(" x ".join(map(str, shape)) or "1" for shape in shapes)
