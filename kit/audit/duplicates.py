"""Identical inputs: copies that straddle a split or the parts, and copies whose labels contradict each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from kit.audit.statistics import Surveyed, listed
from kit.contract.report import Finding


def same_content(train: Surveyed, test: Surveyed | None) -> Iterator[Finding]:
    """Identical inputs within a part and across both, in pairs; blank ones are reported as such already."""
    first = _twins(train)
    label = {s.id: (s.y, s.group or s.id) for s in train.samples if np.ndim(s.y) == 0}
    pairs = [(ids[0], other) for ids in first.values() for other in ids[1:]]
    split = [(a, b) for a, b in pairs if label.get(a, (0, 0))[1] != label.get(b, (0, 1))[1]]
    conflict = [(a, b) for a, b in pairs if label.get(a, (0, 0))[0] != label.get(b, (0, 0))[0]]
    if conflict:
        lines = listed([f"{a} ({label[a][0]}) = {b} ({label[b][0]})" for a, b in conflict if a in label and b in label])
        message = f"{len(conflict):,} pairs have identical content but different labels: {lines}"
        yield Finding("warning", "conflicting labels", "train", message, "one of the two labels is wrong")
    if split:
        message = f"{len(split):,} pairs have identical content: {_pairs(split)}"
        remedy = "give both the same Sample.group, or a split puts one into the held-out part"
        yield Finding("warning", "identical content", "train", message, remedy)
    if test:
        second = _twins(test)
        within = [(ids[0], other) for ids in second.values() for other in ids[1:]]
        if within:
            yield Finding("note", "identical content", "test", f"{len(within):,} pairs: {_pairs(within)}")
        across = [(first[digest][0], second[digest][0]) for digest in first if digest in second]
        if across:
            message = f"{len(across):,} training inputs stand in the test part too: {_pairs(across)}"
            remedy = "a test score on these says how well labels are remembered"
            yield Finding("warning", "identical content", "train and test", message, remedy)


def _twins(surveyed: Surveyed) -> dict[bytes, list[str]]:
    found: dict[bytes, list[str]] = defaultdict(list)
    for facts in surveyed.readable:
        if facts.low != facts.high:
            found[facts.digest].append(facts.id)
    return found


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return listed([f"{a} = {b}" for a, b in pairs])
