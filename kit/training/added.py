"""Samples added to the training part of every fold, never to what is held out: pseudo-labels, external data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kit.contract.config import TrainConfig
from kit.contract.model import Objective
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data import Fold
from kit.data.contents import repeated
from kit.data.contest import ContestData
from kit.data.visible import visible_folder
from kit.errors import DataError, KitError
from kit.prediction import store
from kit.runs import Run, find
from kit.runs.inputs import samples_digest
from kit.runs.opening import blend_method
from kit.runs.records import AddedPart

ALSO_TRAINED = "also in the training part"


@dataclass(frozen=True)
class Added:
    """The samples of one source, and what the run records of them."""

    part: AddedPart
    samples: Sequence[Sample]


def added_samples(contest: ContestData) -> list[Added]:
    """The pseudo-labelled and the external samples that the configuration asks for."""
    return [*_pseudo(contest), *_extra(contest)]


def with_added(fold: Fold, samples: Sequence[Sample], count: int) -> Fold:
    """A fold of the first ``count`` samples that also trains on the rest.

    Samples of a group that the fold holds out stay away.
    """
    held = {samples[i].group for i in fold.valid} - {None}
    more = [i for i in range(count, len(samples)) if samples[i].group not in held]
    return replace(fold, train=np.concatenate([fold.train, np.array(more, np.int64)]))


def _pseudo(contest: ContestData) -> Iterator[Added]:
    """Test samples with the labels that a run predicts for them, those it is sure of."""
    config, task = contest.config, contest.task
    if not config.pseudo:
        return
    run, known = find(config.pseudo), contest.samples("train")
    predicted = _test_predictions(task, run)
    if blend_method(run) == "rank":
        raise KitError("the blend predicts ranks, which say nothing of how sure it is", where=run.path)
    if run.card.samples not in (None, samples_digest(known)):
        raise KitError("the run of the pseudo-labels was trained on other data", where=run.path)
    tests = {sample.id: sample for sample in contest.samples("test")}
    unknown = [name for name in predicted.ids if name not in tests]
    if unknown:
        raise DataError("the run of the pseudo-labels predicted another test part", found=unknown[0], where=run.path)
    ids, samples = {sample.id for sample in known}, []
    copies = dict(zip(tests, repeated(known, list(tests.values())), strict=True))
    for name, value in zip(predicted.ids, predicted.values, strict=True):
        label, confidence = pseudo_label(task, config, value, known[0].y)
        if confidence >= config.confidence and not copies[name]:
            new = f"pseudo {name}" if name in ids else name
            samples.append(replace(tests[name], id=new, y=label))
    left_out = len(predicted.ids) - len(samples)
    reason = f"confidence below {config.confidence:g}" + (f", or {ALSO_TRAINED}" if any(copies.values()) else "")
    yield Added(_part("pseudo", run.name, samples, left_out, reason), samples)


def _test_predictions(task: Task, run: Run) -> store.Predictions:
    predicted = store.read(run.predictions, "test")
    if predicted is None:
        raise KitError("the run has no predictions of the test part", where=run.path, remedy=f"kit predict {run.name}")
    if task.name != run.task_name:
        raise KitError("the pseudo-labels are of another task", expected=task.name, found=run.task_name)
    return predicted


def pseudo_label(task: Task, config: TrainConfig, value: np.ndarray, like: Any) -> tuple[Any, float]:
    """The label that a prediction stands for, of the type of ``like``, and how sure it is, from 0 to 1.

    The confidence is the probability of the most probable class, the least of those for several labels, and 1 for a
    number. Raises KitError for a task with an objective of its own.
    """
    soft = config.pseudo_labels == "soft"
    if isinstance(task.objective, Objective):
        raise KitError("a task with an objective of its own has no pseudo-labels", where=task.name)
    if task.objective == "regression":
        return _typed(value, like), 1.0
    if task.objective == "classification":
        label = np.asarray(value, np.float32) if soft else type(like)(int(np.argmax(value)))
        return label, float(np.max(value))
    sure = float(np.maximum(value, 1 - value).min())
    chosen = np.asarray(value, np.float32) if soft else (np.asarray(value) > 0.5).astype(np.float32)
    return _typed(chosen, like, soft=soft), sure


def _typed(value: np.ndarray, like: Any, *, soft: bool = True) -> Any:
    """A label as the task writes its own: a number, or an array of one shape."""
    if np.ndim(like) == 0:
        number = float(np.asarray(value).reshape(-1)[0])
        return number if soft else type(like)(number)
    return np.asarray(value, np.asarray(like).dtype if not soft else np.float32).reshape(np.shape(like))


def _extra(contest: ContestData) -> Iterator[Added]:
    """Labelled samples of another folder of the same layout, without those that the training part has already."""
    folder = Path(contest.config.extra)
    if not contest.config.extra:
        return
    if not folder.is_dir():
        raise KitError("there is no such data", found=folder, where="--extra")
    found, samples = contest.task.reader(visible_folder(contest.task, folder), "train"), []
    copies = repeated(contest.samples("train"), found)
    for sample, copied in zip(found, copies, strict=True):
        if sample.y is None:
            raise DataError("an extra sample has no label", found=sample.id, where=folder)
        if not copied:
            group = None if sample.group is None else f"extra {sample.group}"
            samples.append(replace(sample, id=f"extra {sample.id}", group=group))
    yield Added(_part("extra", str(folder.resolve()), samples, sum(copies), ALSO_TRAINED), samples)


def _part(kind: Any, source: str, samples: Sequence[Sample], left_out: int, reason: str) -> AddedPart:
    if not samples:
        raise KitError(f"no sample is left to add ({kind})", found=f"{left_out:,} left out: {reason}", where=source)
    classes = Counter(_class(sample.y) for sample in samples)
    counts = dict(sorted(classes.items())) if len(classes) <= 1000 else {}
    digest = samples_digest(samples)
    return AddedPart(
        kind=kind, source=source, samples=len(samples), classes=counts, left_out=left_out, reason=reason, digest=digest
    )


def _class(label: Any) -> str:
    """The class of a label, of a soft one the most probable; empty for what has none."""
    if isinstance(label, int | np.integer | str):
        return str(label)
    if isinstance(label, np.ndarray) and label.ndim == 1 and abs(float(label.sum()) - 1) < 1e-3:
        return str(int(label.argmax()))
    return str(round(label)) if isinstance(label, float) and 0 <= label <= 1 else ""
