"""The content of the typed files of a run: the card, an epoch, a fold, the summary, the check and the score.

The names of the fields are the keys of the JSON files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kit.contract.format import Fault


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file that a run read: its path relative to the data folder, its size and its hash."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class GitState:
    """The commit of the folder in which the command was typed."""

    commit: str
    dirty: bool | None
    """Whether there are changes; None if that could not be asked safely."""


@dataclass(frozen=True, kw_only=True)
class PretrainedFile:
    """The weights that training started from."""

    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class PublishedWeights:
    """Published pretrained weights that the model builds on, see :mod:`kit.models.pretrained`."""

    name: str
    sha256: str
    licence: str
    trained_on: str
    source: str


@dataclass(frozen=True, kw_only=True)
class SkippedSample:
    """A training sample that could not be read and was left out (``--skip-bad``)."""

    id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Resumption:
    """A resume under other circumstances than the run began with, after which bytes may differ."""

    time: str
    changes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PredictionEngine:
    """What ran a model that predicted."""

    name: str
    """``onnxruntime``, ``paddle.inference``, ``eager mode`` or ``estimator``."""
    reason: str
    """Why this one; the class of an estimator."""
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    """The time of a batch in each engine that was tried."""

    def __str__(self) -> str:
        times = ", ".join(f"{name} {value:.4g} ms" for name, value in self.milliseconds.items())
        return f"{self.name} ({self.reason}{f': {times}' if times else ''})"


@dataclass(frozen=True, kw_only=True)
class RunCard:
    """``card.json``: all that is needed to repeat a run. The fields from ``device`` on are known once training has
    begun, or are those of an average of runs."""

    task: str
    title: str = ""
    kit: str
    created: str
    """UTC, ISO 8601."""
    command: tuple[str, ...]
    versions: Mapping[str, str]
    platform: str = ""
    seed: int
    threads: str | None
    data: str
    """The folder of the contest's files."""
    inputs: tuple[InputFile, ...]
    pretrained: PretrainedFile | None
    weights: tuple[PublishedWeights, ...] = ()
    git: GitState | None
    samples: str | None = None
    """The digest of the training samples (:func:`kit.runs.inputs.samples_digest`)."""
    device: str | None = None
    precision: str | None = None
    layer_precisions: Mapping[str, str] | None = None
    """The kinds of layers that have weights, each with the precision in which it computed in training."""
    processes: int | None = None
    operators: str | None = None
    """On a CPU: whose operators compute (oneDNN's or Paddle's own), and why."""
    engines: Mapping[str, PredictionEngine] = field(default_factory=dict)
    """What ran the model that predicted the held-out part and the test part, by these names."""
    skipped: tuple[SkippedSample, ...] = ()
    resumed: tuple[Resumption, ...] | None = None
    blend: tuple[str, ...] | None = None
    """The names of the runs that were averaged; None for a run that was trained."""
    variant: str | None = None
    """The name that a configuration file of several variants gives this one."""
    tta: bool | None = None
    """Whether the submission is predicted from several views; None: it is not, or there is none yet."""


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """A line of ``metrics.jsonl``: one epoch of one fold."""

    fold: str
    epoch: int
    """Counted from 1."""
    learning_rate: float
    train_loss: float
    train_accuracy: float | None = None
    """On the batches as they were trained on: a running average. None where a label is not one class."""
    valid_loss: float | None
    valid_score: float | None
    """None if this epoch was not validated, or the metric has no value."""
    valid_details: Mapping[str, Any] | None = None
    """The numbers among the metric's further figures; None without any."""
    seconds: float
    samples_per_second: float


@dataclass(frozen=True, kw_only=True)
class FoldResult:
    """``folds/NAME/fold.json``: a fold that has been trained to its end."""

    fold: str
    score: float | None
    """The score of the held-out samples; None if the metric has no value."""
    epoch: int
    """The epoch whose weights were kept; 0 for an estimator."""
    details: Mapping[str, Any]
    history: tuple[EpochRecord, ...]


@dataclass(frozen=True, kw_only=True)
class FoldScore:
    """A fold in the summary: its score with the fitted values, and its number of held-out samples."""

    fold: str
    score: float | None
    epoch: int
    details: Mapping[str, Any]
    samples: int


@dataclass(frozen=True, kw_only=True)
class Summary:
    """``summary.json``: the held-out scores of all folds."""

    metric: str
    higher_is_better: bool
    folds: tuple[FoldScore, ...]
    mean: float | None
    """The mean of the folds' scores."""
    spread: float | None
    """Their standard deviation; None for one fold."""
    pooled: float | None
    """The score of all held-out samples together."""
    details: Mapping[str, Any]
    tuned: Mapping[str, Any]
    """The values that ``Task.tune`` fitted."""


@dataclass(frozen=True, kw_only=True)
class AddedPart:
    """Samples of one source that were added to the training part of every fold."""

    kind: Literal["pseudo", "extra"]
    source: str
    """The run whose predictions are the labels, or the folder."""
    samples: int
    classes: Mapping[str, int]
    """How many of which class; the class is empty where labels have none."""
    left_out: int
    reason: str
    """Why some were left out."""
    digest: str
    """The digest of the samples (:func:`kit.runs.inputs.samples_digest`)."""


@dataclass(frozen=True, kw_only=True)
class AddedRecord:
    """``added.json``: added samples, and the paired gain against the run ``against``, which had none."""

    parts: tuple[AddedPart, ...]
    against: str | None = None
    difference: float | None = None
    interval: tuple[float, float] | None = None
    p: float | None = None
    test: str | None = None


@dataclass(frozen=True, kw_only=True)
class CheckRecord:
    """``check.json``: the check of the submission against the format."""

    ok: bool
    rows: int
    faults: tuple[Fault, ...]
    total_faults: int
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, kw_only=True)
class ScoreRecord:
    """``score.json``: the submission's score, and its rank."""

    task: str
    metric: str
    score: float
    higher_is_better: bool
    interval: tuple[float, float] | None
    """The 95% interval."""
    rows: int
    details: Mapping[str, Any]
    rank: int | None
    """Among the recorded submissions and the references; None if a team's ledger could not be reached."""
    of: int | None
    against: Literal["answers", "labels"] = "answers"
    """``labels``: those of the training part, for an out-of-fold submission of a contest without a test part."""
