"""The law of exports: what predicts fast must predict the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.certify.context import Context, Law, require
from kit.cpu import log_once
from kit.data.contest import ContestData

PREDICTED = 2  # samples


def default_model_exports(context: Context) -> str | None:
    """Export the default model with its initial weights, and predict two samples: eager mode must say the same."""
    from kit.device import choose
    from kit.models.build import build_model, is_network
    from kit.models.inputs import as_arrays
    from kit.models.objective import objective_of
    from kit.prediction import engines
    from kit.prediction.predict import predict

    task = context.task
    layer = build_model(task, context.config)
    if not is_network(layer):
        return "the default model is an estimator, which is not exported"
    layer.eval()
    whole = engines.Activated(layer, objective_of(task).activation)
    whole.eval()
    eager = engines.eager_forward(task, layer, choose("cpu"))
    engine: list[Any] = []
    nested: list[str] = []

    def forward(batch: Any) -> np.ndarray:
        if as_arrays(batch) is None:
            nested.append("inputs that are nested or many are not exported")
        elif not engine:
            log_once.reset()
            engine.append(engines.make_engine(whole, batch))
            require(engine[0] is not None, f"the default model does not export: {'; '.join(log_once.reasons())}")
        return eager(batch)

    with ContestData(task, context.data, context.config) as contest:
        loader, _ = contest.training_loader()
        predict(loader, list(range(min(PREDICTED, len(loader.samples)))), forward)
    return nested[0] if nested else None


EXPORT = Law("the default model exports and predicts the same", default_model_exports)
