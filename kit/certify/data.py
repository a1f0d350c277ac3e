"""Laws of the data: samples, examples, views and folds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from kit.audit import audit
from kit.certify.context import Bench, Law, need
from kit.contract.sample import PARTS, Sample
from kit.data.folds import folds
from kit.data.loader import read_example
from kit.data.reading import make_sample
from kit.errors import DataError
from kit.files import sha256


def sample_maker_repeats_itself(bench: Bench) -> None:
    """Make the sample again with the same seed and compare every byte."""
    again = bench.work / "again"
    make_sample(bench.task, again, bench.size, 0)
    need(sha256(again) == sha256(bench.data), "the same seed gave other files")


def sample_is_fit_to_train_on(bench: Bench) -> None:
    """Audit the sample; it must hold both parts and the answers."""
    need((bench.data / bench.task.answers).exists(), f"the sample has no {bench.task.answers}")
    errors = [finding for finding in audit(bench.task, bench.data, bench.config) if finding.level == "error"]
    need(not errors, "; ".join(f"{error.kind} ({error.where}): {error.message}" for error in errors))


def reading_twice_gives_the_same(bench: Bench) -> None:
    """Read each part twice and compare ids, inputs, labels, groups and meta."""
    for part in PARTS:
        first, second = bench.samples[part], bench.task.reader(bench.data, part)
        need(len(first) == len(second), f"{part}: {len(first)} samples, then {len(second)}")
        for a, b in zip((first[i] for i in range(len(first))), (second[i] for i in range(len(second))), strict=True):
            for field in dataclasses.fields(Sample):
                same = alike(getattr(a, field.name), getattr(b, field.name))
                need(same, f"{part}: sample {a.id!r} differs in {field.name}")


def examples_depend_on_the_generator_alone(bench: Bench) -> None:
    """Make some examples twice: plain ones must be equal, and augmented ones under equal generators."""
    samples = bench.samples["train"]
    for i in range(min(len(samples), 4)):
        for seed in (None, 5):
            pair = []
            for state in (1, 2):
                np.random.seed(state)  # an example that draws from the global generator shows here
                rng = None if seed is None else np.random.default_rng(seed)
                pair.append(read_example(bench.task, samples[i], rng, bench.config))
            kind = "without a generator" if seed is None else "under the same generator"
            need(alike(*pair), f"sample {samples[i].id!r}: two examples {kind} differ")


def no_group_straddles_a_split(bench: Bench) -> None:
    """Split in two ways and by every scheme that the samples name: groups stay whole, every sample is held out once."""
    samples = bench.samples["train"]
    schemes = {key for i in range(len(samples)) for key, value in samples[i].meta.items() if isinstance(value, str)}
    every: list[int | str] = [1, 2, *sorted(schemes)]
    for scheme in every:
        config = dataclasses.replace(bench.config, folds=scheme, valid_fraction=0.5)
        try:
            split, again = folds(samples, config, bench.task.strata), folds(samples, config, bench.task.strata)
        except DataError:
            if isinstance(scheme, str):
                continue  # a text in meta that is no fold scheme: another for each sample of a group, or one for all
            raise
        for fold, twin in zip(split, again, strict=True):
            need(alike(fold.valid, twin.valid), f"folds={scheme}: the same seed gave other folds")
            inside = {samples[i].group for i in fold.train} & {samples[i].group for i in fold.valid} - {None}
            need(
                not inside,
                f"folds={scheme}: group {next(iter(inside), None)!r} stands in both parts of fold {fold.name}",
            )
        held = np.concatenate([fold.valid for fold in split])
        need(
            scheme == 1 or len(held) == len(set(held.tolist())) == len(samples),
            f"folds={scheme}: not each held out once",
        )


def views_keep_shapes(bench: Bench) -> str | None:
    """Look through every view at a batch: its shape and type stay, and ``undo`` takes it back where there is one."""
    if not bench.task.views:
        return "the task has no views"
    samples = bench.samples["test"]
    examples = [read_example(bench.task, samples[i], None, bench.config)[0] for i in range(min(2, len(samples)))]
    batch = np.stack(examples)
    for view in bench.task.views:
        seen = np.asarray(view.apply(batch.copy()))
        need(seen.shape == batch.shape, f"view {view.name!r} turns {batch.shape} into {seen.shape}")
        need(seen.dtype == batch.dtype, f"view {view.name!r} turns {batch.dtype} into {seen.dtype}")
        if view.undo:
            need(np.allclose(view.undo(seen), batch), f"view {view.name!r}: undo does not take a batch back")
    return None


def alike(a: Any, b: Any) -> bool:
    """Whether two values are equal, arrays, mappings and tuples compared inside; NaN equals NaN."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(alike(a[key], b[key]) for key in a)
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(alike, a, b))
    if dataclasses.is_dataclass(a) and type(a) is type(b):
        return all(alike(getattr(a, item.name), getattr(b, item.name)) for item in dataclasses.fields(a))
    return bool(a == b or (a != a and b != b))


DATA = (
    Law("the sample maker writes the same bytes for the same seed", sample_maker_repeats_itself),
    Law("the sample is fit to train on and has its answers", sample_is_fit_to_train_on),
    Law("reading twice gives identical samples", reading_twice_gives_the_same),
    Law("examples depend on nothing but the generator they are given", examples_depend_on_the_generator_alone),
    Law("no group straddles a split", no_group_straddles_a_split),
    Law("the views keep the shape of a batch", views_keep_shapes),
)
