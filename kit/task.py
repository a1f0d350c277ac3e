"""The plugin contract: a ``Task`` and the values it is made of. All are frozen, cheap to build and checked."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from kit.errors import PluginError
from kit.format import Fault, Format, Row, Table

Part = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")


@dataclass(frozen=True)
class Sample:
    """One thing to predict: an image, a slide, a candidate in a scan.

    ``x`` is whatever ``Task.example`` turns into a model's input: an array, or a path to read it from later, so that a
    list of samples stays small. ``y`` is the label, None where there is none (the test part). Samples of one ``group``
    (a patient, a scan, identical content) never straddle a split. ``meta`` holds what the writer, a named fold scheme
    (``--folds NAME`` reads ``meta[NAME]``) or the report needs.
    """

    id: str
    x: Any
    y: Any = None
    group: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


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


@dataclass(frozen=True, kw_only=True)
class Metric:
    """The contest's metric, with its direction declared.

    ``function(y_true, y_pred)`` returns the score. ``prepare(truth, guess)`` makes the two arrays; their first axis
    follows ``Answers.ids`` (rows, images or scans), so that the bootstrap and the public/private split can take some of
    it. By default they are the value column's cells, joined by id. ``details(y_true, y_pred)`` returns further figures
    for ``kit score --json``. ``bootstrap(y_true, y_pred, rounds, rng)`` returns ``rounds`` scores where resampling the
    first axis and calling ``function`` would be slow.
    """

    name: str
    function: Callable[[Any, Any], float]
    higher_is_better: bool
    prepare: Callable[[Any, Table], tuple[Any, Any]] | None = None
    details: Callable[[Any, Any], Mapping[str, Any]] | None = None
    bootstrap: Callable[[Any, Any, int, np.random.Generator], np.ndarray] | None = None
    best: float | None = None
    """The score of a perfect submission, where the metric has one."""


@dataclass(frozen=True)
class Answers:
    """The hidden truth: the ids that a submission must answer, in the contest's order, and the truth itself.

    ``truth`` is what ``Metric.prepare`` takes first: a :class:`~kit.format.Table` unless the task reads its own tables.
    """

    ids: Sequence[str]
    truth: Any


@dataclass(frozen=True)
class View:
    """One view of test-time augmentation. ``apply`` takes a batch (N, ...) of inputs; ``undo`` maps the batch of
    predictions back where they have a place (masks)."""

    name: str
    apply: Callable[[np.ndarray], np.ndarray]
    undo: Callable[[np.ndarray], np.ndarray] | None = None


@dataclass(frozen=True)
class Reference:
    """A published result that stands in the ranking. ``split`` says what it was measured on, ``source`` who says so."""

    name: str
    score: float
    split: str
    source: str


@dataclass(frozen=True)
class Finding:
    """What an audit found. An ``error`` makes the data unfit; a ``warning`` or ``note`` does not."""

    level: Literal["error", "warning", "note"]
    kind: str
    where: str
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Figure:
    """A picture for the report: PNG bytes with a title and a caption."""

    title: str
    png: bytes
    caption: str = ""


@dataclass(frozen=True)
class Evidence:
    """What a run leaves for a task's own figures.

    ``samples`` were held out (or are the test part where answers exist), ``predictions`` are theirs in the same order;
    ``maps`` holds what ``Task.explain`` returned, by sample id; ``tuned`` and ``details`` are the run's fitted values
    and the metric's further figures.
    """

    samples: Sequence[Sample]
    predictions: Sequence[np.ndarray]
    maps: Mapping[str, np.ndarray]
    tuned: Mapping[str, Any]
    details: Mapping[str, Any]


Forward = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Task:
    """One contest (or one round or track of it). Fields without a default are required.

    ``reader(folder, part)`` returns the samples of ``"train"`` or ``"test"``: anything with ``len`` and ``[]``.
    ``sample(folder, size, seed)`` writes a small data set in the contest's own layout: ``size`` training samples, a
    quarter as many test ones, and the answers. ``objective`` is an :class:`Objective`, or ``"classification"`` (softmax
    over integer labels) or ``"binary"`` (sigmoid of one output). ``models`` maps names to builders; the first is the
    default.
    """

    name: str
    title: str
    reader: Callable[[Path, Part], Sequence[Sample]]
    models: Mapping[str, Model | Callable[[Any], Any]]
    objective: Objective | Literal["classification", "binary"]
    format: Format
    metric: Metric
    sample: Callable[[Path, int, int], None]

    config: TrainConfig = field(default_factory=TrainConfig)
    files: Mapping[str, str] = field(default_factory=dict)
    """Expected files: pattern -> meaning, for ``kit show``."""
    notes: tuple[str, ...] = ()
    """Lines that the card and the report show, such as "Not for clinical use."."""
    references: tuple[Reference, ...] = ()
    sample_size: int = 400
    """Training samples that ``kit sample`` makes unless told."""

    example: Callable[[Sample, np.random.Generator | None, Any], tuple[np.ndarray, Any]] | None = None
    """``example(sample, rng, config)`` -> (input, label) as arrays. ``rng`` is None outside training: no
    randomness then. Default: ``(sample.x as float32, sample.y)``."""
    sampler: Callable[[Sequence[Sample], np.random.Generator, Any], Sequence[int]] | None = None
    """``sampler(samples, rng, config)`` -> positions of the samples that an epoch shows, in order, repeats allowed.
    Default: each once, shuffled."""
    infer: Callable[[Forward, Sample, Any], np.ndarray] | None = None
    """``infer(forward, sample, config)`` -> the sample's prediction, where one example a sample is not enough (sliding
    windows). ``forward`` maps a batch of inputs to activated predictions."""
    views: tuple[View, ...] = ()
    """Views that ``--tta`` averages beside the plain one."""
    average: Callable[[Sequence[np.ndarray]], np.ndarray] | None = None
    """Average one sample's predictions over models. Default: the mean."""
    tune: Callable[[Sequence[Sample], Sequence[np.ndarray], Any], Mapping[str, Any]] | None = None
    """``tune(samples, predictions, config)`` -> values fitted on held-out predictions (a threshold), kept as JSON and
    given to the writer."""
    writer: Callable[[Sequence[Sample], Sequence[np.ndarray], Mapping[str, Any]], Iterable[Row]] | None = None
    """``writer(samples, predictions, tuned)`` -> rows in the format's columns. Default for a format of an id and one
    value: the likeliest class for an integer column, the last probability for a number column."""
    truth: Callable[[Sequence[Sample]], Iterable[Row]] | None = None
    """``truth(samples)`` -> the rows a perfect submission has for labelled samples. Default: id and label."""
    evaluate: (
        Callable[[Sequence[Sample], Sequence[np.ndarray], Mapping[str, Any]], tuple[float, Mapping[str, Any]]] | None
    ) = None
    """``evaluate(samples, predictions, tuned)`` -> (score, details) on held-out samples. Default: the metric on the
    writer's rows against the truth's."""
    strata: Callable[[Sample], Any] | None = None
    """The class by which folds are stratified. Default: the label where it is a whole number."""
    ids: Callable[[Path], Sequence[str]] | None = None
    """``ids(folder)`` -> the ids that a submission must answer. Default: those of the test part."""
    answers: str = "answers.csv"
    """The name of the answers in a sample's folder: a file, or a folder of tables."""
    read_answers: Callable[[Path], Answers] | None = None
    """Default: the answers are a perfect submission and are parsed as one."""
    audit: Callable[[Path], Iterable[Finding]] | None = None
    """Findings of the task's own, beside those that the kit looks for."""
    explain: Callable[[Any, np.ndarray], np.ndarray] | None = None
    """``explain(layer, batch)`` -> one map an input (N, H, W), kept for the report (class activation maps)."""
    figures: Callable[[Evidence], Iterable[Figure]] | None = None
    picture: Callable[[Sample], np.ndarray | None] | None = None
    """``picture(sample)`` -> uint8 (H, W) or (H, W, 3) RGB for the report. Default: ``x`` where it looks like one."""
    masks: (
        Callable[[Sequence[Sample], Sequence[np.ndarray], Mapping[str, Any]], Iterator[tuple[str, np.ndarray]]] | None
    ) = None
    """``masks(samples, predictions, tuned)`` -> (file name, uint8 image): what ``kit predict --masks DIR`` writes."""
    faults: Callable[[Path, Table], Iterable[Fault]] | None = None
    """``faults(folder, table)`` -> what is wrong with a well-formed submission that the contest's files alone show (a
    mask beyond its image): ``kit check --data``."""

    def __post_init__(self) -> None:
        from kit.task_check import check_task  # it names the classes above, so it comes after them

        check_task(self)

    def model(self, name: str = "") -> tuple[str, Model]:
        """The model of this name (the first where it is empty) with its name."""
        name = name or next(iter(self.models))
        if name not in self.models:
            raise PluginError(
                f"task {self.name!r} has no model {name!r}",
                expected=", ".join(self.models),
                found=name,
                remedy=f"kit show {self.name}",
            )
        model = self.models[name]
        return name, model if isinstance(model, Model) else Model(model)


@dataclass(frozen=True)
class Lazy:
    """A function that is imported when it is first called; see :func:`lazy`. It can be sent to a reader process."""

    target: str

    def resolve(self) -> Callable[..., Any]:
        """Import the module and return the function."""
        module, _, attribute = self.target.partition(":")
        found: Callable[..., Any] | None = getattr(importlib.import_module(module), attribute, None)
        if found is None:
            raise PluginError(f"{module} has no {attribute!r}", where=f"lazy({self.target!r})")
        return found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Import the function and call it."""
        return self.resolve()(*args, **kwargs)


def lazy(target: str) -> Lazy:
    """Name a function to import when it is first called: ``lazy(__name__ + ".reader:read")``.

    It keeps a plugin cheap to discover.
    """
    module, _, attribute = target.partition(":")
    if not module or not attribute:
        raise PluginError(f"lazy({target!r}) names no function", expected="package.module:function")
    return Lazy(target)
