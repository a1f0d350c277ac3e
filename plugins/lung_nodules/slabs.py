"""Split a single scan into slabs, so that some of its candidates can be held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .reader import Scan

SLABS = 10


def slabs_of(scan: Scan) -> tuple[list[Scan], np.ndarray]:
    """Return a labelled scan's slabs, and each candidate's slab (k,).

    A slab is the scan with the nodules of its own slices. A candidate belongs to the slab of its height, or of its
    nodule: a nodule is learned from or held out, never both.
    """
    height = scan.candidates[:, 2]
    edges = np.quantile(height, np.linspace(0, 1, SLABS + 1)[1:-1]) if len(height) else np.empty(0)
    slab, of_nodule = np.digitize(height, edges), np.digitize(scan.nodules[:, 2], edges)
    if scan.labels is not None and len(scan.nodules):
        distance = np.linalg.norm(scan.candidates[:, None] - scan.nodules[None, :, :3], axis=2)
        inside = scan.labels == 1
        slab[inside] = of_nodule[distance.argmin(axis=1)[inside]]
    return [replace(scan, nodules=scan.nodules[of_nodule == number]) for number in range(SLABS)], slab


def joined(scans: Sequence[Scan]) -> Scan:
    """Return the scan of some slabs (or of one whole scan, repeated): with the nodules of all of them."""
    different = list({id(scan): scan for scan in scans}.values())
    if len(different) == 1:
        return different[0]
    return replace(different[0], nodules=np.concatenate([scan.nodules for scan in different]))
