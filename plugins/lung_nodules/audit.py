"""Audit a contest folder: unread and faulty scans, lists, points outside volumes, classes, and the lung mask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kit import DataError, Finding

from .ct.batch import faulty_scans
from .ct.detection import Detection, cached_detection
from .ct.geometry import Grid
from .ct.preparation import cached_volume, open_volume
from .ct.scan import read_header
from .files import Folder, candidates_file, open_folder, read_annotations
from .froc import hit_matrix
from .tables import Points, read_points

NAMED = 20
"""Findings of one kind that are listed one by one; the others are counted."""
LEAST_LITRES = 0.1
"""A lung mask smaller than this is a warning; two lungs have 2 to 7 litres."""
TOLERANCE = 1.0
"""mm that a candidate's class may disagree with the annotations: tables are rounded."""


def audit_reduction(path: Path) -> Iterator[Finding]:
    """Audit a folder for false-positive reduction."""
    yield from _audit(path, detection=False)


def audit_detection(path: Path) -> Iterator[Finding]:
    """Audit a folder for detection, which does not use the contest's candidates."""
    yield from _audit(path, detection=True)


def _audit(path: Path, detection: bool) -> Iterator[Finding]:
    folder = open_folder(path)
    for unread in folder.unread:
        yield Finding("error", "unread scan", str(unread.path), unread.reason, "convert or unpack it, or move it away")
    faults = faulty_scans([header for _, header in sorted(folder.headers.items())], detection)
    for header, fault in sorted(faults.items()):
        where = str(fault.parts["where"] or header)
        yield Finding("error", "unreadable scan", where, _one_line(fault), str(fault.parts["to do"] or ""))
    sound = {uid: header for uid, header in sorted(folder.headers.items()) if header not in faults}
    yield from _conversions(sound)
    yield from _shared_data(sound)
    yield from _presence(folder)
    try:
        annotations = read_annotations(folder)
    except DataError:  # the reader has reported it, and no part can be read without them
        return
    grids = {uid: read_header(header).grid for uid, header in sound.items()}
    yield from _outside(annotations, grids, "warning", "an annotation lies outside its volume")
    if detection:
        yield from _detections(sound, annotations)
    else:
        yield from _candidates(folder, grids, annotations)


def _one_line(error: DataError) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    return "; ".join(line for line in lines if not line.startswith(("where:", "to do:")))


def _conversions(sound: dict[str, Path]) -> Iterator[Finding]:
    notes = [(header, open_volume(cached_volume(header)).conversion) for header in sound.values()]
    converted = [(header, note) for header, note in notes if note]
    remedy = "compare a slice with the original scan"
    for header, note in converted[:NAMED]:
        yield Finding("warning", "values are not HU", str(header), note, remedy)
    if len(converted) > NAMED:
        count = f"{len(converted) - NAMED} more scans were converted"
        yield Finding("warning", "values are not HU", str(next(iter(sound.values())).parent), count, remedy)


def _shared_data(sound: dict[str, Path]) -> Iterator[Finding]:
    owners: dict[Path, Path] = {}
    for header in sound.values():
        data = read_header(header).data_file.resolve()
        if (other := owners.setdefault(data, header)) != header:
            yield Finding("error", "two scans share a data file", str(header), f"{data} also belongs to {other}")


def _presence(folder: Folder) -> Iterator[Finding]:
    missing = [uid for uid in folder.listed if uid not in folder.headers]
    if missing:
        words = f"{len(missing)} of {len(folder.listed)} listed scans are not in the folder (first: {missing[0]})"
        yield Finding("note", "missing scans", str(folder.path / "seriesuids.csv"), words)
    unlisted = sorted(set(folder.headers) - set(folder.listed)) if folder.listed else []
    for uid in unlisted[:NAMED]:
        yield Finding("warning", "unlisted scan", str(folder.headers[uid]), "seriesuids.csv does not list this scan")
    if len(unlisted) > NAMED:
        yield Finding(
            "warning", "unlisted scan", str(folder.path), f"{len(unlisted) - NAMED} more scans are not listed"
        )


def _candidates(folder: Folder, grids: dict[str, Grid], annotations: Points) -> Iterator[Finding]:
    try:
        source = candidates_file(folder)
        given = read_points(source, "class", blank=True, optional=True) if source else None
    except DataError:
        source = given = None
    if source is None or given is None:  # the reader has reported it
        return
    yield from _outside(given, grids, "error", "a candidate lies outside its volume")
    if "v2" not in source.name.lower():
        words = "the contest has replaced candidates.csv; it should not be used"
        yield Finding("warning", "old candidates", str(source), words, "take candidates_V2.csv from the contest's page")
    rows = given.by_scan()
    if without := [uid for uid in folder.headers if uid not in rows]:
        words = f"{len(without)} scans have no candidate (first: {without[0]})"
        yield Finding("warning", "no candidate", str(source), words)
    yield from _classes(given, annotations)


def _classes(given: Points, annotations: Points) -> Iterator[Finding]:
    """Compare the candidates' classes with the annotations: class 1 lies in a nodule, class 0 in none."""
    spheres = annotations.spheres()
    wrong: dict[int, list[int]] = {0: [], 1: []}
    for uid, rows in given.by_scan().items():
        nodules = spheres.get(uid, np.empty((0, 4)))
        far, near = (_is_inside(given.xyz[rows], nodules, margin) for margin in (TOLERANCE, -TOLERANCE))
        wrong[1] += rows[(given.value[rows] == 1) & ~far].tolist()
        wrong[0] += rows[(given.value[rows] == 0) & near].tolist()
    for label, words in ((1, "class 1 lie in no annotated nodule"), (0, "class 0 lie in an annotated nodule")):
        if positions := wrong[label]:
            where = f"{given.path}, line {given.lines[min(positions)]}"
            message = f"{len(positions):,} candidates of {words} (the first at this line)"
            yield Finding("warning", "class and annotation", where, message, "do both tables belong to these scans?")


def _is_inside(xyz: np.ndarray, nodules: np.ndarray, margin: float) -> np.ndarray:
    """Return which points (N, 3) lie in a nodule whose radius is larger by ``margin`` mm."""
    diameter = np.maximum(nodules[:, 3:] + 2 * margin, 0)
    return np.asarray(hit_matrix(xyz, np.hstack([nodules[:, :3], diameter])).any(axis=1))


def _detections(sound: dict[str, Path], annotations: Points) -> Iterator[Finding]:
    """Report what the lung mask of every scan covers, and name the annotated nodules without a candidate."""
    spheres, total, cut, lost, litres = annotations.spheres(), 0, 0, [], []
    for number, (uid, header) in enumerate(sound.items()):
        found = cached_detection(header)
        yield from _mask(header, found, number < NAMED)
        litres.append(found.litres)
        nodules = spheres.get(uid, np.empty((0, 4)))
        total, cut = total + len(nodules), cut + (found.cut > 0)
        lost += [(uid, sphere) for sphere in nodules[~hit_matrix(found.candidates[:, :3], nodules).any(axis=0)]]
    for uid, (x, y, z, diameter) in lost[:NAMED]:
        message = f"the nodule of {diameter:.1f} mm at {x:.1f}, {y:.1f}, {z:.1f} mm in {uid} has no candidate"
        yield Finding(
            "warning", "nodule without candidate", str(sound[uid]), message, "it cannot be found in this scan"
        )
    if len(litres) > NAMED:
        low, middle, high = np.quantile(litres, [0, 0.5, 1])
        message = f"{low:.2f} to {high:.2f} litres in {len(litres):,} scans, half of them below {middle:.2f}"
        yield Finding("note", "lung mask", str(annotations.path.parent), message)
    if cut:
        message = f"the image border cuts the lung off in {cut:,} of {len(sound):,} scans"
        yield Finding("note", "lung cut off", str(annotations.path.parent), message)
    message = f"{total - len(lost):,} of {total:,} annotated nodules have one"
    yield Finding("note", "candidates", str(annotations.path), message)


def _mask(header: Path, found: Detection, named: bool) -> Iterator[Finding]:
    words = f"{found.litres:.2f} litres in {found.slices} slices of 1 mm; {len(found.candidates)} candidates"
    if found.litres < LEAST_LITRES:
        yield Finding("warning", "little lung", str(header), f"the lung mask holds {words}", "look at this scan")
    elif named:
        yield Finding("note", "lung mask", str(header), words)
    if found.cut and named:
        message = f"the image border cuts the lung off in {found.cut} of {found.slices} slices"
        yield Finding("note", "lung cut off", str(header), message)


def _outside(points: Points, grids: dict[str, Grid], level: str, words: str) -> Iterator[Finding]:
    """List the first points outside their volumes and count the others."""
    count = 0
    for uid, rows in points.by_scan().items():
        if uid not in grids:
            continue
        for row in rows[~grids[uid].contains(points.xyz[rows], margin=1.0)]:
            count += 1
            if count <= NAMED:
                where = f"{points.path}, line {points.lines[row]}"
                message = f"{words}: {points.xyz[row].tolist()} mm in {uid}"
                yield Finding("error" if level == "error" else "warning", "outside the volume", where, message)
    if count > NAMED:
        yield Finding(
            "note", "outside the volume", str(points.path), f"{count - NAMED} more points lie outside their volumes"
        )
