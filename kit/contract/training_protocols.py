"""The functions of a plugin that change how a network is trained: batches, learning rates, optimizers, frozen parts.

They are described as those in :mod:`kit.contract.protocols` are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from kit.contract.protocols import ConfigT


class ChangeBatch(Protocol[ConfigT]):
    """Change a training batch: inputs and labels as :class:`Example` made them, stacked, to inputs and labels.

    ``rng`` is seeded by the seed, the epoch and the batch's samples. Labels may become fractions, such as (N, C) of
    mixed classes.
    """

    def __call__(self, x: Any, y: Any, rng: np.random.Generator, config: ConfigT, /) -> tuple[Any, Any]: ...


class Augment(Protocol[ConfigT]):
    """Augment a training batch on the device: inputs and labels as tensors (N, ...), to inputs and labels.

    ``rng`` is seeded by the seed, the fold, the epoch and the step: take all randomness from it. No gradient is taken.
    """

    def __call__(self, x: Any, y: Any, rng: np.random.Generator, config: ConfigT, /) -> tuple[Any, Any]: ...


class Schedule(Protocol[ConfigT]):
    """Return the learning rate after ``epoch`` epochs: 0.5 is the middle of the first.

    It must depend on its arguments alone, so that a run that was stopped goes on exactly.
    """

    def __call__(self, epoch: float, config: ConfigT, /) -> float: ...


class MakeOptimizer(Protocol[ConfigT]):
    """Build the optimizer of a network, or a list of them: each a ``paddle.optimizer.Optimizer``.

    Give ``learning_rate`` as a multiple of ``config.learning_rate``: the schedule changes all of them by one factor.
    """

    def __call__(self, layer: Any, config: ConfigT, /) -> Any: ...


class Freeze(Protocol[ConfigT]):
    """Return the sublayers and parameters of a network that are not trained at first.

    A frozen layer is also in evaluation mode: its batch norm keeps its statistics, and it drops nothing out.
    """

    def __call__(self, layer: Any, config: ConfigT, /) -> Iterable[Any]: ...
