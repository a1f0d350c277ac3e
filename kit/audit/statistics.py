"""Look at every sample of a part once and keep what an audit needs to know of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kit.console import progress
from kit.contract.config import TrainConfig
from kit.contract.sample import Part, Sample
from kit.contract.task import Task
from kit.data.loader import Item, Loader, plain_items, read_example
from kit.errors import SampleError

SHOWN = 5  # ids or pairs named in one finding
CHUNK = 256  # samples that a reader process looks at before it answers


@dataclass(frozen=True)
class Facts:
    """What one sample's example is like. ``error`` says why it cannot be read; then the rest is empty.

    ``shape`` and ``dtype`` (``<f4``) are the input's; ``low`` and ``high`` its extremes, NaN where it holds one;
    ``label`` is the example's; ``digest`` identifies the input's bytes; ``file_bytes`` and ``image_size`` (width,
    height) are those of the sample's own file.
    """

    id: str
    error: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = ""
    low: float = 0.0
    high: float = 0.0
    label: Any = field(default=None, compare=False)
    digest: bytes = b""
    file_bytes: int | None = None
    image_size: tuple[int, int] | None = None

    @property
    def readable(self) -> bool:
        """Whether the example could be made."""
        return not self.error

    @property
    def finite(self) -> bool:
        """Whether every value is a finite number."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


@dataclass(frozen=True)
class Surveyed:
    """A part of the data: its samples and what each is like."""

    part: Part
    samples: Sequence[Sample]
    facts: Sequence[Facts]

    @property
    def readable(self) -> list[Facts]:
        """Facts of the samples that could be read."""
        return [facts for facts in self.facts if facts.readable]


def survey(task: Task, samples: Sequence[Sample], config: TrainConfig, label: str) -> list[Facts]:
    """Facts of every sample in order, by reader processes where that pays, with progress under this label."""
    items = plain_items(range(len(samples)))
    found: list[Facts] = []
    with Loader(task, samples, config) as loader, progress(label, len(items), "samples") as advance:
        for part in loader.each(look, [items[i : i + CHUNK] for i in range(0, len(items), CHUNK)]):
            found += part
            advance(len(part))
    return found


def look(state: tuple[Task, Sequence[Sample], TrainConfig], items: Sequence[Item]) -> list[Facts]:
    """Facts of some samples; one that cannot be read says why and stops nothing."""
    task, samples, config = state
    return [_facts(task, samples[item.position], config) for item in items]


def _facts(task: Task, sample: Sample, config: TrainConfig) -> Facts:
    try:
        x, y = read_example(task, sample, None, config)
    except SampleError as error:
        return Facts(sample.id, error=_reason(error))
    x = np.asarray(x)
    if x.dtype.kind not in "biuf" or not x.size:
        return Facts(sample.id, error=f"expected an array of numbers, found shape {x.shape} of {x.dtype}")
    size, image = _file_facts(sample.x)
    low, high = float(x.min()), float(x.max())
    # Arrays as labels (masks) would be carried between processes only to be looked at for NaN.
    label = y if not isinstance(y, tuple) and np.ndim(y) == 0 else _has_nan(y)
    return Facts(sample.id, "", x.shape, x.dtype.str, low, high, label, _digest(x, size), size, image)


def _reason(error: SampleError) -> str:
    return str(error.parts["found"] or error.message)


def _has_nan(label: Any) -> float:
    """NaN where a label of many values holds one, else 0."""
    if isinstance(label, tuple | list):
        return float(np.sum([_has_nan(part) for part in label]))
    values = np.asarray(label)
    return float("nan") if values.dtype.kind == "f" and not np.isfinite(values).all() else 0.0


def _digest(x: np.ndarray, file_bytes: int | None) -> bytes:
    """Identify an input. The file's size keeps apart different files that a crop makes alike, such as blank corners."""
    digest = hashlib.blake2b(f"{x.dtype.str} {x.shape} {file_bytes}".encode(), digest_size=16)
    digest.update(np.ascontiguousarray(x).data)
    return digest.digest()


def _file_facts(x: Any) -> tuple[int | None, tuple[int, int] | None]:
    """Bytes and picture size of the file that a sample names, None where it names none."""
    if not isinstance(x, str | os.PathLike) or not Path(x).is_file():
        return None, None
    from PIL import Image, UnidentifiedImageError

    size = Path(x).stat().st_size
    try:
        with Image.open(x) as image:  # reads the header only
            return size, image.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return size, None


def listed(items: Sequence[object]) -> str:
    """The first few of a list in words, and how many more there are."""
    more = f" and {len(items) - SHOWN:,} more" if len(items) > SHOWN else ""
    return ", ".join(str(item) for item in items[:SHOWN]) + more
