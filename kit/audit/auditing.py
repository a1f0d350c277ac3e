"""Is this data fit to train on? Everything that is wrong with a contest's files, found before hours of training."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kit.audit.duplicates import same_content
from kit.audit.leaks import find_leaks
from kit.audit.statistics import Facts, Surveyed, listed, survey
from kit.contract.config import TrainConfig
from kit.contract.report import Finding
from kit.contract.sample import PARTS, Part, Sample
from kit.contract.task import Task
from kit.errors import KitError

LEVELS = ("error", "warning", "note")


def audit(task: Task, folder: Path, config: TrainConfig | None = None) -> list[Finding]:
    """Find what makes data unfit to train on (errors), what a user should know (warnings) and their counts (notes).

    Errors come first. Nothing is raised for what is wrong with the data: an unreadable part or sample is a finding.
    """
    config = config or task.config
    findings: list[Finding] = []
    parts: dict[str, Surveyed] = {}
    for part in PARTS:
        samples, broken = _read(task, folder, part)
        findings += broken
        if samples:
            parts[part] = Surveyed(part, samples, survey(task, samples, config, f"audit {part}"))
    for surveyed in parts.values():
        findings += [*_ids(surveyed), *_examples(surveyed, config.skip_bad), *_blank(surveyed)]
    findings += _shapes(task, list(parts.values()))
    train, test = parts.get("train"), parts.get("test")
    if train:
        findings += [*_labels(task, train), *_classes(task, train, config), *same_content(train, test)]
        findings += [*_groups(train, test), *_leaks(task, train, test)]
    findings += _own(task, folder) if task.audit else []
    findings += [_count(surveyed) for surveyed in parts.values()]
    return sorted(findings, key=lambda finding: LEVELS.index(finding.level))


def _read(task: Task, folder: Path, part: Part) -> tuple[list[Sample], list[Finding]]:
    try:
        found = task.reader(folder, part)
        samples = [found[i] for i in range(len(found))]
    except KitError as error:
        remedy = str(error.parts["to do"] or f"kit show {task.name} lists the files that are expected")
        message = "; ".join(line.strip() for line in str(error).splitlines() if "to do:" not in line)
        return [], [Finding("error", "unreadable part", part, message, remedy)]
    except Exception as error:  # a reader meets whatever a download can look like: say it, and audit the other part
        frame = traceback.extract_tb(error.__traceback__)[-1]
        message = f"the reader stopped with {type(error).__name__}: {error} ({frame.filename}:{frame.lineno})"
        remedy = f"kit show {task.name} lists the files that are expected"
        return [], [Finding("error", "unreadable part", part, message, remedy)]
    if not samples:
        return [], [Finding("error", "empty part", part, "there is no sample", "download the contest's files again")]
    return samples, []


def _ids(surveyed: Surveyed) -> Iterator[Finding]:
    counts = Counter(sample.id for sample in surveyed.samples)
    twice = [id for id, count in counts.items() if count > 1]
    if twice:
        message = f"{len(twice):,} ids stand for several samples: {listed(twice)}"
        yield Finding("error", "repeated id", surveyed.part, message, "each sample needs an id of its own")


def _examples(surveyed: Surveyed, skip_bad: int) -> Iterator[Finding]:
    broken = [facts for facts in surveyed.facts if not facts.readable]
    if broken:
        lines = listed([f"{facts.id} ({facts.error})" for facts in broken])
        remedy = "download these files again" + ("; or train with --skip-bad N" if surveyed.part == "train" else "")
        passed_over = surveyed.part == "train" and len(broken) <= skip_bad
        level: Literal["error", "warning"] = "warning" if passed_over else "error"
        yield Finding(level, "unreadable sample", surveyed.part, f"{len(broken):,} cannot be read: {lines}", remedy)
    wild = [facts.id for facts in surveyed.readable if not facts.finite]
    if wild:
        message = f"{len(wild):,} inputs hold NaN or infinity: {listed(wild)}"
        yield Finding("error", "non-finite input", surveyed.part, message, "repair or leave out these samples")


def _blank(surveyed: Surveyed) -> Iterator[Finding]:
    blank = [facts.id for facts in surveyed.readable if facts.low == facts.high and np.prod(facts.shape) > 1]
    if blank:
        message = f"{len(blank):,} inputs hold one value only: {listed(blank)}"
        yield Finding("warning", "blank input", surveyed.part, message, "look at these samples")


def _shapes(task: Task, parts: Sequence[Surveyed]) -> Iterator[Finding]:
    shapes = Counter(facts.shape for surveyed in parts for facts in surveyed.readable)
    if len(shapes) > 1:
        usual = shapes.most_common(1)[0][0]
        odd = [f"{s.part} {f.id} {f.shape}" for s in parts for f in s.readable if f.shape != usual]
        message = f"{len(odd):,} inputs differ in shape from the usual {usual}: {listed(odd)}"
        remedy = "a batch needs inputs of one shape: let the reader or example resize or crop"
        yield Finding("note" if task.infer else "error", "input shape", "train and test", message, remedy)
    types = Counter(facts.dtype for surveyed in parts for facts in surveyed.readable)
    if len(types) > 1:
        message = "inputs differ in type: " + ", ".join(
            f"{np.dtype(name)} ({count:,})" for name, count in types.most_common()
        )
        yield Finding("warning", "input type", "train and test", message, "let the reader give one type")


def _label(sample: Sample, facts: Facts) -> Any:
    return facts.label if sample.y is None else sample.y


def _labels(task: Task, train: Surveyed) -> Iterator[Finding]:
    pairs = [(sample, facts) for sample, facts in zip(train.samples, train.facts, strict=True) if facts.readable]
    missing = [sample.id for sample, facts in pairs if _label(sample, facts) is None]
    if missing:
        message = f"{len(missing):,} samples have no label: {listed(missing)}"
        yield Finding("error", "missing label", "train", message, "the training part needs a label for each sample")
    nan = [sample.id for sample, facts in pairs if _is_nan(sample.y) or _is_nan(facts.label)]
    if nan:
        message = f"{len(nan):,} labels are NaN or infinite: {listed(nan)}"
        yield Finding("error", "non-finite label", "train", message, "repair or leave out these samples")
    whole = [(sample.id, int(sample.y)) for sample, _ in pairs if isinstance(sample.y, int | np.integer)]
    below = [f"{id} ({label})" for id, label in whole if label < 0]
    if below and isinstance(task.objective, str):
        message = f"{len(below):,} class labels are below 0: {listed(below)}"
        yield Finding("error", "label range", "train", message, "classes count from 0")


def _is_nan(label: Any) -> bool:
    return isinstance(label, float | np.floating) and not np.isfinite(label)


def class_of(task: Task) -> Callable[[Sample], Hashable | None]:
    """How to tell a sample's class: the task's strata, or a label that is a whole number or text; None: it has none."""

    def plain(sample: Sample) -> Hashable | None:
        return (
            sample.y if isinstance(sample.y, str) else int(sample.y) if isinstance(sample.y, int | np.integer) else None
        )

    return task.strata or plain


def _classes(task: Task, train: Surveyed, config: TrainConfig) -> Iterator[Finding]:
    of = class_of(task)
    counts = Counter(of(sample) for sample in train.samples)
    if None in counts or len(counts) > max(50, len(train.samples) // 4):
        return
    names = sorted(counts, key=str)
    table = ", ".join(f"{name}: {counts[name]:,}" for name in names[:50])
    yield Finding("note", "class counts", "train", f"{len(counts)} classes; {table}")
    if len(counts) == 1:
        yield Finding("error", "one class", "train", f"every label is {names[0]!r}", "there is nothing to learn")
        return
    folds = config.folds if isinstance(config.folds, int) else 2
    parts = folds if folds > 1 else max(2, round(1 / config.valid_fraction))
    rare = [f"{name} ({counts[name]})" for name in names if counts[name] < parts]
    if rare:
        message = f"classes with fewer samples than the {parts} folds: {listed(rare)}"
        yield Finding("warning", "rare class", "train", message, "some held-out parts will lack them: use fewer folds")
    ratio = max(counts.values()) / min(counts.values())
    if ratio >= 10:
        message = f"the commonest class has {ratio:,.0f} times the samples of the rarest"
        yield Finding("note", "imbalance", "train", message, "look at each class's score, not at accuracy alone")
    whole = [name for name in names if isinstance(name, int)]
    gaps = sorted(set(range(max(whole))) - set(whole)) if len(whole) == len(names) and min(whole) >= 0 else []
    if gaps and not task.strata:
        message = f"classes without any sample: {listed(gaps)}"
        yield Finding("warning", "absent class", "train", message, "a model cannot learn what it never sees")


def _groups(train: Surveyed, test: Surveyed | None) -> Iterator[Finding]:
    sizes = Counter(sample.group for sample in train.samples if sample.group is not None)
    if not sizes:
        return
    message = f"{len(sizes):,} groups of up to {max(sizes.values()):,} samples; folds keep each whole"
    yield Finding("note", "groups", "train", message)
    shared = sorted(sizes.keys() & {sample.group for sample in test.samples if sample.group}) if test else []
    if shared:
        message = f"{len(shared):,} groups stand in both parts: {listed(shared)}"
        yield Finding("warning", "shared group", "train and test", message, "the test part is not independent")


def _leaks(task: Task, train: Surveyed, test: Surveyed | None) -> list[Finding]:
    of = class_of(task)
    kept = [(s, f, of(s)) for s, f in zip(train.samples, train.facts, strict=True) if f.readable]
    if len(kept) < 20 or any(label is None for _, _, label in kept):
        return []
    samples, facts, labels = zip(*kept, strict=True)
    return find_leaks(samples, facts, test.samples if test else (), test.facts if test else (), labels)


def _own(task: Task, folder: Path) -> list[Finding]:
    assert task.audit is not None
    try:
        return list(task.audit(folder))
    except KitError as error:
        return [Finding("error", "unreadable", str(folder), str(error))]


def _count(surveyed: Surveyed) -> Finding:
    shapes = Counter((facts.shape, facts.dtype) for facts in surveyed.readable).most_common(1)
    usual = f"; inputs {shapes[0][0][0]} {np.dtype(shapes[0][0][1])}" if shapes else ""
    return Finding("note", "samples", surveyed.part, f"{len(surveyed.samples):,} samples{usual}")
