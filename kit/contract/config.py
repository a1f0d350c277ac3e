"""The settings of a training run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How a model is trained. A plugin may subclass it (``@dataclass(frozen=True, kw_only=True)``) to add fields.

    Every field can be set with ``--set name=value``; the common ones have options of their own.
    """

    model: str = ""
    """The model's name; empty: the task's first."""
    epochs: int = 10
    """How many times each training sample is shown."""
    batch_size: int = 64
    """Samples a step."""
    learning_rate: float = 1e-3
    """The peak of the schedule."""
    schedule: Literal["one_cycle", "cosine", "constant"] = "one_cycle"
    """How the learning rate moves; ``cosine`` falls from the start."""
    warmup: float = 0.2
    """The share of all steps in which a one-cycle schedule rises."""
    optimizer: Literal["adamw", "adam", "sgd"] = "adamw"
    """How gradients become steps; ``sgd`` has a Nesterov momentum of 0.9."""
    weight_decay: float = 1e-2
    """AdamW takes this share of the weights away each step, times the learning rate; the others add an L2 penalty."""
    clip_norm: float = 5.0
    """Gradients are scaled down to this global norm; 0: never."""
    label_smoothing: float = 0.0
    """The share of the target that goes to all classes alike."""
    ema: float = 0.0
    """Decay of the exponential moving average of the weights that predicts; 0: the weights themselves."""
    patience: int = 0
    """Stop after so many epochs without a better validation score and keep the best epoch; 0: keep the last."""
    valid_every: int = 1
    """Validate every so many epochs (the last one always)."""
    folds: int | str = 1
    """1: one held-out part; K: K folds; a name: the fold scheme in ``Sample.meta`` of that name."""
    valid_fraction: float = 0.1
    """The held-out share where there is one fold."""
    seed: int = 0
    """Same seed, same machine: same bytes."""
    augment: bool = True
    """Whether training samples are varied."""
    device: str = "auto"
    """``auto``, ``cpu``, ``gpu``, ``gpu:0`` or ``gpu:0,1``."""
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """``auto``: bfloat16 on a GPU that has it, else float16 there; float32 on a CPU."""
    workers: int = -1
    """Reader processes; -1: as many as pay, 0: none. Never changes a result."""
    skip_bad: int = 0
    """Up to so many unreadable training samples are passed over, each listed in the report."""
    pretrained: str = ""
    """A safetensors file of weights to start from; recorded in the run card (some contests forbid it)."""
