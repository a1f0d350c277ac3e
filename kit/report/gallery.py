"""A gallery of the data: a few samples of each class as pictures, spread evenly over the part."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.classes import class_counts, class_name, class_of, group_name
from kit.data.pictures import picture
from kit.report.pictures import Picture, encode

MOST_EXAMINED = 20_000  # samples whose class is looked up
MOST_SHOWN = 48
MOST_ROWS = 24  # classes; those with the most samples
LONGEST = 160  # pixels of a picture's side
NO_PICTURE = "no picture"
PROBED = 4  # samples without a picture after which a task has none


@dataclass(frozen=True)
class ShownSample:
    """A sample in the gallery; ``reason`` is why it has no picture."""

    id: str
    label: str
    picture: Picture | None
    reason: str = ""


@dataclass(frozen=True)
class ClassRow:
    """The samples that are shown of one class, with how many of those examined it has; no name: of all classes."""

    name: str
    count: int
    fraction: float
    samples: tuple[ShownSample, ...]


@dataclass(frozen=True)
class Gallery:
    """Rows by class, made from ``examined`` of ``total`` samples; ``classes`` is how many classes there are."""

    rows: tuple[ClassRow, ...]
    examined: int
    total: int
    classes: int


def gallery(task: Task, samples: Sequence[Sample], most: int = MOST_SHOWN, *, by_class: bool = True) -> Gallery | None:
    """A few samples of each class, or of all where labels are no classes. None where samples are no pictures.

    Of a large part, 20,000 samples spread evenly over it are examined.
    """
    total = len(samples)
    found = [samples[int(position)] for position in spread(total, MOST_EXAMINED)]
    if not any(show_sample(task, sample).picture for sample in found[:PROBED]):
        return None
    counts = class_counts(task, found) if by_class else {}
    groups = _groups(task, found, counts)
    captioned = not counts
    each = max(2, min(12, most // len(groups))) if len(groups) > 1 else most // 2
    rows = tuple(
        ClassRow(
            "" if name is None else group_name(task, name),
            len(members),
            len(members) / len(found),
            tuple(show_sample(task, members[int(at)], captioned=captioned) for at in spread(len(members), each)),
        )
        for name, members in groups.items()
    )
    return Gallery(rows, len(found), total, len(counts))


def spread(count: int, most: int) -> np.ndarray:
    """At most so many positions of ``count``, evenly spread and in order."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)) if count else np.zeros(0, int)


def _groups(
    task: Task, samples: Sequence[Sample], counts: Mapping[Hashable, int]
) -> dict[Hashable | None, list[Sample]]:
    """The samples of each class, of the largest classes where there are many; all under None without classes."""
    if not counts:
        return {None: list(samples)}
    of = class_of(task)
    largest = set(sorted(counts, key=lambda name: -counts[name])[:MOST_ROWS])
    found: dict[Hashable | None, list[Sample]] = {name: [] for name in counts if name in largest}
    for sample in samples:
        name = of(sample)
        if name in found:
            found[name].append(sample)
    return found


def show_sample(task: Task, sample: Sample, *, captioned: bool = False) -> ShownSample:
    """A sample with its picture, and with its label as a caption if wanted."""
    shown = captioned and isinstance(sample.y, str | int | float | np.number)
    label = class_name(task, sample.y)[:40] if shown else ""
    try:
        image = picture(task, sample)
    except Exception as error:  # from a plugin's picture or a damaged file: the rest of the gallery is still shown
        return ShownSample(str(sample.id), label, None, f"{type(error).__name__}: {error}")
    if image is None:
        return ShownSample(str(sample.id), label, None, NO_PICTURE)
    return ShownSample(str(sample.id), label, encode(image, LONGEST))
