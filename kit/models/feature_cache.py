"""Features of images, computed once and kept by the content of the image and the weights of the network."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.errors import KitError
from kit.files import cache_dir
from kit.models import checkpoint
from kit.models.pretrained.weights import arrays_sha256

BATCH = 32
"""Images are computed in batches of one size, so that a feature does not depend on what it is computed with."""

MOST_BYTES = 2 << 30
"""The cache of one network; beyond it the oldest files are deleted."""


class FeatureCache:
    """Features (D,) by image, in memory and, after :meth:`save`, on disk.

    ``key`` holds what the features depend on: layers, whose weights count, and plain values. ``compute`` maps images
    (N, C, H, W) to features (N, D). What is read from the disk is used only where its key, the SHA-256 of the image's
    array, fits; a cache that cannot be read or written costs time only.
    """

    def __init__(self, key: Sequence[Any], compute: Callable[[np.ndarray], np.ndarray]) -> None:
        self._compute = compute
        self._folder = cache_dir() / "features" / _digest(key)
        self._known = _read(self._folder)
        self._new: dict[str, np.ndarray] = {}

    def features(self, images: np.ndarray) -> np.ndarray:
        """The features (N, D) of images (N, C, H, W), computed where they are not known."""
        keys = [hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest() for image in images]
        missing = [position for position, key in enumerate(keys) if key not in self._known]
        for start in range(0, len(missing), BATCH):
            positions = missing[start : start + BATCH]
            padded = images[positions + [positions[0]] * (BATCH - len(positions))]
            computed = self._compute(np.ascontiguousarray(padded))[: len(positions)]
            found = {keys[p]: value for p, value in zip(positions, computed, strict=True)}
            self._new |= found
            self._known |= found
        return np.stack([self._known[key] for key in keys])

    def save(self) -> None:
        """Keep the new features on disk, in a file of their own."""
        if not self._new:
            return
        keys = sorted(self._new)
        arrays: dict[str, np.ndarray] = {
            "keys": np.array([list(bytes.fromhex(key)) for key in keys], np.uint8),  # (N, 32)
            "features": np.stack([self._new[key] for key in keys]).astype(np.float32),  # (N, D)
        }
        name = hashlib.sha256("".join(keys).encode()).hexdigest()[:32]
        with contextlib.suppress(OSError):  # a full or read-only disk costs time, not the run
            checkpoint.write(self._folder / f"{name}.safetensors", arrays)
            _trim(self._folder)
        self._new.clear()


def _digest(key: Sequence[Any]) -> str:
    parts = [arrays_sha256(checkpoint.arrays_of(part)) if hasattr(part, "state_dict") else repr(part) for part in key]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _read(folder: Path) -> dict[str, np.ndarray]:
    known: dict[str, np.ndarray] = {}
    for file in sorted(folder.glob("*.safetensors")):
        try:
            arrays, _ = checkpoint.read(file)
            keys, features = arrays["keys"], arrays["features"]
        except (KitError, KeyError):
            continue
        fits = keys.dtype == np.uint8 and keys.shape == (len(features), 32) and features.ndim == 2
        if fits and features.dtype == np.float32 and np.isfinite(features).all():
            known.update((bytes(key).hex(), value) for key, value in zip(keys, features, strict=True))
    return known


def _trim(folder: Path) -> None:
    files = sorted(folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime)
    sizes = [file.stat().st_size for file in files]
    while sum(sizes) > MOST_BYTES:
        files.pop(0).unlink(missing_ok=True)
        sizes.pop(0)
