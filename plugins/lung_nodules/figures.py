"""Figures for the report: the FROC curve with its interval, and crops of false positives and missed nodules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kit import Evidence, Figure, Sample

from . import froc, writer
from .ct.preparation import HIGHEST, LOWEST, open_volume, to_hu
from .inputs import CubeTransform, extract_cube
from .plotting import png
from .reader import Candidate, Scan
from .walkthrough import walkthrough

SHOWN = 6
"""Crops in a figure."""
HALF = 24
"""Half the side of a crop in mm."""
Matched = list[tuple[Scan, np.ndarray, froc.ScanResult]]


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Draw the figures of false-positive reduction."""
    yield from _figures(evidence, writer.write(evidence.samples, evidence.predictions, evidence.tuned))


def figures_detection(evidence: Evidence) -> Iterator[Figure]:
    """Draw the figures of detection."""
    yield from _figures(evidence, writer.write_detections(evidence.samples, evidence.predictions, evidence.tuned))


def picture(sample: Sample) -> np.ndarray:
    """Return a candidate's axial, coronal and sagittal planes side by side: uint8 (S, 3 S)."""
    cube = extract_cube(sample.x, CubeTransform(), 2 * HALF, 1.0)
    return np.asarray(np.concatenate(_planes(cube), axis=1) * 255, np.uint8)


def _planes(cube: np.ndarray) -> list[np.ndarray]:
    """Return the axial, coronal and sagittal planes (S, S) through the middle of a cube, the patient's head up."""
    return [cube[HALF], cube[::-1, HALF], cube[::-1, :, HALF]]


def _figures(evidence: Evidence, rows: Iterator[Any]) -> Iterator[Figure]:
    labelled = [sample for sample in evidence.samples if sample.x.scan.labels is not None]
    if not labelled:
        return
    matched = writer.match_rows(rows, writer.scans_of(labelled))
    yield _froc(matched)
    yield from _false_positives(matched)
    yield from _missed_nodules(matched)
    yield from walkthrough([scan for scan, _, _ in matched])


def _false_positives(matched: Matched) -> Iterator[Figure]:
    false = [(float(p), scan, xyz) for scan, marks, result in matched for *xyz, p in marks[result.is_false]]
    false.sort(key=lambda mark: -mark[0])
    if false:
        titles = [f"{p:.3f}" for p, _, _ in false[:SHOWN]]
        points = [(scan, np.array(xyz)) for _, scan, xyz in false[:SHOWN]]
        yield _crops("False positives", points, titles, "the most probable ones")


def _missed_nodules(matched: Matched) -> Iterator[Figure]:
    missed = [(scan, nodule) for scan, _, result in matched for nodule in scan.nodules[~result.is_found]]
    missed.sort(key=lambda pair: -pair[1][3])
    if missed:
        titles = [f"{nodule[3]:.1f} mm" for _, nodule in missed[:SHOWN]]
        caption = f"{len(missed)} held-out nodules have no mark; the largest ones"
        yield _crops("Missed nodules", [(scan, nodule[:3]) for scan, nodule in missed[:SHOWN]], titles, caption)


def _froc(matched: Matched) -> Figure:
    import matplotlib.pyplot as plt

    nodules = np.array([len(scan.nodules) for scan, _, _ in matched])
    results = [result for _, _, result in matched]
    rates = np.geomspace(froc.FP_RATES[0], froc.FP_RATES[-1], 200)
    curve = froc.froc_curve(froc.pool(nodules, results))
    rounds = froc.bootstrap_sensitivity(nodules, results, rates, 1000, np.random.default_rng(0))
    low, high = np.percentile(rounds, [2.5, 97.5], axis=0)
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.fill_between(rates, low, high, alpha=0.25, linewidth=0, label="95% interval, resampled by scan")
    axes.plot(rates, froc.sensitivity_at(curve, rates), label="sensitivity")
    axes.plot(froc.FP_RATES, froc.sensitivity_at(curve), "o", color="C0")
    axes.set(xscale="log", xlabel="false positives per scan", ylabel="sensitivity", ylim=(0, 1.02))
    axes.set_xticks(froc.FP_RATES, [f"{rate:g}" for rate in froc.FP_RATES])
    axes.minorticks_off()
    axes.legend(loc="lower right")
    caption = f"{len(matched)} held-out scans with {nodules.sum()} nodules. CPM is the mean of the seven points."
    return Figure("FROC", png(figure), caption)


def _crops(title: str, points: Sequence[tuple[Scan, np.ndarray]], titles: Iterable[str], caption: str) -> Figure:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(3, len(points), figsize=(1.5 * len(points), 4.8), squeeze=False)
    for column, ((scan, world), name) in enumerate(zip(points, titles, strict=True)):
        for row, plane in enumerate(three_planes(scan, world)):
            axes[row, column].imshow(plane, cmap="gray", vmin=LOWEST, vmax=HIGHEST)
            axes[row, column].set_axis_off()
        axes[0, column].set_title(name, fontsize=9)
    figure.tight_layout()
    names = ", ".join(f"{scan.uid[-12:]} at {np.round(world, 1).tolist()}" for scan, world in points)
    return Figure(
        title, png(figure), f"Axial, coronal and sagittal planes of {2 * HALF} mm: {caption}. Scans ending in {names}."
    )


def three_planes(scan: Scan, world: np.ndarray) -> list[np.ndarray]:
    """Return the axial, coronal and sagittal planes (S, S) of HU through a point (3,; x, y, z) in mm."""
    volume = open_volume(scan.volume)
    inside = volume.grid.world(np.clip(volume.grid.voxels(world), 0, np.asarray(volume.grid.shape) - 1))
    point = replace(scan, candidates=inside[None], labels=None, unclear=np.zeros(1, bool), radii=np.zeros(1))
    return _planes(to_hu(extract_cube(Candidate(point, 0), CubeTransform(), 2 * HALF, 1.0) * 255))
