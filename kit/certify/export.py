"""The law of exports: what predicts fast must predict the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from kit.certify.context import Context, Law, require
from kit.data.contest import ContestData

PREDICTED = 2  # samples


def default_model_exports(context: Context) -> str | None:
    """Export the default model with its initial weights, and predict two samples: eager mode must say the same."""
    from kit.device import choose
    from kit.models.build import build_model, is_network
    from kit.prediction import engines, inference, measured
    from kit.prediction.predict import predict
    from kit.prediction.saved_network import silent

    task = context.task
    layer = build_model(task, context.config)
    if not is_network(layer):
        return "the default model is an estimator, which is not exported"
    whole = engines.activated(task, layer)
    eager = engines.eager_forward(task, layer, choose("cpu"))
    seen: list[str] = []

    def forward(batch: Any) -> np.ndarray:
        network, arrays = engines.exportable(whole, batch)
        if arrays is None:
            seen.append("inputs that are nested or many are not exported")
        elif not seen:
            with silent():
                found, reason = inference.exported(network, arrays, measured.order(network))
            require(bool(found), f"the default model does not export: {reason}")
            seen.append("")
        return eager(batch)

    with ContestData(task, context.data, context.config) as contest:
        loader, _ = contest.training_loader()
        predict(loader, list(range(min(PREDICTED, len(loader.samples)))), forward)
    return seen[0] or None


EXPORT = Law("the default model exports and predicts the same", default_model_exports)
