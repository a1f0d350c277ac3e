"""The settings of a training run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How a model is trained. A plugin may add settings in a subclass (``@dataclass(frozen=True, kw_only=True)``).

    Every setting can be changed with ``--set name=value``; the common ones have options of their own.
    """

    model: str = ""
    """The model's name; empty: the task's first."""
    epochs: int = 10
    """Number of epochs. An epoch shows each training sample once, or those that the task's sampler chooses."""
    batch_size: int = 64
    """Samples in a step."""
    learning_rate: float = 1e-3
    """The highest learning rate of the schedule."""
    schedule: Literal["one_cycle", "cosine", "constant", "plateau", "task"] = "one_cycle"
    """The learning rate over time: one cycle of rise and fall, a cosine decay from the start, constant, lowered at each
    plateau of the held-out score, or the task's own function."""
    warmup: float = 0.2
    """The fraction of all steps in which the one-cycle schedule rises."""
    plateau_patience: int = 3
    """Validated epochs without a better held-out score after which ``plateau`` lowers the learning rate."""
    plateau_factor: float = 0.5
    """What ``plateau`` multiplies the learning rate by."""
    plateau_floor: float = 1e-5
    """The lowest learning rate of ``plateau``."""
    optimizer: Literal["adamw", "adam", "sgd", "rmsprop", "adadelta"] = "adamw"
    """The optimizer; ``sgd`` has a Nesterov momentum of 0.9, ``adadelta`` wants a learning rate of 1. A model may have
    its own."""
    accumulate: int = 1
    """Batches whose gradients are averaged for one update of the weights: as a batch so many times as large."""
    frozen_epochs: int = 0
    """Epochs in which the parts that ``Model.freeze`` names keep their weights; -1: all."""
    weight_decay: float = 1e-2
    """Decoupled weight decay of AdamW; an L2 penalty with the other optimizers."""
    clip_norm: float = 5.0
    """Gradients are scaled down to this global norm; 0: never."""
    label_smoothing: float = 0.0
    """The fraction of the target that is spread evenly over all classes."""
    ema: float = 0.0
    """Decay of the exponential moving average of the weights, which then predicts; 0: no average."""
    patience: int = 0
    """Stop after this many epochs without a better validation score and keep the best epoch; 0: keep the last epoch."""
    valid_every: int = 1
    """Validate every this many epochs, and after the last."""
    folds: int | str = 1
    """0: train on every sample and hold none out; 1: one held-out part; K: K folds; a name: the contest's own folds,
    from ``Sample.meta`` under that name."""
    valid_fraction: float = 0.1
    """The fraction of samples that is held out if there is one fold."""
    seed: int = 0
    """The seed of all randomness. The same seed on the same machine gives the same bytes."""
    split_seed: int = -1
    """The seed of the folds; -1: that of ``seed``. Runs of several seeds on the same folds differ by chance alone."""
    augment: bool = True
    """Whether training samples are augmented."""
    augment_on: Literal["readers", "device"] = "readers"
    """Where training samples are augmented: in the processes that read them, or batch by batch on the device, if the
    task supports it. The latter is for a GPU that the readers cannot keep busy."""
    device: str = "auto"
    """``auto``, ``cpu``, ``gpu``, ``gpu:0``, ``gpu:0,1``, or ``cpu:2``: two processes, each on half of the cores."""
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """``auto``: float32 on a CPU; on a GPU bfloat16 if it is supported, else float16."""
    deterministic: bool = True
    """On a GPU: the same seed gives the same bytes; off: cuDNN takes the fastest algorithms."""
    channels_last: bool = False
    """On a GPU in half precision: convolutions in the order (N, H, W, C), by Paddle's tuning of layouts. Whether that
    is faster depends on the network."""
    workers: int = -1
    """Processes that read samples; -1: chosen by the kit, 0: none. It never changes a result."""
    skip_bad: int = 0
    """How many unreadable training samples may be left out; the report lists them."""
    pseudo: str = ""
    """A run or an average of runs whose confident predictions of the test part are trained on too."""
    pseudo_labels: Literal["hard", "soft"] = "hard"
    """``hard``: the most probable class; ``soft``: the predicted probabilities, for networks."""
    confidence: float = 0.99
    """The least probability of a pseudo-label's class."""
    extra: str = ""
    """A folder of further labelled data, laid out as the contest's, to train on; never held out."""
    pretrained: str = ""
    """A safetensors file of weights to start from; recorded in the run card, since some contests forbid it."""
