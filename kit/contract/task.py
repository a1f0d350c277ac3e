"""A contest as a ``Task``: frozen, cheap to build and checked when it is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kit.contract.config import TrainConfig
from kit.contract.format import Fault, Format, Row, Table
from kit.contract.model import Forward, Model, Objective, View
from kit.contract.report import Evidence, Figure, Finding
from kit.contract.sample import Part, Sample
from kit.contract.scoring import Answers, Metric, Reference
from kit.errors import PluginError


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
        from kit.contract.validation import check_task  # it names the classes above, so it comes after them

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
