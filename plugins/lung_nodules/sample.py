"""Write a synthetic data set in the contest's layout: scans in subsets, tables, and answers for the test scans."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit.files import write_text

from .ct.geometry import Grid
from .ct.processes import process_count, run_in_processes
from .synthetic.phantom import add_noise, draw_thorax
from .synthetic.thorax import Thorax

SHAPE, PIXEL, THICKNESS = (36, 184, 232), 1.0, 2.0
"""Voxels (z, y, x) of a scan; side of a pixel and distance of the slices in mm."""
POINT = ("seriesuid", "coordX", "coordY", "coordZ")
CANDIDATES, FEWEST = 56, 4
"""Mean number of candidates in a scan, and the smallest number of training scans."""
PADDINGS = (-3024, -2048, None)
"""Values outside the scanner's circular field of view; None: air and table are there too."""


@dataclass(frozen=True)
class Drawn:
    """The rows that one scan adds to the tables."""

    uid: str
    nodules: list[tuple[Any, ...]]
    excluded: list[tuple[Any, ...]]
    candidates: list[tuple[Any, ...]]


def make(folder: Path, size: int, seed: int) -> None:
    """Write training scans with about ``size`` candidates, a quarter as many test scans, and ``answers/``.

    ``training_answers/`` holds the same tables for the training scans; the merged submission of the folds is scored
    against it. (The contest has no test scans, so there the data folder itself serves as the answers.)
    """
    count = max(FEWEST, round(size / CANDIDATES))
    drawn = _draw_all(folder, seed, count + max(1, count // 4))
    train, test = drawn[:count], drawn[count:]
    _write_tables(folder, train)
    _write_list(folder / "seriesuids.csv", drawn)
    _write_list(folder / "test_seriesuids.csv", test)
    rows = [row for scan in train for row in scan.candidates]
    rows += [(*row[:4], "") for scan in test for row in scan.candidates]
    _write(folder / "candidates_V2.csv", (*POINT, "class"), rows)
    some = [(*row[:4], 0.5) for scan in test for row in scan.candidates[:3]]
    _write(folder / "sampleSubmission.csv", (*POINT, "probability"), some)
    for name, scans in (("answers", test), ("training_answers", train)):
        _write_tables(folder / name, scans)
        _write_list(folder / name / "seriesuids.csv", scans)
    perfect = [(*row[:4], 1.0) for scan in test for row in scan.nodules]
    _write(folder / "answers" / "submission.csv", (*POINT, "probability"), perfect)


def _draw_all(folder: Path, seed: int, count: int) -> list[Drawn]:
    processes = process_count(count) if count >= 12 else 1
    found = run_in_processes(write_scan, [(folder, seed, number) for number in range(count)], processes)
    drawn = [Drawn(**rows) for _, rows in found]
    return sorted(drawn, key=lambda scan: scan.uid)


def _write_list(path: Path, scans: list[Drawn]) -> None:
    write_text(path, "".join(scan.uid + "\n" for scan in scans))


def _write_tables(folder: Path, scans: list[Drawn]) -> None:
    nodules = [row for scan in scans for row in scan.nodules]
    # As in the contest, every reference nodule is also among the single readers' findings.
    excluded = [row for scan in scans for row in (*scan.nodules, *scan.excluded)]
    _write(folder / "annotations.csv", (*POINT, "diameter_mm"), nodules)
    _write(folder / "annotations_excluded.csv", (*POINT, "diameter_mm"), excluded)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def write_scan(folder: Path, seed: int, number: int) -> Drawn:
    """Draw one scan, write its .mhd with .raw (every fourth: .zraw) and return its rows of the tables."""
    rng = np.random.default_rng([seed, number])
    uid = f"1.3.6.1.4.1.14519.5.2.1.0.{seed}.{number:04d}"
    spacing = (THICKNESS, PIXEL, PIXEL)
    thorax = draw_thorax(rng, SHAPE, spacing)
    hu = add_noise(thorax.canvas.hu, rng)
    padding = PADDINGS[int(rng.integers(3))]
    if padding is not None:
        hu[:, _beyond_circle(SHAPE[1:])] = padding
    flip = -1.0 if number % 5 == 3 else 1.0
    origin = tuple(float(v) for v in np.round(rng.uniform(-250, -50, 3), 3))
    grid = Grid((SHAPE[2], SHAPE[1], SHAPE[0]), origin, spacing[::-1], (flip, 0, 0, 0, flip, 0, 0, 0, 1.0))
    _write_image(folder / f"subset{number % 10}" / f"{uid}.mhd", hu, grid, number % 4 == 1)
    return _rows(uid, thorax, grid, rng)


def _beyond_circle(shape: tuple[int, int]) -> np.ndarray:
    y, x = (np.arange(n) - (n - 1) / 2 for n in shape)
    return np.asarray(np.hypot(y[:, None], x) > shape[1] / 2 - 1)


def _write_image(path: Path, hu: np.ndarray, grid: Grid, compress: bool) -> None:
    import SimpleITK

    image = SimpleITK.GetImageFromArray(hu)
    image.SetOrigin(grid.origin)
    image.SetSpacing(grid.spacing)
    image.SetDirection(grid.direction)
    path.parent.mkdir(parents=True, exist_ok=True)
    SimpleITK.WriteImage(image, str(path), compress)


def _rows(uid: str, thorax: Thorax, grid: Grid, rng: np.random.Generator) -> Drawn:
    def world(point: np.ndarray) -> tuple[float, ...]:
        return tuple(round(float(v), 4) for v in grid.world(point / thorax.canvas.spacing))

    nodules = [(uid, *world(centre), round(diameter, 4)) for centre, diameter in thorax.nodules]
    excluded = [(uid, *world(centre), round(diameter, 4)) for centre, diameter in thorax.excluded]
    excluded += excluded[::3]  # the contest's table repeats a third of its rows
    candidates = [(uid, *world(point), label) for point, label in _candidates(thorax, rng)]
    return Drawn(uid, nodules, excluded, candidates)


def _candidates(thorax: Thorax, rng: np.random.Generator) -> list[tuple[np.ndarray, int]]:
    """Return what several detectors would mark: nodules (a third twice, 2% never), look-alikes, vessels, the wall."""
    inside = [(c, d) for c, d in thorax.nodules if rng.random() < 0.98]
    rows = [(c + rng.uniform(-0.22, 0.22, 3) * d, 1) for c, d in inside for _ in range(1 + (rng.random() < 0.34))]
    others = [*thorax.lookalikes, *(c for c, _ in thorax.excluded)]
    if thorax.vessels:
        # Detectors mark thick vessels and forks more often than thin ends.
        weight = np.array([radius for _, radius in thorax.vessels]) ** 1.5
        chosen = rng.choice(len(weight), min(len(weight), 34), replace=False, p=weight / weight.sum())
        others += [thorax.vessels[i][0] for i in chosen]
    wall = np.argwhere(np.abs(thorax.depth) < 1.0)
    others += [wall[i] * np.array(thorax.canvas.spacing) for i in rng.integers(0, len(wall), 6)]
    for point in others:
        moved = np.clip(point + rng.normal(0, 0.7, 3), 0, thorax.canvas.extent)
        if all(np.linalg.norm(moved - centre) > 0.55 * diameter for centre, diameter in thorax.nodules):
            rows.append((moved, 0))
    return [rows[i] for i in rng.permutation(len(rows))]
