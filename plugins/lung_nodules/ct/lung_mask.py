"""Segment the lungs in 3D: two-class threshold, removal of air outside the body, region rules, smooth border.

These are the steps of 《使用腾讯云GPU学习深度学习》系列之四, which works slice by slice, in three dimensions.
They take an isotropic volume (z, y, x) of clipped HU; a spacing of 2 mm is fine enough.
"""

from __future__ import annotations

import numpy as np

AIR = -1000
CLOSING = 12.0
"""Radius in mm of the closing, which includes narrower indentations of the border: juxta-pleural nodules, vessels."""
MARGIN = 2.0
"""How far the mask reaches into the chest wall in mm: the centre of a small nodule on the pleura lies near it."""
LARGEST_HOLE = 1300.0
"""Area in mm2 of the largest hole in a slice that is filled: the disc of a nodule of 40 mm."""
SMALLEST_FRACTION = 0.06
"""A region with a smaller fraction of the largest region's voxels is not a lung (trachea, bowel)."""
OUTSIDE_AIR, SMOOTHING = -935.0, 4.0
"""HU, averaged by a Gaussian of this many mm (standard deviation), below which air is outside the patient."""
LEAST_CUT = 400.0
"""Least area in mm2 in a slice of a lung that the image border cuts off."""
LEAST_INSIDE = 0.25
"""Fraction of such a lung in the slice that lies in the convex hull of the patient's tissue."""
MOST_AIR = 0.05
"""Fraction of a slice that is outside air at most where the picture shows nothing but the inside of the patient."""
FLATTEST = 0.22
"""A region with a smaller ratio of height to width is not a lung (the hollow of a table)."""


def lung_mask(hu: np.ndarray, spacing: float) -> np.ndarray:
    """Segment the lungs with the nodules and vessels in them: bool (z, y, x), all False where there is no lung."""
    return segment(hu, spacing)[0]


def segment(hu: np.ndarray, spacing: float) -> tuple[np.ndarray, int]:
    """Segment the lungs: bool (z, y, x), and in how many slices the image border cuts the lung off.

    ``hu`` is clipped to [-1000, 400]. Padding, which scanners store as -3024 or -2048, is air after clipping: it is
    left out of the threshold's histogram and lies outside the body.
    """
    from scipy import ndimage

    if len(hu) < 3:  # an opening in 3D leaves nothing of fewer slices
        mask, cut = segment(np.pad(hu, ((1, 1), (0, 0), (0, 0)), mode="edge"), spacing)
        return mask[1 : 1 + len(hu)], min(cut, len(hu))
    air = hu < lung_threshold(hu)
    outside = outside_air(air)
    lung_outside = cut_lung(hu, outside, spacing)
    body = _patient(~outside | lung_outside, spacing) | lung_outside
    regions = _lung_regions(ndimage.binary_opening(air & body, iterations=1), spacing)
    mask = np.zeros(hu.shape, bool)
    for region in regions:
        box = tuple(slice(axis.start, axis.stop) for axis in ndimage.find_objects(region.astype(np.uint8))[0])
        mask[box] |= _closed(region[box], spacing) & body[box]
    return np.asarray(_dilated(mask, MARGIN / spacing) & body), int((mask & lung_outside).any(axis=(1, 2)).sum())


def lung_threshold(hu: np.ndarray) -> float:
    """Return the HU between lung and tissue: Otsu's threshold without air and padding, clipped to [-550, -250]."""
    from skimage.filters import threshold_otsu

    measured = hu[hu > AIR + 20]
    if measured.size < 1000 or measured.min() == measured.max():
        return -400.0
    return float(np.clip(threshold_otsu(measured), -550, -250))


def outside_air(air: np.ndarray) -> np.ndarray:
    """Return the air that reaches the picture's border in its slice; lung that touches the border is part of it."""
    from scipy import ndimage

    in_plane = np.zeros((3, 3, 3), bool)
    in_plane[1] = ndimage.generate_binary_structure(2, 1)
    labels, _ = ndimage.label(air, in_plane)
    rim = np.unique(np.concatenate([labels[:, [0, -1]].ravel(), labels[:, :, [0, -1]].ravel()]))
    outside = np.zeros(labels.max() + 1, bool)
    outside[rim] = True
    outside[0] = False
    return np.asarray(outside[labels])


def cut_lung(hu: np.ndarray, outside: np.ndarray, spacing: float) -> np.ndarray:
    """Return the lung in outside air: a lung cut off by the picture's border or by the circle of reconstruction.

    Lung is denser than air: its HU, averaged over some mm, lie above :data:`OUTSIDE_AIR`. The foam of a table may be as
    dense, so a region must lie between the patient's tissue (in its convex hull), unless the slice shows nothing but
    the inside of the patient.
    """
    from scipy import ndimage

    found = np.zeros(hu.shape, bool)
    if not outside.any():
        return found
    smooth = ndimage.gaussian_filter(hu, SMOOTHING / spacing)
    dense = outside & (smooth > OUTSIDE_AIR)
    reach = max(1, int(4 / spacing))
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.hypot(y, x) <= reach
    tissue = _patient(~outside, spacing)
    for index in np.flatnonzero(dense.sum(axis=(1, 2)) * spacing**2 >= LEAST_CUT):
        # The lung continues beyond the border: repeating the border keeps the opening from eroding it there.
        opened = ndimage.binary_opening(np.pad(dense[index], 2 * reach, mode="edge"), disc)
        plane = opened[2 * reach : -2 * reach, 2 * reach : -2 * reach]
        only_inside = (outside[index] & ~dense[index]).mean() < MOST_AIR
        found[index] = _between_tissue(plane, tissue[index], only_inside, LEAST_CUT / spacing**2)
    return found


def _between_tissue(plane: np.ndarray, tissue: np.ndarray, only_inside: bool, area: float) -> np.ndarray:
    """Return the regions of a slice (y, x) of at least ``area`` pixels that lie in the hull of the tissue."""
    from scipy import ndimage
    from skimage.morphology import convex_hull_image

    labels, count = ndimage.label(plane)
    if not count:
        return plane
    sizes = np.bincount(labels.ravel())
    kept = sizes >= area
    if not only_inside:
        hull = convex_hull_image(tissue) if tissue.any() else tissue
        kept &= np.bincount(labels.ravel(), weights=hull.ravel()) >= LEAST_INSIDE * sizes
    kept[0] = False
    return np.asarray(kept[labels])


def _patient(solid: np.ndarray, spacing: float) -> np.ndarray:
    """Return the patient without table and clothes: the largest region of what outside air does not reach."""
    # An opening of 8 mm separates thin objects (table top, blankets) from the body.
    core = largest(_eroded(solid, 4 / spacing))
    return np.asarray(solid & _dilated(core, 6 / spacing))


def largest(mask: np.ndarray) -> np.ndarray:
    """Return the largest connected region of a mask; an empty mask stays empty."""
    from scipy import ndimage

    labels, count = ndimage.label(mask)
    if not count:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(labels == sizes.argmax())


def _lung_regions(air: np.ndarray, spacing: float) -> list[np.ndarray]:
    """Return the air regions inside the body whose size and shape can be those of lungs."""
    from scipy import ndimage

    labels, count = ndimage.label(air)
    if not count:
        return []
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    kept = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        height, width = (axis.stop - axis.start for axis in box[1:])
        large = sizes[number - 1] >= SMALLEST_FRACTION * sizes.max()
        if large and height >= FLATTEST * width and min(height, width) * spacing >= 20:
            kept.append(labels == number)
    return kept


def _closed(mask: np.ndarray, spacing: float) -> np.ndarray:
    """Close a mask with a ball, repeat the first and last slices beyond the volume, and fill small holes by slice."""
    radius = CLOSING / spacing
    pad = int(np.ceil(radius)) + 1
    # The lung continues beyond the first and last slice: repeating them keeps the closing from eroding these slices.
    padded = np.pad(np.pad(mask, ((pad, pad), (0, 0), (0, 0)), mode="edge"), ((0, 0), (pad, pad), (pad, pad)))
    closed = _eroded(_dilated(padded, radius), radius)[pad:-pad, pad:-pad, pad:-pad] | mask
    return np.stack([_without_small_holes(plane, LARGEST_HOLE / spacing**2) for plane in closed])


def _without_small_holes(plane: np.ndarray, area: float) -> np.ndarray:
    """Fill holes in a slice (y, x) of at most ``area`` pixels: a nodule, but not the heart between two joined lungs."""
    from scipy import ndimage

    labels, _ = ndimage.label(~plane)
    small = np.bincount(labels.ravel()) <= area
    small[0] = False
    small[np.unique([*labels[[0, -1]].ravel(), *labels[:, [0, -1]].ravel()])] = False
    return np.asarray(plane | small[labels])


def _dilated(mask: np.ndarray, radius: float) -> np.ndarray:
    """Dilate with a ball of ``radius`` voxels; with the distance transform the cost is the same for any radius."""
    from scipy import ndimage

    return np.asarray(ndimage.distance_transform_edt(~mask) <= radius) if mask.any() else mask


def _eroded(mask: np.ndarray, radius: float) -> np.ndarray:
    from scipy import ndimage

    return np.asarray(ndimage.distance_transform_edt(mask) > radius) if not mask.all() else mask
