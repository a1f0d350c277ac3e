"""Laws of the data: sample maker, reader, examples, folds and views."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from kit.auditing import audit
from kit.certify.context import Context, Law, require
from kit.contract.sample import PARTS, Sample
from kit.data.folds import folds
from kit.data.inputs import is_row, leaves, stack
from kit.data.reading import read_example
from kit.data.sample_folder import make_sample
from kit.errors import DataError
from kit.files import sha256

NO_SAMPLE = "the laws are tested on the contest's files"


def sample_maker_is_deterministic(context: Context) -> str | None:
    """Make the sample again with the same seed and compare every byte."""
    if not context.is_sample:
        return NO_SAMPLE
    again = context.work / "again"
    make_sample(context.task, again, context.size, 0)
    require(sha256(again) == sha256(context.data), "the same seed gave different files")
    return None


def sample_passes_the_audit(context: Context) -> None:
    """Audit the data; a sample must contain both parts and the answers."""
    require(
        not context.is_sample or (context.data / context.task.answers).exists(),
        f"the sample has no {context.task.answers}",
    )
    errors = [finding for finding in audit(context.task, context.data, context.config) if finding.level == "error"]
    require(not errors, "; ".join(f"{error.kind} ({error.where}): {error.message}" for error in errors))


def reading_is_deterministic(context: Context) -> None:
    """Read each part twice and compare ids, inputs, labels, groups and meta."""
    for part in PARTS:
        first, second = context.samples[part], context.task.reader(context.data, part)
        require(len(first) == len(second), f"{part}: {len(first)} samples, then {len(second)}")
        for a, b in zip((first[i] for i in range(len(first))), (second[i] for i in range(len(second))), strict=True):
            for field in dataclasses.fields(Sample):
                same = alike(getattr(a, field.name), getattr(b, field.name))
                require(same, f"{part}: sample {a.id!r} differs in {field.name}")


def examples_depend_only_on_the_generator(context: Context) -> None:
    """Make some examples twice: those without augmentation must be equal, and those with equal generators."""
    samples = context.samples["train"]
    for i in range(min(len(samples), 4)):
        for seed in (None, 5):
            pair = []
            for state in (1, 2):
                np.random.seed(state)  # makes an example that draws from the global generator differ
                rng = None if seed is None else np.random.default_rng(seed)
                pair.append(read_example(context.task, samples[i], rng, context.config))
            kind = "without a generator" if seed is None else "under the same generator"
            require(alike(*pair), f"sample {samples[i].id!r}: two examples {kind} differ")


def no_group_straddles_a_split(context: Context) -> None:
    """Split into one fold, two folds and by every scheme in ``meta``: no group divided, each sample held out once.

    Samples without the scheme's key in ``meta`` are not held out.
    """
    samples = context.samples["train"]
    schemes = {key for i in range(len(samples)) for key, value in samples[i].meta.items() if isinstance(value, str)}
    candidates: list[int | str] = [1, 2, *sorted(schemes)]
    for scheme in candidates:
        config = dataclasses.replace(context.config, folds=scheme, valid_fraction=0.5)
        try:
            split, again = (folds(samples, config, context.task.strata, context.task.split) for _ in range(2))
        except DataError:
            if isinstance(scheme, str):
                continue  # this text in meta is not a fold scheme: it differs within a group, or is the same for all
            raise
        for fold, repeated in zip(split, again, strict=True):
            require(alike(fold.valid, repeated.valid), f"folds={scheme}: the same seed gave different folds")
            inside = {samples[i].group for i in fold.train} & {samples[i].group for i in fold.valid} - {None}
            require(
                not inside,
                f"folds={scheme}: group {next(iter(inside), None)!r} is in both parts of fold {fold.name}",
            )
        held = np.concatenate([fold.valid for fold in split])
        expected = sum(not isinstance(scheme, str) or scheme in samples[i].meta for i in range(len(samples)))
        some = scheme == 1 or (context.task.split is not None and not isinstance(scheme, str))
        once = len(held) == len(set(held.tolist()))
        require(once and (some or len(held) == expected), f"folds={scheme}: not every sample is held out once")


def views_keep_shapes(context: Context) -> str | None:
    """Apply every view to a batch: shape and type stay, and ``undo``, where given, restores the batch."""
    if not context.task.views:
        return "the task has no views"
    samples = context.samples["test"]
    examples = [read_example(context.task, samples[i], None, context.config)[0] for i in range(min(2, len(samples)))]
    batch = stack(examples)
    for view in context.task.views:
        pairs = zip(_kinds(batch), _kinds(view.apply(copy.deepcopy(batch))), strict=True)
        for before, after in pairs:
            require(before == after, f"view {view.name!r} turns {before} into {after}")
        if view.undo and isinstance(batch, np.ndarray):
            seen = view.apply(batch.copy())
            require(np.allclose(view.undo(seen), batch), f"view {view.name!r}: undo does not restore the batch")
    return None


def _kinds(batch: Any) -> tuple[str, str]:
    """The shapes and the types of the arrays of a batch, in words."""
    parts = [(name, np.shape(part), str(np.asarray(part).dtype)) for name, part in leaves(batch)]
    shapes = [f"{name} {shape}".strip() for name, shape, _ in parts]
    return ", ".join(shapes), ", ".join(f"{name} {kind}".strip() for name, _, kind in parts)


def alike(a: Any, b: Any) -> bool:
    """Return whether two values are equal, comparing inside arrays, mappings and tuples; NaN equals NaN."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    if is_row(a) and is_row(b):
        return bool(a.equals(b))
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(alike(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(alike, a, b))
    if dataclasses.is_dataclass(a) and type(a) is type(b):
        return all(alike(getattr(a, item.name), getattr(b, item.name)) for item in dataclasses.fields(a))
    return bool(a == b or (a != a and b != b))


DATA = (
    Law("the sample maker writes the same bytes for the same seed", sample_maker_is_deterministic),
    Law("the sample passes the audit and has its answers", sample_passes_the_audit),
    Law("reading twice gives identical samples", reading_is_deterministic),
    Law("examples depend only on the generator they receive", examples_depend_only_on_the_generator),
    Law("no group is divided by a split", no_group_straddles_a_split),
    Law("the views keep the shape of a batch", views_keep_shapes),
)
