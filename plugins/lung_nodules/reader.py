"""Contest files to samples: each sample is a candidate, with its scan's volume and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload

import numpy as np

from kit import DataError, Sample

from .ct.batch import prepare_all
from .ct.detection import cached_candidates
from .ct.preparation import cached_volume
from .files import EMPTY, Folder, open_folder, read_annotations, read_candidates, read_excluded
from .froc import hit_matrix
from .slabs import slabs_of

UNCLEAR_RADII = 1.5
"""A candidate outside a nodule but within this many radii of its centre is not shown as a negative."""


@dataclass(frozen=True, eq=False)
class Scan:
    """A scan and its candidates; coordinates are world mm in the order x, y, z.

    ``nodules`` and ``excluded`` are rows (n, 4) with the diameter; ``candidates`` (k, 3); ``labels`` (k,) 0 or 1, None
    in the test part; ``unclear`` (k,): neither a clear nodule nor a clear negative; ``radii`` (k,) in mm as detected by
    the kit, 0 for the contest's candidates.
    """

    uid: str
    header: Path
    volume: Path
    """The prepared scan in the cache."""
    nodules: np.ndarray
    excluded: np.ndarray
    candidates: np.ndarray
    labels: np.ndarray | None
    unclear: np.ndarray
    radii: np.ndarray
    empty: tuple[Scan, ...] = ()
    """Scans without candidates that are evaluated with this one."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """The ``x`` of a sample: a scan and the index of one of its candidates."""

    scan: Scan
    index: int

    @property
    def world(self) -> np.ndarray:
        """The candidate's position (3,): x, y, z in mm."""
        return np.asarray(self.scan.candidates[self.index])


class Candidates(Sequence[Sample]):
    """The samples, built on access: 755,000 of them take no more memory than their coordinates."""

    def __init__(self, scans: Sequence[Scan], subsets: dict[str, str]) -> None:
        self.scans = scans
        self.metas = [{"scan": s, **({"subset": subsets[s.uid]} if s.uid in subsets else {})} for s in scans]
        self.ends = np.cumsum([len(scan.candidates) for scan in scans])
        alone = len(scans) == 1 and scans[0].labels is not None
        self.slabs = slabs_of(scans[0]) if alone else None

    def __len__(self) -> int:
        return int(self.ends[-1]) if len(self.ends) else 0

    @overload
    def __getitem__(self, position: int) -> Sample: ...

    @overload
    def __getitem__(self, position: slice) -> list[Sample]: ...

    def __getitem__(self, position: int | slice) -> Sample | list[Sample]:
        """Build one sample, or several."""
        if isinstance(position, slice):
            return [self[i] for i in range(*position.indices(len(self)))]
        position = range(len(self))[position]
        number = int(np.searchsorted(self.ends, position, side="right"))
        scan = self.scans[number]
        index = position - (int(self.ends[number - 1]) if number else 0)
        label = None if scan.labels is None else int(scan.labels[index])
        group = scan.uid
        if self.slabs is not None:  # a single scan is held out by slabs
            scan, group = self.slabs[0][self.slabs[1][index]], f"{scan.uid}/slab {self.slabs[1][index]}"
        return Sample(f"{scan.uid}/{index}", Candidate(scan, index), label, group, self.metas[number])


def read_reduction(path: Path, part: str) -> Candidates:
    """Read the contest's candidates (false-positive reduction)."""
    folder = open_folder(path)
    points = read_candidates(folder)
    rows = points.by_scan()
    none = np.empty(0, np.intp)
    uids = folder.part(part)
    prepare_all([folder.headers[uid] for uid in uids], candidates=False)
    given = {uid: (points.xyz[rows.get(uid, none)], points.value[rows.get(uid, none)]) for uid in uids}
    if part == "train":
        for uid in uids:
            blank = np.isnan(given[uid][1])
            if blank.any():
                line = points.lines[rows[uid][int(np.argmax(blank))]]
                raise DataError(
                    "a training candidate has no class", expected="0 or 1", where=f"{points.path}, line {line}"
                )
    return _samples(folder, part, given)


def read_detection(path: Path, part: str) -> Candidates:
    """Detect candidates in the scans (detection); those inside an annotated nodule are the positives."""
    folder = open_folder(path)
    uids = folder.part(part)
    prepare_all([folder.headers[uid] for uid in uids], candidates=True)
    found = {uid: _sorted_by_position(cached_candidates(folder.headers[uid])) for uid in uids}
    radii = {uid: rows[:, 3] for uid, rows in found.items()}
    return _samples(folder, part, {uid: (rows[:, :3], None) for uid, rows in found.items()}, radii)


def _sorted_by_position(found: np.ndarray) -> np.ndarray:
    """Sort rows (k, 5) by z, y, x: sorted by strength, a candidate's index would give away its class."""
    return found[np.lexsort(found[:, :3].T)]


def _samples(
    folder: Folder,
    part: str,
    given: dict[str, tuple[np.ndarray, np.ndarray | None]],
    radii: dict[str, np.ndarray] | None = None,
) -> Candidates:
    train = part == "train"
    nodules = read_annotations(folder).spheres() if train else {}
    excluded = read_excluded(folder) if train else {}
    scans = []
    for uid, (xyz, classes) in given.items():
        known, other = nodules.get(uid, EMPTY), excluded.get(uid, EMPTY)
        inside = hit_matrix(xyz, known).any(axis=1)
        labels = inside if classes is None else classes
        near = known * [1, 1, 1, UNCLEAR_RADII]
        unclear = (hit_matrix(xyz, near).any(axis=1) | hit_matrix(xyz, other).any(axis=1)) & (labels != 1)
        header, classes = folder.headers[uid], np.asarray(labels, np.int8) if train else None
        sizes = radii[uid] if radii else np.zeros(len(xyz))
        scans.append(Scan(uid, header, cached_volume(header), known, other, xyz, classes, unclear, sizes))
    if train and scans and not any(len(scan.candidates) for scan in scans):
        raise DataError(
            "no scan has a candidate",
            found=f"{len(scans)} scans",
            where=folder.path,
            remedy="kit audit lung_nodules_detection shows what the lung masks cover",
        )
    return Candidates(_with_empty_scans(scans, folder.subsets), dict(folder.subsets))


def _with_empty_scans(scans: Sequence[Scan], subsets: Mapping[str, str]) -> list[Scan]:
    """Attach each scan without a candidate, which has no sample, to one with candidates, of its subset if possible.

    They are evaluated together: the nodules of such a scan are missed, and it counts as a scan.
    """
    result = [scan for scan in scans if len(scan.candidates)]
    for scan in scans:
        if len(scan.candidates) or not result:
            continue
        same = [number for number, one in enumerate(result) if subsets.get(one.uid) == subsets.get(scan.uid)]
        number = same[0] if same else 0
        result[number] = replace(result[number], empty=(*result[number].empty, scan))
    return result


def ids(path: Path) -> list[str]:
    """Return the scans that a submission may contain: the test scans, or every scan where there are none."""
    folder = open_folder(path)
    return sorted(folder.test) or list(folder.listed) or folder.part("train")
