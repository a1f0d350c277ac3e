"""The functions that a plugin author writes, each with its parameters, what it returns and when it is called.

The kit passes every argument by position, so a plugin may name its parameters as it likes. Where a function takes the
configuration, the protocol is generic in it: annotate the parameter with the plugin's own subclass of ``TrainConfig``.
The functions of a :class:`~kit.contract.format.Format` stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from kit.contract.answers import Answers
from kit.contract.config import TrainConfig
from kit.contract.format import Fault, Row, Table
from kit.contract.report import Evidence, Figure, Finding
from kit.contract.sample import Part, Sample

ConfigT = TypeVar("ConfigT", bound=TrainConfig, contravariant=True)

# Required of every task.


class Reader(Protocol):
    """Read one part of the contest's files, ``"train"`` or ``"test"``.

    Return the samples: a list, or anything with ``len`` and ``[]``. Raise ``DataError`` for a file that is missing or
    not as expected.
    """

    def __call__(self, folder: Path, part: Part, /) -> Sequence[Sample]: ...


class SampleMaker(Protocol):
    """Write a small data set in the contest's own layout into an empty folder.

    It holds ``size`` training samples, a quarter as many test samples, and the answers. The same size and seed give the
    same bytes.
    """

    def __call__(self, folder: Path, size: int, seed: int, /) -> None: ...


class Build(Protocol[ConfigT]):
    """Build a model for a configuration: a ``paddle.nn.Layer`` or an :class:`~kit.contract.model.Estimator`."""

    def __call__(self, config: ConfigT, /) -> Any: ...


class Initialize(Protocol[ConfigT]):
    """Fit the first weights of a network that was just built, in place.

    ``batches`` yields the training part once, without augmentation: objects with the inputs ``x`` and the labels ``y``.
    ``groups`` holds the samples' groups in the same order.
    """

    def __call__(
        self, layer: Any, batches: Iterable[Any], groups: Sequence[str | None], config: ConfigT, /
    ) -> None: ...


class Loss(Protocol[ConfigT]):
    """Compute the loss of a batch: a scalar tensor.

    ``outputs`` are what the layer returned, ``y`` the batch's labels as a tensor (N, ...).
    """

    def __call__(self, outputs: Any, y: Any, config: ConfigT, /) -> Any: ...


class Activation(Protocol):
    """Turn the layer's outputs for a batch into predictions: a tensor whose first axis is the batch."""

    def __call__(self, outputs: Any, /) -> Any: ...


class MetricFunction(Protocol):
    """Compute the contest's score from what ``Prepare`` returned."""

    def __call__(self, y_true: Any, y_pred: Any, /) -> float: ...


# Training.


class Example(Protocol[ConfigT]):
    """Turn a sample into a model's input and label, both arrays.

    An input may also be a text or a row of a pandas table, for estimators, or a tuple or a dictionary of inputs. A
    network gets a tuple by position, a dictionary by the names of ``forward``'s parameters.
    ``rng`` is a generator for augmentation in training and None otherwise: nothing may be random then. Raise
    ``SampleError`` for a sample that cannot be read.
    """

    def __call__(self, sample: Sample, rng: np.random.Generator | None, config: ConfigT, /) -> tuple[Any, Any]: ...


class Sampler(Protocol[ConfigT]):
    """Choose what an epoch shows: positions in ``samples``, in order, repeats allowed."""

    def __call__(self, samples: Sequence[Sample], rng: np.random.Generator, config: ConfigT, /) -> Sequence[int]: ...


class Strata(Protocol):
    """Return the class of a sample by which folds are stratified: any hashable value."""

    def __call__(self, sample: Sample, /) -> Any: ...


class Split(Protocol[ConfigT]):
    """Split the training part: ``(name, train, valid)`` for each fold, with the positions of its samples.

    ``valid`` is held out and ``train`` learned from. A sample may be in neither, or in ``train`` alone of every fold;
    it is held out at most once. ``config.folds`` is how many folds the user asked for, where that is a choice.
    """

    def __call__(
        self, samples: Sequence[Sample], config: ConfigT, /
    ) -> Iterable[tuple[str, Sequence[int], Sequence[int]]]: ...


# Prediction.


class Forward(Protocol):
    """Predict a batch: inputs (N, ...), or a tuple or a dictionary of them, to activated predictions (N, ...)."""

    def __call__(self, batch: Any, /) -> np.ndarray: ...


class Infer(Protocol[ConfigT]):
    """Predict one sample with any number of calls of ``forward``, for instance with sliding windows."""

    def __call__(self, forward: Forward, sample: Sample, config: ConfigT, /) -> np.ndarray: ...


class BatchFunction(Protocol):
    """Transform a batch of inputs or of predictions, (N, ...) to (N, ...); several inputs come and go together."""

    def __call__(self, batch: Any, /) -> Any: ...


class Average(Protocol):
    """Average the predictions that several models made for one sample."""

    def __call__(self, predictions: Sequence[np.ndarray], /) -> np.ndarray: ...


class Tune(Protocol[ConfigT]):
    """Fit values on held-out predictions, for instance a threshold. They are kept as JSON and passed to the writer."""

    def __call__(
        self, samples: Sequence[Sample], predictions: Sequence[np.ndarray], config: ConfigT, /
    ) -> Mapping[str, Any]: ...


class Writer(Protocol):
    """Turn predictions into the rows of a submission, each with a cell for every column of the format.

    ``tuned`` is what ``Tune`` returned, empty for a task without it.
    """

    def __call__(
        self, samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any], /
    ) -> Iterable[Row]: ...


class Ids(Protocol):
    """Return the ids that a submission must answer, in the contest's order."""

    def __call__(self, folder: Path, /) -> Sequence[str]: ...


class FindFaults(Protocol):
    """Find the faults of a well-formed submission that only the contest's files show, such as a mask beyond its image.

    Called by ``kit check --data``.
    """

    def __call__(self, folder: Path, table: Table, /) -> Iterable[Fault]: ...


class Masks(Protocol):
    """Yield the name and the image (uint8) of every file that ``kit predict --masks DIR`` writes."""

    def __call__(
        self, samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any], /
    ) -> Iterator[tuple[str, np.ndarray]]: ...


# Scoring.


class Truth(Protocol):
    """Return the rows of a perfect submission for labelled samples."""

    def __call__(self, samples: Sequence[Sample], /) -> Iterable[Row]: ...


class ReadAnswers(Protocol):
    """Read the answers, a file or a folder of tables."""

    def __call__(self, path: Path, /) -> Answers: ...


class Evaluate(Protocol):
    """Score held-out samples: the score, and further figures by name."""

    def __call__(
        self, samples: Sequence[Sample], predictions: Sequence[np.ndarray], tuned: Mapping[str, Any], /
    ) -> tuple[float, Mapping[str, Any]]: ...


class Prepare(Protocol):
    """Make ``(y_true, y_pred)`` for the metric from ``Answers.truth`` and a parsed submission.

    The first axis of both follows ``Answers.ids`` (rows, images or scans), so that the bootstrap and the
    public/private split can take a subset.
    """

    def __call__(self, truth: Any, guess: Table, /) -> tuple[Any, Any]: ...


class Details(Protocol):
    """Return further figures by name, for ``kit score --json`` and the report."""

    def __call__(self, y_true: Any, y_pred: Any, /) -> Mapping[str, Any]: ...


class Bootstrap(Protocol):
    """Return the metric on ``rounds`` resamples of the first axis, shape (rounds,)."""

    def __call__(self, y_true: Any, y_pred: Any, rounds: int, rng: np.random.Generator, /) -> np.ndarray: ...


# Audit and report.


class Audit(Protocol):
    """Yield what is wrong or remarkable in the contest's files."""

    def __call__(self, folder: Path, /) -> Iterable[Finding]: ...


class Explain(Protocol):
    """Return a map (H, W) for each input of a batch, shape (N, H, W), such as a class activation map.

    Arrays of another number of axes are not drawn over the pictures; they are kept for the task's own figures, and for
    ``Seen``.
    """

    def __call__(self, layer: Any, batch: Any, /) -> np.ndarray: ...


class Seen(Protocol):
    """Return a sample as a model sees it, from its map of ``Explain``: uint8 (H, W) or (H, W, 3); None: as it is.

    For instance what a spatial transformer passes on. The picture stands below the sample's own.
    """

    def __call__(self, sample: Sample, found: np.ndarray, /) -> np.ndarray | None: ...


class Figures(Protocol):
    """Yield the task's own figures for a report."""

    def __call__(self, evidence: Evidence, /) -> Iterable[Figure]: ...


class Picture(Protocol):
    """Return a sample as a picture, uint8 (H, W) or (H, W, 3) in RGB, or None if there is none."""

    def __call__(self, sample: Sample, /) -> np.ndarray | None: ...
