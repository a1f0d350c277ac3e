"""Audit a contest folder: unreadable scans, missing or unlisted scans, points outside volumes, old candidates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kit import DataError, Finding

from .ct.geometry import Grid
from .ct.scan import read_header
from .files import Folder, candidates_file, open_folder, read_annotations
from .tables import Points, read_points

NAMED = 20
"""Findings of one kind that are listed one by one; the others are counted."""


def audit_reduction(path: Path) -> Iterator[Finding]:
    """Audit a folder for false-positive reduction."""
    yield from _audit(path, candidates=True)


def audit_detection(path: Path) -> Iterator[Finding]:
    """Audit a folder for detection, which does not use the contest's candidates."""
    yield from _audit(path, candidates=False)


def _audit(path: Path, candidates: bool) -> Iterator[Finding]:
    folder = open_folder(path)
    grids: dict[str, Grid] = {}
    for uid, header in sorted(folder.headers.items()):
        try:
            grids[uid] = read_header(header).grid
        except DataError as error:
            where = str(error.parts["where"] or header)
            yield Finding("error", "unreadable scan", where, str(error).replace("\n", ";"), "download the scan again")
    yield from _presence(folder)
    points = read_annotations(folder)
    yield from _outside(points, grids, "warning", "an annotation lies outside its volume")
    source = candidates_file(folder)
    if candidates and source is not None:
        given = read_points(source, "class", blank=True, optional=True)
        yield from _outside(given, grids, "error", "a candidate lies outside its volume")
        if source.name == "candidates.csv":
            words = "the contest has replaced candidates.csv; it should not be used"
            yield Finding(
                "warning", "old candidates", str(source), words, "take candidates_V2.csv from the contest's page"
            )


def _presence(folder: Folder) -> Iterator[Finding]:
    missing = [uid for uid in folder.listed if uid not in folder.headers]
    if missing:
        words = f"{len(missing)} of {len(folder.listed)} listed scans are not in the folder (first: {missing[0]})"
        yield Finding("note", "missing scans", str(folder.path / "seriesuids.csv"), words)
    unlisted = sorted(set(folder.headers) - set(folder.listed)) if folder.listed else []
    for uid in unlisted[:NAMED]:
        yield Finding("warning", "unlisted scan", str(folder.headers[uid]), "seriesuids.csv does not list this scan")


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
