"""The lung mask of 《使用腾讯云GPU学习深度学习》系列之四, slice by slice, with every step kept for its figure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDE = 512
"""Side in pixels of the article's slices. Its pixel positions are scaled to slices of another size."""
MIDDLE, LARGEST, TOP, BOTTOM = (100, 400), 475, 40, 472
EROSION, DILATION = 4, 10


@dataclass(frozen=True)
class Steps:
    """The steps of the mask of one slice; images are (y, x)."""

    standardised: np.ndarray
    """The slice, zero mean and unit variance, its extremes replaced by the mean of the middle."""
    middle: np.ndarray
    """The standardised values (n,) in the middle of the slice, from which the threshold is computed."""
    threshold: float
    """Half-way between the two centres of k-means."""
    below: np.ndarray
    eroded: np.ndarray
    dilated: np.ndarray
    labels: np.ndarray
    mask: np.ndarray
    """The regions kept by size and position, dilated once more."""


def article_steps(plane: np.ndarray) -> Steps:
    """Compute the article's lung mask of one slice (y, x) of HU."""
    from scipy import ndimage
    from skimage import measure
    from sklearn.cluster import KMeans

    height, width = plane.shape
    image = plane.astype(np.float64)
    image = (image - image.mean()) / (image.std() or 1.0)
    rows, columns = (slice(*(round(edge * n / SIDE) for edge in MIDDLE)) for n in plane.shape)
    mean, low, high = image[rows, columns].mean(), image.min(), image.max()
    # Padding and metal are the extremes: without them the threshold separates lung and tissue.
    image[(image == low) | (image == high)] = mean
    middle = image[rows, columns].reshape(-1, 1)
    centres = KMeans(2, n_init=1, random_state=0).fit(middle).cluster_centers_ if np.ptp(middle) else middle[:1]
    threshold = float(centres.mean())
    below = image < threshold
    eroded = ndimage.binary_erosion(below, np.ones((EROSION, EROSION)), border_value=1)
    dilated = ndimage.binary_dilation(eroded, np.ones((DILATION, DILATION)))
    labels = measure.label(dilated)
    mask = np.zeros(plane.shape, bool)
    for region in measure.regionprops(labels):
        top, left, bottom, right = region.bbox
        small = bottom - top < LARGEST * height / SIDE and right - left < LARGEST * width / SIDE
        if small and top > TOP * height / SIDE and bottom < BOTTOM * height / SIDE:
            mask |= labels == region.label
    mask = ndimage.binary_dilation(mask, np.ones((DILATION, DILATION)))
    return Steps(image, middle.ravel(), threshold, below, eroded, dilated, labels, mask)
