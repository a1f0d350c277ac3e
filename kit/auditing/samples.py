"""Findings about the samples of a part: repeated ids, unreadable, non-finite and blank inputs, shapes and types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from kit.auditing.statistics import PartStatistics
from kit.contract.report import Finding
from kit.contract.task import Task
from kit.wording import counted, listed


def id_findings(part: PartStatistics) -> Iterator[Finding]:
    """Ids that several samples of a part have in common."""
    counts = Counter(sample.id for sample in part.samples)
    repeated = [id for id, count in counts.items() if count > 1]
    if repeated:
        message = f"{counted(len(repeated), 'id')} used by more than one sample: {listed(repeated)}"
        yield Finding("error", "repeated id", part.part, message, "give each sample an id of its own")


def example_findings(part: PartStatistics, skip_bad: int) -> Iterator[Finding]:
    """Inputs that cannot be read, that hold NaN or infinity, or that hold a single value.

    Up to ``skip_bad`` unreadable training samples are a warning, as training will pass over them.
    """
    unreadable = [found for found in part.statistics if not found.readable]
    if unreadable:
        reasons = listed([f"{found.id} ({found.error})" for found in unreadable])
        message = f"{counted(len(unreadable), 'sample')} cannot be read: {reasons}"
        training = part.part == "train"
        remedies = list(dict.fromkeys(found.remedy for found in unreadable if found.remedy))
        remedy = "; ".join(remedies[:2]) or "repair these files, or download them again if they are damaged"
        remedy += " (train --skip-bad N leaves out up to N)" if training else ""
        level: Literal["error", "warning"] = "warning" if training and len(unreadable) <= skip_bad else "error"
        yield Finding(level, "unreadable sample", part.part, message, remedy)
    non_finite = [found.id for found in part.readable if not found.finite]
    if non_finite:
        message = f"{counted(len(non_finite), 'input')} with NaN or infinity: {listed(non_finite)}"
        yield Finding("error", "non-finite input", part.part, message, "repair or leave out these samples")
    blank = [found.id for found in part.readable if found.low == found.high and found.size > 1]
    if blank:
        message = f"{counted(len(blank), 'input')} with one value only: {listed(blank)}"
        yield Finding("warning", "blank input", part.part, message, "look at these samples")


def shape_findings(task: Task, parts: Sequence[PartStatistics]) -> Iterator[Finding]:
    """Inputs whose shape is not the most common one, and inputs of several types.

    Different shapes are only a note where the task has an ``infer`` of its own, such as a sliding window.
    """
    shapes = Counter(found.shape for part in parts for found in part.readable)
    if len(shapes) > 1:
        usual = shapes.most_common(1)[0][0]
        inputs = [(part.part, found) for part in parts for found in part.readable]
        odd = [f"{name} {found.id} {found.shape}" for name, found in inputs if found.shape != usual]
        message = f"{counted(len(odd), 'input')} of another shape than the usual {usual}: {listed(odd)}"
        remedy = "a batch needs inputs of one shape: let the reader or example resize or crop"
        yield Finding("note" if task.infer else "error", "input shape", "train and test", message, remedy)
    types = Counter(found.dtype for part in parts for found in part.readable)
    if len(types) > 1:
        names = ", ".join(f"{name} ({count:,})" for name, count in types.most_common())
        message = f"inputs differ in type: {names}"
        yield Finding("warning", "input type", "train and test", message, "let the reader return one type")


def count_finding(part: PartStatistics) -> Finding:
    """How many samples a part has, and their most common shape and type."""
    shapes = Counter((found.shape, found.dtype) for found in part.readable).most_common(1)
    usual = f"; inputs {shapes[0][0][0]} {shapes[0][0][1]}" if shapes else ""
    return Finding("note", "samples", part.part, f"{counted(len(part.samples), 'sample')}{usual}")
