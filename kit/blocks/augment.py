"""Augmentations: functions of arrays and a random generator. Images are uint8 (H, W, C), batches (N, ...)."""

from __future__ import annotations

import numpy as np


def flip(image: np.ndarray, rng: np.random.Generator, *, vertical: bool = False) -> np.ndarray:
    """Mirror an image left to right half of the time; with ``vertical`` also top to bottom."""
    image = image[:, ::-1] if rng.random() < 0.5 else image
    return image[::-1] if vertical and rng.random() < 0.5 else image


def shift_scale_rotate(
    image: np.ndarray,
    rng: np.random.Generator,
    *,
    shift: float = 0.1,
    scale: float = 0.1,
    degrees: float = 15.0,
    nearest: bool = False,
) -> np.ndarray:
    """Shift by up to a fraction of the sides, zoom by up to ``scale`` and rotate by up to ``degrees``, at random.

    The border is mirrored outwards. ``nearest`` keeps the values of a mask; generators of one seed move an image and
    its mask alike.
    """
    import cv2

    height, width = image.shape[:2]
    angle, zoom = rng.uniform(-degrees, degrees), 1 + rng.uniform(-scale, scale)
    moves = rng.uniform(-shift, shift, 2) * (width, height)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, zoom)
    matrix[:, 2] += moves
    method = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
    source = np.ascontiguousarray(image.astype(np.uint8) if image.dtype == bool else image)
    moved = cv2.warpAffine(source, matrix, (width, height), flags=method, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved).astype(image.dtype, copy=False).reshape(image.shape)


def affine(
    rng: np.random.Generator,
    side: int,
    *,
    rotation: float = 0.0,
    zoom: float = 0.0,
    shear: float = 0.0,
    shift: float = 0.0,
) -> np.ndarray:
    """Draw an affine map (2, 3), for ``cv2.warpAffine``, of images of ``side`` x ``side`` pixels about their centre.

    It zooms by up to the fractions ``zoom``, for each axis on its own, shears by up to ``shear``, turns by up to
    ``rotation`` degrees and shifts by up to ``shift`` pixels. There is no flip.
    """
    angle, across, down, slant, right, below = rng.uniform(-1, 1, 6) * (
        np.deg2rad(rotation),
        zoom,
        zoom,
        shear,
        shift,
        shift,
    )
    centre = (side - 1) / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.array([[1 + across, slant], [0.0, 1 + down]])
    offset = np.array([centre + right, centre + below]) - linear @ (centre, centre)
    return np.column_stack([linear, offset])


def affine_maps(
    rng: np.random.Generator,
    count: int,
    side: int,
    *,
    rotation: float = 0.0,
    zoom: float = 0.0,
    shear: float = 0.0,
    shift: float = 0.0,
) -> np.ndarray:
    """Draw as many maps (count, 2, 3) as :func:`affine` draws one by one from the same generator."""
    limits = (np.deg2rad(rotation), zoom, zoom, shear, shift, shift)
    angle, across, down, slant, right, below = (rng.uniform(-1, 1, (count, 6)) * limits).T
    centre, zero = (side - 1) / 2, np.zeros(count)
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], axis=1).reshape(-1, 2, 2)
    linear = turn @ np.stack([1 + across, slant, zero, 1 + down], axis=1).reshape(-1, 2, 2)
    offset = np.stack([centre + right, centre + below], axis=1) - linear @ (centre, centre)
    return np.concatenate([linear, offset[:, :, None]], axis=2)


def color_jitter(
    image: np.ndarray,
    rng: np.random.Generator,
    *,
    brightness: float = 0.2,
    contrast: float = 0.2,
    saturation: float = 0.2,
) -> np.ndarray:
    """Change brightness, contrast and saturation of uint8 (H, W, C), each by up to a fraction."""
    light, range_, colour = (1 + rng.uniform(-most, most) for most in (brightness, contrast, saturation))
    pixels = image.astype(np.float32) * light
    pixels = (pixels - pixels.mean()) * range_ + pixels.mean()
    grey = pixels.mean(axis=2, keepdims=True)
    return np.asarray(np.clip(np.round((pixels - grey) * colour + grey), 0, 255).astype(np.uint8))


def cutout(image: np.ndarray, rng: np.random.Generator, *, side: float = 0.25, value: float = 0) -> np.ndarray:
    """Fill a rectangle whose sides are a fraction of the image's (DeVries & Taylor 2017); returns a copy."""
    top, bottom, left, right = _box(image.shape[0], image.shape[1], side, rng)
    changed = image.copy()
    changed[top:bottom, left:right] = value
    return changed


def mixup(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, *, alpha: float = 0.2
) -> tuple[np.ndarray, np.ndarray]:
    """Blend each sample of a batch and its labels with another's (Zhang et al. 2018).

    ``y`` holds numbers that may be averaged: one-hot classes (N, C), several labels, values. The weight is drawn from
    Beta(alpha, alpha), once a batch. Raises ValueError for whole numbers, which may be classes.
    """
    _check_labels(y)
    weight, order = float(rng.beta(alpha, alpha)), rng.permutation(len(x))
    return _blend(x, x[order], weight), _blend(y, y[order], weight)


def cutmix(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, *, alpha: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Replace a rectangle of each image of a batch (N, C, H, W) by another's; labels by area (Yun et al. 2019).

    ``y`` as for :func:`mixup`.
    """
    _check_labels(y)
    side, order = float(np.sqrt(1 - rng.beta(alpha, alpha))), rng.permutation(len(x))
    top, bottom, left, right = _box(x.shape[2], x.shape[3], side, rng)
    mixed = x.copy()
    mixed[:, :, top:bottom, left:right] = x[order][:, :, top:bottom, left:right]
    kept = 1 - (bottom - top) * (right - left) / (x.shape[2] * x.shape[3])
    return mixed, _blend(y, y[order], kept)


def _box(height: int, width: int, side: float, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """A random rectangle, cut where it leaves the image: top, bottom, left, right."""
    half = height * side / 2, width * side / 2
    row, column = rng.integers(height), rng.integers(width)
    top, bottom = max(0, round(row - half[0])), min(height, round(row + half[0]))
    left, right = max(0, round(column - half[1])), min(width, round(column + half[1]))
    return top, bottom, left, right


def _blend(first: np.ndarray, second: np.ndarray, weight: float) -> np.ndarray:
    return np.asarray(weight * first + (1 - weight) * second).astype(first.dtype, copy=False)


def _check_labels(y: np.ndarray) -> None:
    if y.dtype.kind != "f":
        raise ValueError(f"labels that are mixed must be floats, such as one-hot classes, not {y.dtype}")
