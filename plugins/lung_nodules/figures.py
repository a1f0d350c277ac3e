"""Pictures for the report: the FROC curve with its interval, and three-plane crops of what went wrong."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kit import Evidence, Figure, Sample

from . import froc, writer
from .cubes import Turn, cut
from .prepare import open_volume, to_hu
from .reader import Candidate, Scan

SHOWN = 6
HALF = 24
"""Half the side of a crop in mm."""
WINDOW = (-1000, 400)
Judged = list[tuple[Scan, np.ndarray, froc.Judged]]


def figures(evidence: Evidence) -> Iterator[Figure]:
    """Draw the figures of false-positive reduction."""
    yield from _figures(evidence, writer.write(evidence.samples, evidence.predictions, evidence.tuned))


def figures_apart(evidence: Evidence) -> Iterator[Figure]:
    """Draw the figures of detection."""
    yield from _figures(evidence, writer.write_apart(evidence.samples, evidence.predictions, evidence.tuned))


def picture(sample: Sample) -> np.ndarray:
    """Show a candidate in its three planes: uint8 (S, 3 S)."""
    cube = cut(sample.x, Turn(), 2 * HALF, 1.0)
    middle = HALF
    planes = [cube[middle], cube[::-1, middle], cube[::-1, :, middle]]
    return np.asarray(np.concatenate(planes, axis=1) * 255, np.uint8)


def _figures(evidence: Evidence, rows: Any) -> Iterator[Figure]:
    labelled = [sample for sample in evidence.samples if sample.x.scan.labels is not None]
    if not labelled:
        return
    judged = writer.judge_rows(rows, {sample.x.scan.uid: sample.x.scan for sample in labelled})
    yield _froc(judged)
    false = [(float(p), scan, xyz) for scan, marks, j in judged for *xyz, p in marks[j.wrong]]
    false.sort(key=lambda mark: -mark[0])
    if false:
        titles = [f"{p:.3f}" for p, _, _ in false[:SHOWN]]
        yield _crops(
            "False positives", [(s, np.array(x)) for _, s, x in false[:SHOWN]], titles, "the most probable ones"
        )
    missed = [(scan, nodule) for scan, _, j in judged for nodule in scan.nodules[~j.found]]
    missed.sort(key=lambda pair: -pair[1][3])
    if missed:
        titles = [f"{nodule[3]:.1f} mm" for _, nodule in missed[:SHOWN]]
        words = f"{len(missed)} held-out nodules have no mark; the largest ones"
        yield _crops("Missed nodules", [(s, n[:3]) for s, n in missed[:SHOWN]], titles, words)


def _froc(judged: Judged) -> Figure:
    import matplotlib.pyplot as plt

    nodules = np.array([len(scan.nodules) for scan, _, _ in judged])
    marks = [j for _, _, j in judged]
    rates = np.geomspace(froc.FP_RATES[0], froc.FP_RATES[-1], 200)
    curve = froc.froc_curve(froc.pool(nodules, marks))
    rounds = froc.bootstrap_sensitivity(nodules, marks, rates, 1000, np.random.default_rng(0))
    low, high = np.percentile(rounds, [2.5, 97.5], axis=0)
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.fill_between(rates, low, high, alpha=0.25, linewidth=0, label="95% interval, resampled by scan")
    axes.plot(rates, froc.sensitivity_at(curve, rates), label="sensitivity")
    axes.plot(froc.FP_RATES, froc.sensitivity_at(curve), "o", color="C0")
    axes.set(xscale="log", xlabel="false positives a scan", ylabel="sensitivity", ylim=(0, 1.02))
    axes.set_xticks(froc.FP_RATES, [f"{rate:g}" for rate in froc.FP_RATES])
    axes.minorticks_off()
    axes.legend(loc="lower right")
    words = f"{len(judged)} held-out scans with {nodules.sum()} nodules. CPM is the mean of the seven points."
    return Figure("FROC", _png(figure), words)


def _crops(title: str, places: Sequence[tuple[Scan, np.ndarray]], titles: Sequence[str], words: str) -> Figure:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(3, len(places), figsize=(1.5 * len(places), 4.8), squeeze=False)
    for column, (scan, world) in enumerate(places):
        for row, plane in enumerate(three_planes(scan, world)):
            axes[row, column].imshow(plane, cmap="gray", vmin=WINDOW[0], vmax=WINDOW[1])
            axes[row, column].set_axis_off()
        axes[0, column].set_title(titles[column], fontsize=9)
    figure.tight_layout()
    names = ", ".join(f"{scan.uid[-12:]} at {np.round(world, 1).tolist()}" for scan, world in places)
    return Figure(
        title, _png(figure), f"Axial, coronal and sagittal planes of {2 * HALF} mm: {words}. Scans ending in {names}."
    )


def three_planes(scan: Scan, world: np.ndarray) -> list[np.ndarray]:
    """Cut the axial, coronal and sagittal planes (S, S) of HU through a point (3,) in mm."""
    volume = open_volume(scan.volume)
    inside = volume.grid.world(np.clip(volume.grid.voxels(world), 0, np.asarray(volume.grid.shape) - 1))
    place = replace(scan, candidates=inside[None], labels=None, unclear=np.zeros(1, bool), radii=np.zeros(1))
    cube = to_hu(cut(Candidate(place, 0), Turn(), 2 * HALF, 1.0) * 255)
    return [cube[HALF], cube[::-1, HALF], cube[::-1, :, HALF]]


def _png(figure: Any) -> bytes:
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()
