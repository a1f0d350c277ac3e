"""The optimizer, and the learning rate as a function of the configuration and the epoch."""

from __future__ import annotations

import math
from typing import Any

from kit.contract.config import TrainConfig
from kit.device import paddle
from kit.errors import KitError

START = 1 / 25  # of the peak: where a one-cycle schedule begins (Smith & Topin, arXiv 1708.07120)
END = 1e-4  # of the peak: where annealing ends


def learning_rate(epoch: float, config: TrainConfig) -> float:
    """The learning rate after ``epoch`` epochs (a fraction within one): there is no scheduler state to keep."""
    done = min(max(epoch / config.epochs, 0.0), 1.0)
    if config.schedule == "constant":
        return config.learning_rate
    if config.schedule == "cosine":
        return config.learning_rate * _cosine(1.0, END, done)
    if done < config.warmup:
        return config.learning_rate * _cosine(START, 1.0, done / config.warmup)
    return config.learning_rate * _cosine(1.0, END, (done - config.warmup) / max(1 - config.warmup, 1e-9))


def _cosine(start: float, end: float, done: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2


def make_optimizer(layer: Any, config: TrainConfig) -> Any:
    """Build the configured optimizer. Weight decay does not apply to biases and normalisation layers."""
    parameters = [p for p in layer.parameters() if not p.stop_gradient]
    clip = paddle.nn.ClipGradByGlobalNorm(config.clip_norm) if config.clip_norm else None
    common = {"learning_rate": config.learning_rate, "parameters": parameters, "grad_clip": clip}
    if config.optimizer == "adamw":
        decayed = {p.name for p in parameters if p.ndim > 1}
        return paddle.optimizer.AdamW(
            weight_decay=config.weight_decay, apply_decay_param_fun=lambda name: name in decayed, **common
        )
    if config.optimizer == "adam":
        return paddle.optimizer.Adam(weight_decay=config.weight_decay or None, **common)
    if config.optimizer == "sgd":
        return paddle.optimizer.Momentum(
            momentum=0.9, use_nesterov=True, weight_decay=config.weight_decay or None, **common
        )
    raise KitError("unknown optimizer", expected="adamw, adam or sgd", found=config.optimizer)
