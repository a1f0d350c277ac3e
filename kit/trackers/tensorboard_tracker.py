"""TensorBoard: learning curves in the run's folder, ``tensorboard --logdir submissions/TASK``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tensorboardX import SummaryWriter

from kit.contract.hooks import hookimpl


class Tracker:
    """Writes one event file a run, by tensorboardX."""

    def __init__(self) -> None:
        self._writers: dict[Path, Any] = {}

    @hookimpl
    def kit_run_started(self, run: Path, config: Mapping[str, Any]) -> None:
        """Open the file and write the settings as text."""
        writer = self._writers[run] = SummaryWriter(str(run / "tensorboard"))
        lines = [f"    {name} = {value!r}" for name, value in config.items()]  # Markdown: a block of code
        writer.add_text("settings", "\n".join(lines), 0)

    @hookimpl
    def kit_epoch_ended(self, run: Path, fold: int, epoch: int, metrics: Mapping[str, Any]) -> None:
        """Add a point to each curve of the fold."""
        for name, value in metrics.items():
            if name not in ("fold", "epoch") and isinstance(value, int | float):
                self._writers[run].add_scalar(f"{name}/fold_{fold}", value, epoch)
        self._writers[run].flush()

    @hookimpl
    def kit_run_ended(self, run: Path, state: str, scores: Mapping[str, float]) -> None:
        """Write the scores and close the file."""
        writer = self._writers.pop(run)
        for name, value in scores.items():
            writer.add_scalar(f"result/{name}", value, 0)
        writer.close()
