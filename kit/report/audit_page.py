"""The page of ``kit audit --html``: findings, classes, pictures, sizes, duplicates, and train against test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kit.auditing.drift import drift
from kit.auditing.duplicates import copies_of
from kit.auditing.near_duplicates import near_duplicates
from kit.auditing.pictures import examine_samples
from kit.auditing.statistics import PartStatistics
from kit.contract.report import Finding
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.classes import class_counts, class_name, group_name
from kit.files import write_text
from kit.report.gallery import ShownSample, gallery, show_sample
from kit.report.page import render

MOST_PAIRS = 24
MOST_SIZES = 8
MOST_FEATURES = 12
TEST_SHOWN = 24


@dataclass(frozen=True)
class ShownPair:
    """Two samples side by side, the part and the label of each; ``note`` says how alike they are."""

    first: ShownSample
    second: ShownSample
    parts: tuple[str, str]
    labels: tuple[str, str]
    note: str = ""


def audit_page(
    task: Task, data: Path, findings: Sequence[Finding], parts: Sequence[PartStatistics], file: Path
) -> None:
    """Write the page of an audit whose findings and statistics are known."""
    by_name = {part.part: part for part in parts}
    train, test = by_name.get("train"), by_name.get("test")
    examined = examine_samples(task, parts)
    copies = list(_identical(parts))
    identical = {frozenset((first.id, second.id)) for first, _, second, _ in copies}
    alike = [
        pair
        for pair in near_duplicates(examined.samples)
        if frozenset((pair.first.sample.id, pair.second.sample.id)) not in identical
    ]
    context = {
        "task": task,
        "data": str(data),
        "findings": findings,
        "errors": sum(finding.level == "error" for finding in findings),
        "looked": examined.counts,
        "totals": examined.totals,
        "classes": _classes(task, train.samples) if train else [],
        "train": gallery(task, train.samples) if train else None,
        "test": gallery(task, test.samples, TEST_SHOWN, by_class=False) if test else None,
        "sizes": [(part.part, *_sizes([found.image_size for found in part.statistics])) for part in parts],
        "copies": len(copies),
        "shown_copies": [_pair(task, *copy) for copy in copies[:MOST_PAIRS]],
        "pictured": any(each.size for each in examined.samples),
        "alike": len(alike),
        "apart": sum(pair.apart for pair in alike),
        "shown_alike": [
            _pair(
                task,
                *(pair.first.sample, pair.first.part, pair.second.sample, pair.second.part),
                f"correlation {pair.correlation:.3f}, {pair.bits} of 64 bits differ"
                + ("" if pair.apart else "; one group"),
            )
            for pair in alike[:MOST_PAIRS]
        ],
        "drift": drift(examined.samples) if train and test else None,
        "most_features": MOST_FEATURES,
    }
    write_text(file, render("audit.html", context))


def _classes(task: Task, samples: Sequence[Sample]) -> list[tuple[str, int, float]]:
    """(name, samples, fraction of the largest class) of each class."""
    counts = class_counts(task, samples)
    largest = max(counts.values(), default=1)
    return [(group_name(task, name), count, count / largest) for name, count in counts.items()]


def _sizes(sizes: Sequence[tuple[int, int] | None]) -> tuple[int, list[tuple[str, int]]]:
    """How many different sizes of image files there are, and the most frequent ones with their counts."""
    known: Mapping[tuple[int, int], int] = Counter(size for size in sizes if size is not None)
    ranked = sorted(known.items(), key=lambda item: (-item[1], item[0]))
    return len(known), [(f"{width} x {height}", count) for (width, height), count in ranked[:MOST_SIZES]]


def _identical(parts: Sequence[PartStatistics]) -> Iterator[tuple[Sample, str, Sample, str]]:
    """Pairs of identical inputs: the first sample that has it, with each of the others, within and across parts."""
    first: dict[bytes, tuple[Sample, str]] = {}
    for part in parts:
        known = {sample.id: sample for sample in part.samples}
        for digest, ids in copies_of(part).items():
            for name in ids:
                sample, of = first.setdefault(digest, (known[name], part.part))
                if (sample.id, of) != (name, part.part):
                    yield sample, of, known[name], part.part


def _pair(task: Task, first: Sample, part: str, second: Sample, other: str, note: str = "") -> ShownPair:
    shown = show_sample(task, first), show_sample(task, second)
    return ShownPair(*shown, (part, other), (_label(task, first), _label(task, second)), note)


def _label(task: Task, sample: Sample) -> str:
    return f"label {class_name(task, sample.y)}"[:60] if isinstance(sample.y, str | int | float) else ""
