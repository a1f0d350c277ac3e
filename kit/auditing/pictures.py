"""Some samples of each part, examined once: thumbnails to compare, and cheap features that describe them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kit.auditing.statistics import PartStatistics
from kit.console import progress
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.inputs import is_row, leaves
from kit.data.pictures import picture
from kit.files import is_path

MOST = 2_000  # samples of a part
SECONDS = 60.0  # for both parts together
SIDE = 32  # pixels of a thumbnail
MOST_VALUES = 64  # of an array that is no image
GRID = 4  # regions of an image by side whose brightness is a feature


@dataclass(frozen=True)
class ExaminedSample:
    """One sample: its grey thumbnail (32, 32), float32, None if it is no picture, and features by name.

    ``hash`` is the perceptual hash of its picture, bits (64,); ``size`` its width and height.
    """

    part: str
    sample: Sample
    features: Mapping[str, Any]
    thumbnail: np.ndarray | None = None
    hash: np.ndarray | None = None
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class ExaminedSamples:
    """The samples that were examined, drawn at random from each part: how many there are, and of how many in all."""

    samples: Sequence[ExaminedSample]
    totals: Mapping[str, int]
    counts: Mapping[str, int] = field(default_factory=dict)


def examine_samples(task: Task, parts: Sequence[PartStatistics], seconds: float = SECONDS) -> ExaminedSamples:
    """Examine up to 2,000 readable samples of each part, drawn at random; fewer where that takes over a minute."""
    found: list[ExaminedSample] = []
    chosen = [_draw(part) for part in parts]
    deadline = time.monotonic() + seconds
    with progress("examine samples", sum(map(len, chosen)), "samples") as advance:
        for part, samples in zip(parts, chosen, strict=True):
            end = time.monotonic() + (deadline - time.monotonic()) / (1 if part is parts[-1] else 2)
            for sample in samples:
                found.append(_examine(task, part.part, sample))
                advance(1)
                if time.monotonic() > end:
                    break
    counts: dict[str, int] = {part.part: sum(each.part == part.part for each in found) for part in parts}
    return ExaminedSamples(found, {part.part: len(part.samples) for part in parts}, counts)


def _draw(part: PartStatistics) -> list[Sample]:
    readable = [sample for sample, found in zip(part.samples, part.statistics, strict=True) if found.readable]
    order = np.random.default_rng(0).permutation(len(readable))[:MOST]
    return [readable[int(position)] for position in order]


def _examine(task: Task, part: str, sample: Sample) -> ExaminedSample:
    try:
        image = picture(task, sample)
    except Exception:  # what a plugin's picture raises is shown in the gallery; the other features still count
        image = None
    features = dict(_features_of_input(sample, pictured=image is not None))
    if image is None:
        return ExaminedSample(part, sample, features)
    import cv2
    import imagehash
    from PIL import Image

    grey = image if image.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    thumbnail = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    features |= _features_of_image(image, grey, thumbnail)
    bits = np.asarray(imagehash.phash(Image.fromarray(grey)).hash).ravel()
    return ExaminedSample(part, sample, features, thumbnail, bits, (image.shape[1], image.shape[0]))


def _features_of_image(image: np.ndarray, grey: np.ndarray, thumbnail: np.ndarray) -> dict[str, float]:
    import cv2

    found = {"width": float(image.shape[1]), "height": float(image.shape[0])}
    if image.ndim == 3:
        names = ("mean of red", "mean of green", "mean of blue")
        found |= dict(zip(names, map(float, image.reshape(-1, 3).mean(axis=0)), strict=True))
    found |= {"brightness": float(grey.mean()), "contrast": float(grey.std())}
    found["sharpness"] = float(cv2.Laplacian(grey, cv2.CV_32F).std())
    found["black fraction"], found["white fraction"] = float((grey < 8).mean()), float((grey > 247).mean())
    regions = thumbnail.reshape(GRID, SIDE // GRID, GRID, SIDE // GRID).mean(axis=(1, 3))
    for row, column in np.ndindex(GRID, GRID):
        found[f"brightness of region {row + 1}, {column + 1} of {GRID}x{GRID}"] = float(regions[row, column])
    return found


def _features_of_input(sample: Sample, *, pictured: bool) -> Iterator[tuple[str, Any]]:
    """Columns of a table as they are, lengths of texts, sizes of files, and values of arrays that are no picture."""
    several = isinstance(sample.x, Mapping | tuple)
    for name, value in leaves(sample.x):
        if is_row(value):
            row = value.iloc[0] if getattr(value, "ndim", 1) == 2 else value
            yield from ((str(column), cell) for column, cell in row.items())
        elif is_path(value):
            yield f"{name} file size".strip(), float(os.stat(value).st_size) if os.path.isfile(value) else None  # noqa: PTH113,PTH116
        elif isinstance(value, str):
            yield from _features_of_text(name, value, column=several)
        elif np.ndim(value) == 0:
            yield name or "value", value
        elif not pictured:
            yield from _features_of_array(name, np.asarray(value))


def _features_of_text(name: str, text: str, *, column: bool) -> Iterator[tuple[str, Any]]:
    if column:
        yield name, text
    yield f"{name} characters".strip(), float(len(text))
    yield f"{name} words".strip(), float(len(text.split()))
    yield f"{name} digits".strip(), sum(letter.isdigit() for letter in text) / max(len(text), 1)
    yield f"{name} capitals".strip(), sum(letter.isupper() for letter in text) / max(len(text), 1)


def _features_of_array(name: str, array: np.ndarray) -> Iterator[tuple[str, Any]]:
    if array.dtype.kind not in "biuf" or not array.size:
        return
    values = array.astype(np.float64).ravel()
    for word, function in (("mean", np.mean), ("deviation", np.std), ("lowest", np.min), ("highest", np.max)):
        yield f"{name} {word}".strip(), float(function(values))
    if values.size <= MOST_VALUES:
        yield from ((f"{name} value {position}".strip(), float(value)) for position, value in enumerate(values))
