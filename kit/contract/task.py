"""A contest as a ``Task``: frozen, cheap to build and validated when it is built."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kit.contract.config import TrainConfig
from kit.contract.format import Format
from kit.contract.model import Model, Objective, View
from kit.contract.protocols import (
    Audit,
    Average,
    Build,
    Evaluate,
    Example,
    Explain,
    Figures,
    FindFaults,
    Ids,
    Infer,
    Masks,
    Picture,
    ReadAnswers,
    Reader,
    SampleMaker,
    Sampler,
    Seen,
    Split,
    Strata,
    Truth,
    Tune,
    Writer,
)
from kit.contract.scoring import Metric, Reference
from kit.contract.training_protocols import Augment, ChangeBatch, Schedule
from kit.contract.validation import validate
from kit.errors import PluginError


@dataclass(frozen=True, kw_only=True)
class Task:
    """One contest, or one round or track of it.

    The first seven fields are required; every other has a default. A field that is a function is described by its
    protocol in :mod:`kit.contract.protocols`; give the function itself or its name with :func:`kit.lazy`.
    """

    # Required.

    name: str
    """The name on the command line: lower-case letters, digits and ``_``."""
    title: str
    """One line that says which contest it is."""
    reader: Reader
    """The contest's files to samples."""
    models: Mapping[str, Model | Build[Any]]
    """Models by name; the first is the default."""
    objective: Objective | Literal["classification", "binary", "multilabel", "regression"]
    """``classification``: softmax over integer labels; ``binary``: sigmoid of one output; ``multilabel``: a sigmoid for
    each of K labels of 0 or 1; ``regression``: squared error of K numbers; or an own objective."""
    format: Format
    """The format of a submission."""
    metric: Metric
    """The contest's metric."""

    # Training.

    sample: SampleMaker | None = None
    """Writes a small data set for ``--sample``, for tests and for ``kit certify``. Default: none; the task then needs
    ``--data``."""
    config: TrainConfig = field(default_factory=TrainConfig)
    """The default settings: a ``TrainConfig`` or an instance of the plugin's own subclass."""
    sample_size: int = 400
    """How many training samples ``kit sample`` writes by default."""
    example: Example[Any] | None = None
    """A sample to a model's input and label. Default: ``(sample.x as float32, sample.y)``, a text or a row of a
    pandas table as it is."""
    sampler: Sampler[Any] | None = None
    """Which samples an epoch shows. Default: each once, shuffled."""
    strata: Strata | None = None
    """The class by which folds are stratified. Default: the label if it is a whole number."""
    batch: ChangeBatch[Any] | None = None
    """Changes a training batch, for instance by mixing samples. Default: none."""
    augment: Augment[Any] | None = None
    """Augments a training batch on the device, in place of the reader processes, with ``--set augment_on=device``.
    ``example`` then sees ``config.augment`` off. Default: the readers augment, in ``example``."""
    schedule: Schedule[Any] | None = None
    """The learning rate by epoch; the setting ``schedule`` is then ``task`` unless a model or the user says otherwise.
    Default: that of the setting."""
    split: Split[Any] | None = None
    """The folds, such as a fixed held-out part or years of a time series. Default: the kit's own."""

    # Prediction and submission.

    infer: Infer[Any] | None = None
    """Predicts a sample that needs several inputs, such as sliding windows. Default: one example per sample."""
    views: tuple[View, ...] = ()
    """Views that ``--tta`` averages with the plain one."""
    average: Average | None = None
    """Averages one sample's predictions over models. Default: the mean."""
    search: Mapping[str, str] = field(default_factory=dict)
    """What ``kit tune`` searches, by setting: ``{"learning_rate": "1e-4..1e-2", "optimizer": "adamw,sgd"}``."""
    tune: Tune[Any] | None = None
    """Fits values, such as a threshold, on held-out predictions. Default: none."""
    writer: Writer | None = None
    """Predictions to rows. Default for a format of an id and one value: the most probable class for an integer column,
    the last probability for a number column; of an id and K numbers: the K values of the prediction, whole numbers for
    integer columns. Required for any other format."""
    ids: Ids | None = None
    """The ids that a submission must answer. Default: those of the test part."""
    faults: FindFaults | None = None
    """Faults of a submission that only the contest's files show. Default: none."""
    masks: Masks | None = None
    """Images that ``kit predict --masks DIR`` writes. Default: none."""

    # Scoring.

    answers: str = "answers.csv"
    """The name of the answers in a sample's folder: a file, or a folder of tables."""
    truth: Truth | None = None
    """The rows of a perfect submission for labelled samples. Default: the id and the label, or its K values; where K
    columns hold class probabilities, 1 in the column of the class."""
    read_answers: ReadAnswers | None = None
    """Reads the answers. Default: they are a perfect submission and are parsed as one."""
    evaluate: Evaluate | None = None
    """Scores held-out samples. Default: the metric on the writer's rows against the truth's."""
    references: tuple[Reference, ...] = ()
    """Published results, listed in the ranking."""
    kaggle: str = ""
    """The contest's name in its address on Kaggle, such as ``digit-recognizer``, for ``kit submit``."""
    public_fraction: float | None = None
    """Which fraction of the test part the contest's public board is computed on, as the contest declares it."""

    # Audit, card and report.

    classes: tuple[str, ...] = ()
    """Names of classes whose labels are whole numbers: label k is ``classes[k]``, of a binary task 0 and 1. The report
    and the audit show them; a submission never has them. Default: labels are shown as they are."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The contest's files, pattern to meaning, for ``kit show``."""
    external_data: bool = True
    """Whether the contest allows pretrained weights and other data that it does not provide."""
    notes: tuple[str, ...] = ()
    """Lines for the card and the report, such as "Not for clinical use."."""
    requires: Mapping[str, str] = field(default_factory=dict)
    """Modules that the kit does not install by itself, each with what pip installs to bring it:
    ``{"SimpleITK": "contest-kit[lung]"}``. While one is missing, the task is listed with the command to type."""
    audit: Audit | None = None
    """Findings of the task's own, added to the kit's. Default: none."""
    explain: Explain | None = None
    """Maps that show in the report which pixels mattered. Default: none."""
    seen: Seen | None = None
    """A sample as a model sees it, drawn from its map of ``explain``, such as what a spatial transformer passes on.
    Default: the map laid over the picture."""
    figures: Figures | None = None
    """Figures of the task's own for the report. Default: none."""
    picture: Picture | None = None
    """A sample as a picture for the report. Default: ``sample.x`` if it has the shape of one."""

    def __post_init__(self) -> None:
        validate({item.name: getattr(self, item.name) for item in dataclasses.fields(self)})

    def model(self, name: str = "") -> tuple[str, Model]:
        """Return the model of this name, with its name; an empty name stands for the first model."""
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
