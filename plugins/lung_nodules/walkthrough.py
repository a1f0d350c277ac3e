"""Figures that walk through one scan: a nodule, the article's lung mask step by step, and the kit's mask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kit import Figure

from .ct.detection import scan_mask
from .ct.geometry import Grid, nodule_mask
from .ct.preparation import HIGHEST, LOWEST, open_volume
from .ct.scan import read_scan
from .ct.slice_mask import Steps, article_steps
from .plotting import png
from .reader import Scan

ARTICLE = "《使用腾讯云GPU学习深度学习》系列之四"


def walkthrough(scans: Sequence[Scan]) -> Iterator[Figure]:
    """Draw the figures of the scan with the largest nodule; without nodules, of the middle of the first scan."""
    if not scans:
        return
    scan = max(scans, key=lambda one: one.nodules[:, 3].max(initial=0))
    values, grid, _ = read_scan(scan.header)
    nodule = scan.nodules[scan.nodules[:, 3].argmax()] if len(scan.nodules) else None
    index = len(values) // 2
    if nodule is not None:
        index = int(np.clip(np.round(grid.voxels(nodule[:3])[0]), 0, len(values) - 1))
        yield _nodule(scan, values, grid, nodule, index)
    steps = article_steps(values[index])
    yield _steps(scan, steps, index)
    yield _masks(scan, values[index], steps, kit_mask(scan, grid, index), index)


def kit_mask(scan: Scan, grid: Grid, index: int) -> np.ndarray:
    """Return the kit's 3D lung mask on one slice (y, x) of the original scan: the nearest prepared voxel's."""
    volume = open_volume(scan.volume)
    mask = scan_mask(volume.hu[()])
    _, height, width = grid.shape
    y, x = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    voxels = np.stack([np.full_like(y, index), y, x], axis=-1)
    nearest = np.round(volume.grid.voxels(grid.world(voxels))).astype(int)
    nearest = np.clip(nearest, 0, np.asarray(mask.shape) - 1)
    return np.asarray(mask[nearest[..., 0], nearest[..., 1], nearest[..., 2]])


def _nodule(scan: Scan, values: np.ndarray, grid: Grid, nodule: np.ndarray, index: int) -> Figure:
    import matplotlib.pyplot as plt

    inside = nodule_mask(grid, nodule)
    slices = [int(np.clip(index + step, 0, len(values) - 1)) for step in (-1, 0, 1)]
    figure, axes = plt.subplots(1, 3, figsize=(9, 3.2))
    for axis, number in zip(axes, slices, strict=True):
        axis.imshow(values[number], cmap="bone", vmin=LOWEST, vmax=HIGHEST)
        if inside[number].any():
            axis.contour(inside[number], levels=[0.5], colors="red", linewidths=0.8)
        axis.set_title(f"slice {number}", fontsize=9)
        axis.set_axis_off()
    figure.tight_layout()
    caption = f"The largest nodule, {nodule[3]:.1f} mm, in three slices of the scan ending in {scan.uid[-12:]}."
    return Figure("A nodule", png(figure), caption)


def _steps(scan: Scan, steps: Steps, index: int) -> Figure:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(3, 2, figsize=(7, 10))
    density, *others = axes.ravel()
    density.hist(steps.middle, bins=100, density=True)
    density.axvline(steps.threshold, color="red")
    density.set_title("values in the middle, threshold", fontsize=9)
    panels: list[tuple[str, np.ndarray, str]] = [
        ("below the threshold", steps.below, "gray"),
        ("eroded, 4 x 4", steps.eroded, "gray"),
        ("dilated, 10 x 10", steps.dilated, "gray"),
        ("regions", steps.labels, "nipy_spectral"),
        ("kept by size and position, dilated", steps.mask, "gray"),
    ]
    for axis, (title, image, colours) in zip(others, panels, strict=True):
        axis.imshow(image, cmap=colours, interpolation="nearest")
        axis.set_title(title, fontsize=9)
        axis.set_axis_off()
    figure.tight_layout()
    caption = f"The steps of {ARTICLE} on slice {index} of the scan ending in {scan.uid[-12:]}, with two-class k-means."
    return Figure("The article's lung mask", png(figure), caption)


def _masks(scan: Scan, plane: np.ndarray, steps: Steps, own: np.ndarray, index: int) -> Figure:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(9, 3.2))
    clipped = np.clip(plane, LOWEST, HIGHEST)
    panels: list[tuple[str, Any]] = [
        ("the slice", clipped),
        ("within the article's mask", np.where(steps.mask, clipped, LOWEST)),
        ("within the kit's 3D mask", np.where(own, clipped, LOWEST)),
    ]
    for axis, (title, image) in zip(axes, panels, strict=True):
        axis.imshow(image, cmap="bone", vmin=LOWEST, vmax=HIGHEST)
        axis.set_title(title, fontsize=9)
        axis.set_axis_off()
    figure.tight_layout()
    caption = f"Slice {index} of the scan ending in {scan.uid[-12:]}. Detection uses the kit's mask."
    return Figure("Raw and masked", png(figure), caption)
