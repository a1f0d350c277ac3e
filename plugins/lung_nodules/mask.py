"""Segment the lungs in 3D: two-class threshold, what is outside the body, region rules, and a smooth outer border.

The steps are those of 《使用腾讯云GPU学习深度学习》系列之四, which goes slice by slice, made three-dimensional.
They take an isotropic volume (z, y, x) of clipped HU; about 2 mm is fine enough.
"""

from __future__ import annotations

import numpy as np

AIR = -1000
CLOSING = 12.0
"""Radius in mm of the closing: narrower indentations of the border (juxta-pleural nodules, vessels) stay in."""
MARGIN = 2.0
"""The mask reaches so many mm into the chest wall: the centre of a small nodule on the pleura lies near the border."""
LARGEST_HOLE = 1300.0
"""Area in mm2 of the largest hole in a plane that is filled: the disc of a nodule of 40 mm."""
SMALLEST_SHARE = 0.06
"""A region smaller than this share of the largest is no lung (trachea, bowel)."""
FLATTEST = 0.22
"""A region whose height is less than this share of its width is no lung (the hollow of a table)."""


def lung_mask(hu: np.ndarray, spacing: float) -> np.ndarray:
    """Find the lungs, nodules and vessels in them included: bool (z, y, x), empty where there is no lung.

    ``hu`` is clipped to [-1000, 400]. Padding, which scanners store as -3024 or -2048, has become air by that: it never
    takes part in the threshold and lies outside the body.
    """
    from scipy import ndimage

    air = hu < lung_threshold(hu)
    body = body_mask(air, spacing)
    regions = _lung_regions(ndimage.binary_opening(air & body, iterations=1), spacing)
    mask = np.zeros(hu.shape, bool)
    for region in regions:
        box = tuple(slice(axis.start, axis.stop) for axis in ndimage.find_objects(region.astype(np.uint8))[0])
        mask[box] |= _closed(region[box], spacing) & body[box]
    return _dilated(mask, MARGIN / spacing) & body


def lung_threshold(hu: np.ndarray) -> float:
    """The HU between the classes lung and tissue (Otsu over all but air and padding), kept within sensible bounds."""
    from skimage.filters import threshold_otsu

    measured = hu[hu > AIR + 20]
    if measured.size < 1000 or measured.min() == measured.max():
        return -400.0
    return float(np.clip(threshold_otsu(measured), -550, -250))


def body_mask(air: np.ndarray, spacing: float) -> np.ndarray:
    """The patient without table and clothes: the largest thing that in-plane air from the border does not reach."""
    from scipy import ndimage

    in_plane = np.zeros((3, 3, 3), bool)
    in_plane[1] = ndimage.generate_binary_structure(2, 1)
    labels, _ = ndimage.label(air, in_plane)
    rim = np.unique(np.concatenate([labels[:, [0, -1]].ravel(), labels[:, :, [0, -1]].ravel()]))
    outside = np.zeros(labels.max() + 1, bool)
    outside[rim] = True
    outside[0] = False
    solid = ~outside[labels]
    # Thin things (table top, blankets) part from the body where an opening of 8 mm does not fit.
    core = _eroded(solid, 4 / spacing)
    core = largest(core)
    return solid & _dilated(core, 6 / spacing)


def largest(mask: np.ndarray) -> np.ndarray:
    """The largest connected region of a mask, or the empty mask."""
    from scipy import ndimage

    labels, count = ndimage.label(mask)
    if not count:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return labels == sizes.argmax()


def _lung_regions(air: np.ndarray, spacing: float) -> list[np.ndarray]:
    """The air regions in the body that can be lungs, by size, shape and thickness."""
    from scipy import ndimage

    labels, count = ndimage.label(air)
    if not count:
        return []
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    kept = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        height, width = (axis.stop - axis.start for axis in box[1:])
        large = sizes[number - 1] >= SMALLEST_SHARE * sizes.max()
        if large and height >= FLATTEST * width and min(height, width) * spacing >= 20:
            kept.append(labels == number)
    return kept


def _closed(mask: np.ndarray, spacing: float) -> np.ndarray:
    """Close a mask by a ball, the volume's ends continued, and fill its small holes in every plane."""
    radius = CLOSING / spacing
    pad = int(np.ceil(radius)) + 1
    # Beyond the first and last slice the lung goes on: the padding repeats them, so that a closing bites nothing off.
    padded = np.pad(np.pad(mask, ((pad, pad), (0, 0), (0, 0)), mode="edge"), ((0, 0), (pad, pad), (pad, pad)))
    closed = _eroded(_dilated(padded, radius), radius)[pad:-pad, pad:-pad, pad:-pad] | mask
    return np.stack([_without_small_holes(plane, LARGEST_HOLE / spacing**2) for plane in closed])


def _without_small_holes(plane: np.ndarray, area: float) -> np.ndarray:
    """Fill the holes (y, x) of at most this many pixels: a nodule's, but not the heart between two joined lungs."""
    from scipy import ndimage

    labels, _ = ndimage.label(~plane)
    small = np.bincount(labels.ravel()) <= area
    small[0] = False
    small[np.unique([*labels[[0, -1]].ravel(), *labels[:, [0, -1]].ravel()])] = False
    return np.asarray(plane | small[labels])


def _dilated(mask: np.ndarray, radius: float) -> np.ndarray:
    """Dilate by a ball through the distance transform, which costs the same at any radius."""
    from scipy import ndimage

    return ndimage.distance_transform_edt(~mask) <= radius if mask.any() else mask


def _eroded(mask: np.ndarray, radius: float) -> np.ndarray:
    from scipy import ndimage

    return ndimage.distance_transform_edt(mask) > radius if not mask.all() else mask
