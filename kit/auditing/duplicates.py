"""Identical inputs and groups: copies within a part and across both, and copies whose labels contradict each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from kit.auditing.statistics import PartStatistics
from kit.contract.report import Finding
from kit.wording import counted, listed


def duplicate_findings(train: PartStatistics, test: PartStatistics | None) -> Iterator[Finding]:
    """Pairs of identical inputs within a part and across both. Blank inputs have a finding of their own."""
    copies = copies_of(train)
    known = {s.id: (s.y, s.group or s.id) for s in train.samples if np.ndim(s.y) == 0}
    pairs = [(ids[0], other) for ids in copies.values() for other in ids[1:]]
    conflicts = [(a, b) for a, b in pairs if a in known and b in known and known[a][0] != known[b][0]]
    if conflicts:
        text = listed([f"{a} ({known[a][0]}) = {b} ({known[b][0]})" for a, b in conflicts])
        message = f"{counted(len(conflicts), 'pair')} with identical content but different labels: {text}"
        yield Finding("warning", "conflicting labels", "train", message, "one of the two labels is wrong")
    apart = [(a, b) for a, b in pairs if a not in known or b not in known or known[a][1] != known[b][1]]
    if apart:
        message = f"{counted(len(apart), 'pair')} with identical content: {_pairs(apart)}"
        remedy = "give both the same Sample.group, or a split may put one of them into the held-out part"
        yield Finding("warning", "identical content", "train", message, remedy)
    if test:
        yield from _test_duplicates(copies, copies_of(test))


def _test_duplicates(train: dict[bytes, list[str]], test: dict[bytes, list[str]]) -> Iterator[Finding]:
    within = [(ids[0], other) for ids in test.values() for other in ids[1:]]
    if within:
        message = f"{counted(len(within), 'pair')} with identical content: {_pairs(within)}"
        yield Finding("note", "identical content", "test", message)
    across = [(train[digest][0], test[digest][0]) for digest in train if digest in test]
    if across:
        message = f"{counted(len(across), 'training input')} also in the test part: {_pairs(across)}"
        remedy = "a test score on these samples measures memory, not generalization"
        yield Finding("warning", "identical content", "train and test", message, remedy)


def copies_of(part: PartStatistics) -> dict[bytes, list[str]]:
    """Ids by the digest of their inputs, blank inputs left out."""
    found: dict[bytes, list[str]] = defaultdict(list)
    for sample in part.readable:
        if sample.low != sample.high:
            found[sample.digest].append(sample.id)
    return found


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return listed([f"{a} = {b}" for a, b in pairs])


def group_findings(train: PartStatistics, test: PartStatistics | None) -> Iterator[Finding]:
    """How many groups the training part has, and which of them are in the test part too."""
    sizes = Counter(sample.group for sample in train.samples if sample.group is not None)
    if not sizes:
        return
    message = f"{counted(len(sizes), 'group')} of up to {max(sizes.values()):,} samples; no fold splits a group"
    yield Finding("note", "groups", "train", message)
    shared = sorted(sizes.keys() & {sample.group for sample in test.samples if sample.group}) if test else []
    if shared:
        message = f"{counted(len(shared), 'group')} in both parts: {listed(shared)}"
        yield Finding("warning", "shared group", "train and test", message, "the test part is not independent")
