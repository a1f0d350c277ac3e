"""The network to export: one fold's, or the average of several as one network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.device import paddle
from kit.errors import DataError, KitError
from kit.models.build import is_network, load_model
from kit.prediction.engines import activated
from kit.runs import Run
from kit.wording import listed

AVERAGE = "average"


class AveragedNetwork(paddle.nn.Layer):  # type: ignore[misc]  # Paddle has no types
    """Several networks of one kind as one, whose predictions are the mean of theirs."""

    def __init__(self, networks: Sequence[Any]) -> None:
        super().__init__()
        self.networks = paddle.nn.LayerList(list(networks))
        self.eval()

    def forward(self, x: Any) -> Any:
        """Return the mean prediction (N, ...) in float32."""
        predictions = [network(x) for network in self.networks]
        return paddle.add_n(predictions) / len(predictions)


def original(network: Any) -> Any:
    """The task's own network, whose ``forward`` takes the inputs, in what is exported."""
    return original(network.networks[0]) if isinstance(network, AveragedNetwork) else network.layer


def chosen_folds(task: Task, run: Run, folds: str | None) -> tuple[str, ...]:
    """The folds to export: the one that is named, all for ``average``, else the first.

    Raises KitError for an unknown fold, and where a task averages by a rule of its own.
    """
    names = tuple(fold.fold for fold in run.summary.folds)
    if not names:
        raise DataError("summary.json names no fold", where=run.path / "summary.json")
    if not folds:
        return names[:1]
    if folds != AVERAGE:
        if folds not in names:
            expected = f"{AVERAGE}, {listed(names)}"
            raise KitError(f"run {run.name} has no fold {folds!r}", expected=expected, found=folds, where=run.path)
        return (folds,)
    if task.average is not None and len(names) > 1:
        raise KitError(
            f"task {task.name!r} averages predictions by a rule of its own, which is no part of a network",
            found=f"--folds {AVERAGE}",
            remedy=f"export one fold: --folds {names[0]}",
        )
    return names


def load_network(task: Task, config: TrainConfig, run: Run, folds: Sequence[str]) -> Any:
    """The network of these folds with its activation, in evaluation. Raises KitError for an estimator."""
    networks = []
    for name in folds:
        model = load_model(task, config, run.fold(name))
        if not is_network(model):
            raise KitError(
                f"model {config.model!r} is an estimator ({type(model).__name__}), and only networks are exported",
                where=run.path,
                remedy=f"kit predict {run.name} predicts with it; {run.fold(name) / 'model.skops'} holds it",
            )
        networks.append(activated(task, model))
    return networks[0] if len(networks) == 1 else AveragedNetwork(networks)
