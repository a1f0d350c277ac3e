"""Models, their objective, and the views of test-time augmentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

Forward = Callable[[np.ndarray], np.ndarray]


class Estimator(Protocol):
    """A model that is not a network: scikit-learn's ``fit`` and ``predict_proba``."""

    def fit(self, x: Any, y: Any) -> Any:
        """Learn from inputs (N, ...) and labels (N, ...)."""

    def predict_proba(self, x: Any) -> np.ndarray:
        """Predict (N, ...) for inputs (N, ...)."""


@dataclass(frozen=True)
class Model:
    """A named model: ``build(config)`` returns a ``paddle.nn.Layer`` or an :class:`Estimator`.

    ``settings`` are this model's own defaults, such as ``{"epochs": 5}``; the command line still wins.
    """

    build: Callable[[Any], Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    meaning: str = ""


@dataclass(frozen=True)
class Objective:
    """What training minimises, and how raw outputs become a prediction.

    ``loss(outputs, y, config)`` takes the layer's outputs and the batch's labels as tensors and returns a scalar
    tensor; ``activation(outputs)`` returns the predictions as a tensor whose first axis is the batch.
    """

    loss: Callable[[Any, Any, Any], Any]
    activation: Callable[[Any], Any]


@dataclass(frozen=True)
class View:
    """One view of test-time augmentation. ``apply`` takes a batch (N, ...) of inputs; ``undo`` maps the batch of
    predictions back where they have a place (masks)."""

    name: str
    apply: Callable[[np.ndarray], np.ndarray]
    undo: Callable[[np.ndarray], np.ndarray] | None = None
