"""``MODEL.onnx.json``: what must be known to use an exported network, and how exactly it was compared.

The names of the fields are the keys of the JSON file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Observed:
    """The values of an input or output in the samples that were compared."""

    minimum: float
    maximum: float
    mean: float
    deviation: float
    """The standard deviation."""


@dataclass(frozen=True, kw_only=True)
class TensorSpec:
    """An input or an output of the network."""

    name: str
    shape: tuple[int | None, ...]
    """The first axis is the batch; None: any size."""
    dtype: str
    layout: str | None
    """``NCHW`` (batch, channels, height, width), ``NCDHW``, ``NHWC``, ``NF`` (batch, features); None: another."""
    observed: Observed


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """How a sample of the contest becomes an input. Augmentation is none of it."""

    function: str
    """The task's function, as ``module:name``."""
    description: str
    """What its documentation says."""
    settings: Mapping[str, Any]
    """The run's values of the task's own settings, which the function is given."""
    normalisation: str
    """What the network expects: the observed range, unless it normalises its input itself."""


@dataclass(frozen=True, kw_only=True)
class Postprocessing:
    """How the network's output becomes a row of a submission."""

    objective: str
    activation: str
    """What the network itself ends with."""
    classes: tuple[str, ...] | None
    """What is written for each position of the output, in order; None where an output is no class."""
    threshold: float | None
    """The least probability of the positive class; None where there is no such choice."""
    tuned: Mapping[str, Any]
    """Values that the task fitted on held-out predictions."""
    function: str
    """The writer, as ``module:name``."""
    several_inputs: str | None
    """The function that predicts a sample from several inputs, such as windows; None: one input per sample."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The comparison with eager mode, on real samples."""

    data: str
    """The folder's name, or ``sample`` for the task's own sample."""
    samples: int
    """The inputs that were compared."""
    largest_difference: float
    tolerance: float
    """Relative to the largest value, or to 1, whichever is more."""
    runtime: str
    """What ran the file, with its version."""


@dataclass(frozen=True, kw_only=True)
class ExportRecord:
    """The description of an exported network."""

    task: str
    title: str
    run: str
    model: str
    folds: tuple[str, ...]
    """The folds whose networks the file holds; the predictions of several are averaged."""
    format: Literal["onnx", "paddle"]
    files: Mapping[str, str]
    """Name -> SHA-256."""
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    preprocessing: Preprocessing
    postprocessing: Postprocessing
    comparison: Comparison
    kit: str
    versions: Mapping[str, str]
    opset: int | None
    created: str
    """UTC, ISO 8601."""
