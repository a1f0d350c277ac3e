"""Models, their objective, and the views of test-time augmentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from kit.contract.protocols import Activation, BatchFunction, Build, Initialize, Loss
from kit.contract.training_protocols import Freeze, MakeOptimizer


class Estimator(Protocol):
    """A model that is not a network: scikit-learn's ``fit``, and ``predict_proba`` or for numbers ``predict``."""

    def fit(self, x: Any, y: Any) -> Any:
        """Fit to inputs (N, ...) and labels (N, ...).

        A parameter ``sample_weight`` gets the numbers of ``Sample.meta["weight"]``, where all samples have one. With
        ``patience``, ``X_val`` and ``y_val`` or ``eval_set`` get the held-out part, for early stopping.
        """


@dataclass(frozen=True)
class Model:
    """A named model of a task."""

    build: Build[Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The model's own defaults, such as ``{"epochs": 5}``. The command line overrides them."""
    meaning: str = ""
    """A line of description for ``kit show``."""
    initialize: Initialize[Any] | None = None
    """Fits a network's first weights before the first epoch, such as a linear head on pretrained features. A model with
    it may be trained for 0 epochs."""
    optimizer: MakeOptimizer[Any] | None = None
    """Builds the optimizer, or several, for instance with a learning rate for each layer. Default: that of the setting
    ``optimizer``."""
    freeze: Freeze[Any] | None = None
    """Names the layers and parameters that keep their weights in the first ``frozen_epochs``, such as a pretrained
    encoder."""
    trusted: tuple[str, ...] = ()
    """Full names of further classes that the file of a fitted estimator may hold, such as
    ``sklearn.svm._classes.SVC``; ``kit.models.LIGHTGBM`` and ``XGBOOST`` are those of these libraries."""
    pretrained: tuple[str, ...] = ()
    """The pretrained weights that ``build`` loads, by their names in :mod:`kit.models.pretrained`; recorded in the run
    card. Where they are not installed, a model without any is the default."""


@dataclass(frozen=True)
class Objective:
    """What training minimises, and how a layer's outputs become a prediction."""

    loss: Loss[Any]
    activation: Activation


@dataclass(frozen=True)
class View:
    """One view of test-time augmentation, such as a mirrored image."""

    name: str
    apply: BatchFunction
    """Transform a batch of inputs (N, ...)."""
    undo: BatchFunction | None = None
    """Transform the batch of predictions back, if they have the geometry of the input (masks)."""
