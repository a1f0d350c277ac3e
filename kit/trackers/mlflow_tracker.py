"""MLflow: one MLflow run for each run, at the server or folder that ``MLFLOW_TRACKING_URI`` names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.utils.time import get_current_time_millis

from kit.contract.hooks import hookimpl
from kit.files import read_json, write_json

LONGEST = 500  # characters of a parameter's value
FILE = "mlflow.json"
STATES = {"finished": "FINISHED", "stopped": "KILLED", "failed": "FAILED"}


class Tracker:
    """Sends settings, metrics and scores; the experiment has the task's name. A resumed run goes on with its own."""

    def __init__(self) -> None:
        self._client = MlflowClient()

    @hookimpl
    def kit_run_started(self, run: Path, config: Mapping[str, Any]) -> None:
        """Create the run, or find it again."""
        if (run / FILE).exists():
            self._client.update_run(self._id(run), status="RUNNING")
            return
        name = run.parent.name
        known = self._client.get_experiment_by_name(name)
        experiment = known.experiment_id if known else self._client.create_experiment(name)
        id = self._client.create_run(experiment, run_name=run.name).info.run_id
        write_json(run / FILE, {"run_id": id})
        settings = [Param(key, str(value)[:LONGEST]) for key, value in config.items()]
        self._client.log_batch(id, params=settings)

    @hookimpl
    def kit_epoch_ended(self, run: Path, fold: int, epoch: int, metrics: Mapping[str, Any]) -> None:
        """Send the metrics of an epoch."""
        numbers = {k: v for k, v in metrics.items() if k not in ("fold", "epoch") and isinstance(v, int | float)}
        self._send(run, {f"fold_{fold}_{name}": value for name, value in numbers.items()}, epoch)

    @hookimpl
    def kit_run_ended(self, run: Path, state: str, scores: Mapping[str, float]) -> None:
        """Send the scores and end the run."""
        self._send(run, scores, 0)
        self._client.set_terminated(self._id(run), STATES[state])

    def _send(self, run: Path, values: Mapping[str, float], step: int) -> None:
        now = get_current_time_millis()
        self._client.log_batch(self._id(run), metrics=[Metric(k, float(v), now, step) for k, v in values.items()])

    def _id(self, run: Path) -> str:
        return str(read_json(run / FILE)["run_id"])
