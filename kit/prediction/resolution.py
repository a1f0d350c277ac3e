"""Predictions of one sample at several resolutions, such as masks of two grids, brought to the finest of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kit.errors import KitError


def at_one_resolution(values: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The predictions of one sample by several models in one shape, interpolated linearly to the finest grid.

    Arrays of two dimensions and more, such as masks (H, W), may differ in length along any axis; each covers the whole
    sample. Raises KitError where they differ in anything else, as vectors over other classes do.
    """
    shapes = {value.shape for value in values}
    if len(shapes) == 1:
        return list(values)
    if len({len(shape) for shape in shapes}) > 1 or min(map(len, shapes)) < 2 or any(0 in shape for shape in shapes):
        found = ", ".join(map(str, sorted(shapes)))
        raise KitError("predictions of different shapes cannot be averaged", found=found)
    finest = tuple(max(lengths) for lengths in zip(*shapes, strict=True))
    return [value if value.shape == finest else _resized(value, finest) for value in values]


def _resized(value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    from scipy import ndimage

    factors = [after / before for after, before in zip(shape, value.shape, strict=True)]
    kind = value.dtype if value.dtype.kind == "f" else np.dtype(np.float32)
    found = ndimage.zoom(value.astype(np.float32), factors, order=1, mode="nearest", grid_mode=True)
    return np.asarray(found, kind)
