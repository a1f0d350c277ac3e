"""Export a run: load its network, compare the exported form with eager mode on real samples, then write the files."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kit import __version__
from kit.contract.config import TrainConfig
from kit.contract.task import Task
from kit.device import choose
from kit.errors import KitError
from kit.export.description import postprocessing, preprocessing, tensor_spec
from kit.export.files import Exported, Format, convert, require_possible, write
from kit.export.names import input_names, output_names
from kit.export.network import chosen_folds, load_network, original
from kit.export.record import Comparison, ExportRecord
from kit.export.samples import Inputs, read_inputs
from kit.interruption import deferred
from kit.models.inputs import as_arrays
from kit.prediction.engines import exportable
from kit.prediction.saved_network import TOLERANCE, compare, eager, first_line, save, silent, single_or_tuple
from kit.runs import Run, load_config
from kit.runs.card import current_versions, now
from kit.runs.opening import refuse_blend

Batch = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Compared:
    """The exported network with what it was compared on: inputs, its outputs for them, and the largest difference."""

    exported: Exported
    inputs: list[Batch]
    outputs: list[Batch]
    difference: float


def export_run(
    task: Task, run: Run, output: Path, *, format: Format = "onnx", folds: str | None = None, data: Path | None = None
) -> ExportRecord:
    """Write the network of a run to a file (ONNX) or a folder (Paddle), with its description beside or in it.

    ``folds`` is the name of one, or ``average`` for all as one network; default: the first. The network is compared on
    samples of ``data``, by default the run's own, before anything is written. Raises KitError for an estimator, for a
    network that does not export, and for one whose exported form differs.
    """
    refuse_blend(run)
    require_possible(output, format)
    config, names = load_config(run, task), chosen_folds(task, run, folds)
    choose("cpu")
    whole = load_network(task, config, run, names)
    read = read_inputs(task, config, data or Path(run.card.data), lambda batch: _eager(whole, batch))
    with deferred(), tempfile.TemporaryDirectory(prefix="kit-") as folder, silent():
        try:
            found = _compared(task, whole, read, Path(folder), format, output.name)
        except KitError:
            raise
        except Exception as error:  # an export fails in as many ways as a network can be written
            raise KitError("the network does not export", found=first_line(error), where=run.path) from error
    record = _describe(task, config, run, names, whole, read, found)
    write(output, found.exported, record)
    return record


def _eager(whole: Any, batch: Any) -> np.ndarray:
    network, arrays = exportable(whole, batch)
    if arrays is None:
        raise KitError("inputs that are nested or many are not exported", expected="at most six arrays")
    with deferred():
        return np.asarray(eager(network, arrays))


def _compared(task: Task, whole: Any, read: Inputs, folder: Path, format: Format, name: str) -> Compared:
    """Export the network and compare it on every batch, and on the first sample alone.

    Raises ValueError if it differs.
    """
    network, first = exportable(whole, read.batches[0])
    batches = [as_arrays(batch) or () for batch in read.batches]
    program, weights = save(network, first or (), folder, input_names(original(whole), read.batches[0]))
    exported = convert(format, program, weights, name, partial(output_names, task))
    outputs, largest = [], 0.0
    for arrays in [*batches, tuple(array[:1] for array in batches[0])]:
        mine = exported.run(arrays)
        largest = max(largest, compare(single_or_tuple(mine), eager(network, arrays)))
        outputs.append(tuple(mine))
    return Compared(exported, batches, outputs[:-1], largest)


def _describe(
    task: Task, config: TrainConfig, run: Run, folds: Sequence[str], whole: Any, read: Inputs, found: Compared
) -> ExportRecord:
    exported, tuned = found.exported, run.summary.tuned
    inputs = tuple(tensor_spec(*pair) for pair in zip(exported.input_names, _columns(found.inputs), strict=True))
    outputs = tuple(tensor_spec(*pair) for pair in zip(exported.output_names, _columns(found.outputs), strict=True))
    return ExportRecord(
        task=task.name,
        title=task.title,
        run=run.name,
        model=config.model,
        folds=tuple(folds),
        format=exported.format,
        files=exported.hashes,
        inputs=inputs,
        outputs=outputs,
        preprocessing=preprocessing(task, config, whole, inputs),
        postprocessing=postprocessing(task, read.samples[0], found.outputs[0][0][0], tuned),
        comparison=Comparison(
            data=read.source,
            samples=sum(len(arrays[0]) for arrays in found.inputs),
            largest_difference=found.difference,
            tolerance=TOLERANCE,
            runtime=exported.runtime,
        ),
        kit=__version__,
        versions=current_versions(),
        opset=exported.opset,
        created=now(),
    )


def _columns(batches: Sequence[Batch]) -> list[list[np.ndarray]]:
    """The arrays of each input or output over all batches."""
    return [list(column) for column in zip(*batches, strict=True)]
