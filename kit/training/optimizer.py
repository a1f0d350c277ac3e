"""The optimizers of a network: the configured one or the model's own, which follow one schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kit.contract.config import TrainConfig
from kit.contract.model import Model
from kit.device import paddle
from kit.errors import KitError
from kit.models import checkpoint

MOMENTUM = 0.9
DECAY = {"rmsprop": 0.9, "adadelta": 0.95}  # of the averages of squared gradients, as in Keras


class Optimizers:
    """One optimizer or several, used as one. Each keeps its own multiple of the schedule's learning rate."""

    def __init__(self, optimizers: Sequence[Any], config: TrainConfig) -> None:
        self.optimizers = list(optimizers)
        self.multiples = [_rate(optimizer) / config.learning_rate for optimizer in self.optimizers]

    def set_rate(self, rate: float) -> None:
        """Set the schedule's present learning rate."""
        for optimizer, multiple in zip(self.optimizers, self.multiples, strict=True):
            optimizer.set_lr(rate * multiple)

    def step(self, scaler: Any) -> None:
        """Update the weights with the gradients, which a loss scaler may have scaled, and clear them."""
        for optimizer in self.optimizers:
            if any(p.grad is not None and not p.stop_gradient for p in parameters_of(optimizer)):
                scaler.step(optimizer)
        scaler.update()
        for optimizer in self.optimizers:
            optimizer.clear_grad()

    def arrays(self) -> dict[str, np.ndarray]:
        """The moments and powers by name; with several optimizers by number and name."""
        if len(self.optimizers) == 1:
            return checkpoint.optimizer_arrays(self.optimizers[0])
        every = [checkpoint.optimizer_arrays(optimizer) for optimizer in self.optimizers]
        return {f"{number}/{name}": array for number, arrays in enumerate(every) for name, array in arrays.items()}

    def load(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Restore what :meth:`arrays` returned. An optimizer that had made no step begins anew."""
        for number, optimizer in enumerate(self.optimizers):
            start = "" if len(self.optimizers) == 1 else f"{number}/"
            own = {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
            if own:
                checkpoint.load_optimizer(optimizer, own)


def make_optimizers(layer: Any, model: Model, config: TrainConfig, frozen: Sequence[Any]) -> Optimizers:
    """Build the model's optimizers, or the configured one for the parameters that are trained.

    ``frozen`` parameters, which are trained later, get an optimizer of their own, whose first step is then their first.
    """
    names = {p.name for p in frozen}
    if model.optimizer is not None:
        found = model.optimizer(layer, config)
        optimizers = list(found) if isinstance(found, list | tuple) else [found]
        for optimizer in optimizers:
            _check(optimizer, names)
        return Optimizers(optimizers, config)
    trained = [p for p in layer.parameters() if not p.stop_gradient]
    parts = [[p for p in trained if p.name not in names], [p for p in trained if p.name in names]]
    return Optimizers([make_optimizer(part, config) for part in parts if part] or [make_optimizer([], config)], config)


def _check(optimizer: Any, frozen: set[str]) -> None:
    if not isinstance(optimizer, paddle.optimizer.Optimizer):
        raise KitError(
            "Model.optimizer returned something else",
            expected="a paddle.optimizer.Optimizer, or a list of them",
            found=type(optimizer).__name__,
        )
    trained = [p for p in parameters_of(optimizer) if not p.stop_gradient]
    if 0 < sum(p.name in frozen for p in trained) < len(trained):
        raise KitError(
            "an optimizer has parameters that are frozen at first, and others",
            expected="an optimizer of their own for what Model.freeze names",
        )


def parameters_of(optimizer: Any) -> list[Any]:
    """The parameters of an optimizer, those of its groups too."""
    listed = optimizer._parameter_list or []
    return [p for each in listed for p in (each["params"] if isinstance(each, dict) else [each])]


def _rate(optimizer: Any) -> float:
    if isinstance(optimizer._learning_rate, paddle.optimizer.lr.LRScheduler):
        raise KitError(
            "an optimizer has a schedule of its own",
            expected="a number, such as learning_rate=config.learning_rate",
            remedy="give the task a schedule: Task(schedule=function)",
        )
    return float(optimizer.get_lr())


def make_optimizer(parameters: Sequence[Any], config: TrainConfig) -> Any:
    """Build the configured optimizer. AdamW's decay does not apply to biases and normalisation layers."""
    clip = paddle.nn.ClipGradByGlobalNorm(config.clip_norm) if config.clip_norm else None
    common = {"learning_rate": config.learning_rate, "parameters": list(parameters), "grad_clip": clip}
    if config.optimizer == "adamw":
        decayed = {p.name for p in parameters if p.ndim > 1}
        return paddle.optimizer.AdamW(
            weight_decay=config.weight_decay, apply_decay_param_fun=lambda name: name in decayed, **common
        )
    common["weight_decay"] = config.weight_decay or None
    if config.optimizer == "adam":
        return paddle.optimizer.Adam(**common)
    if config.optimizer == "sgd":
        return paddle.optimizer.Momentum(momentum=MOMENTUM, use_nesterov=True, **common)
    if config.optimizer == "rmsprop":
        return paddle.optimizer.RMSProp(rho=DECAY["rmsprop"], epsilon=1e-7, **common)
    if config.optimizer == "adadelta":
        return paddle.optimizer.Adadelta(rho=DECAY["adadelta"], epsilon=1e-7, **common)
    raise KitError("unknown optimizer", expected="adamw, adam, sgd, rmsprop or adadelta", found=config.optimizer)
