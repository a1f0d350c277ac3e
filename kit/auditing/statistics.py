"""Statistics of every sample of a part, collected in one pass: what the audit's findings are made from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kit.auditing.input_statistics import InputStatistics, examine
from kit.auditing.reasons import reason_of_sample, remedy_of_sample
from kit.console import progress
from kit.contract.config import TrainConfig
from kit.contract.sample import Part, Sample
from kit.contract.task import Task
from kit.data.loader import Loader
from kit.data.reading import Item, plain_items, read_example
from kit.errors import SampleError
from kit.files import is_path

CHUNK = 256  # samples that a reader process examines in one task


@dataclass(frozen=True)
class SampleStatistics:
    """Statistics of one sample's example. If it cannot be read, ``error`` is the reason and the rest is empty.

    ``shape``, ``dtype`` (``float32``, ``text``, ``table row``) and ``size`` (values) are the input's; ``low`` and
    ``high`` are its lowest and highest number, NaN if it holds one; of several inputs, ``shape`` has the shape of each
    by name; ``label`` is the example's label, or for an array of labels only whether one is NaN; ``digest`` identifies
    the input's bytes; ``file_bytes`` and ``image_size`` (width, height) describe the sample's own file; ``remedy`` is
    what the error advises.
    """

    id: str
    error: str = ""
    shape: Any = ()
    dtype: str = ""
    size: int = 0
    low: float = 0.0
    high: float = 0.0
    label: Any = field(default=None, compare=False)
    digest: bytes = b""
    file_bytes: int | None = None
    image_size: tuple[int, int] | None = None
    remedy: str = ""

    @property
    def readable(self) -> bool:
        """Whether the example could be made."""
        return not self.error

    @property
    def finite(self) -> bool:
        """Whether every value is a finite number."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))


@dataclass(frozen=True)
class PartStatistics:
    """One part of the data: its samples, and the statistics of each in the same order."""

    part: Part
    samples: Sequence[Sample]
    statistics: Sequence[SampleStatistics]

    @property
    def readable(self) -> list[SampleStatistics]:
        """Statistics of the samples that can be read."""
        return [found for found in self.statistics if found.readable]


def collect_statistics(loader: Loader, label: str) -> list[SampleStatistics]:
    """Statistics of every sample in order, by several reader processes if that pays; ``label`` names the progress."""
    items = plain_items(range(len(loader.samples)))
    found: list[SampleStatistics] = []
    with progress(label, len(items), "samples") as advance:
        for chunk in loader.each(_examine, [items[i : i + CHUNK] for i in range(0, len(items), CHUNK)]):
            found += chunk
            advance(len(chunk))
    return found


def _examine(state: tuple[Task, Sequence[Sample], TrainConfig], items: Sequence[Item]) -> list[SampleStatistics]:
    """Statistics of some samples; an unreadable one gets its reason and stops nothing."""
    task, samples, config = state
    return [_statistics(task, samples[item.position], config) for item in items]


def _statistics(task: Task, sample: Sample, config: TrainConfig) -> SampleStatistics:
    try:
        x, y = read_example(task, sample, None, config)
    except SampleError as error:
        return SampleStatistics(sample.id, error=reason_of_sample(sample.id, error), remedy=remedy_of_sample(error))
    try:
        found = examine(x)
    except ValueError as error:
        return SampleStatistics(sample.id, error=str(error))
    file_bytes, image_size = _file_statistics(sample.x)
    # A label that is an array (a mask) is not sent between processes: only whether it holds NaN is.
    label = y if not isinstance(y, tuple) and np.ndim(y) == 0 else _has_nan(y)
    digest = _digest(found, file_bytes)
    known = found.shape, found.dtype, found.size, found.low, found.high
    return SampleStatistics(sample.id, "", *known, label, digest, file_bytes, image_size)


def _has_nan(label: Any) -> float:
    """NaN if a label of many values holds NaN or infinity, else 0."""
    if isinstance(label, tuple | list):
        return float(np.sum([_has_nan(part) for part in label]))
    values = np.asarray(label)
    return float("nan") if values.dtype.kind == "f" and not np.isfinite(values).all() else 0.0


def _digest(found: InputStatistics, file_bytes: int | None) -> bytes:
    """Identify an input. The file's size separates files that look the same after a crop, such as blank corners."""
    digest = hashlib.blake2b(f"{found.dtype} {found.shape} {file_bytes}".encode(), digest_size=16)
    for content in found.contents:
        digest.update(content)
    return digest.digest()


def _file_statistics(x: Any) -> tuple[int | None, tuple[int, int] | None]:
    """Size in bytes and image size (width, height) of the file whose path a sample holds; None if it holds none."""
    if not is_path(x) or not Path(x).is_file():
        return None, None
    from PIL import Image, UnidentifiedImageError

    size = Path(x).stat().st_size
    try:
        with Image.open(x) as image:  # reads the header only
            return size, image.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return size, None
