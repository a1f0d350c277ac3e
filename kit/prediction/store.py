"""A run's predictions in one HDF5 file: averaged, blended and written again without a second training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from kit.console import warn
from kit.errors import DataError
from kit.files import atomic, require_regular

PARTS = ("test", "valid")
MOST_COMPRESSED = 1100  # times: gzip makes nothing smaller than a thousandth
FREE = 1 << 20  # bytes


@dataclass(frozen=True)
class Predictions:
    """Predictions of one part: ``values[i]`` is the array for ``ids[i]``; ``folds[i]`` the fold that made it (held-out
    part only); ``maps`` holds explanations (H, W) by id for the report."""

    ids: Sequence[str]
    values: Sequence[np.ndarray]
    folds: np.ndarray | None = None
    maps: Mapping[str, np.ndarray] = field(default_factory=dict)


def write(path: Path, part: str, predictions: Predictions) -> None:
    """Write one part (``valid`` or ``test``) beside the others, atomically; the same content gives the same bytes.

    A damaged file is replaced, with a warning that its other part is lost.
    """
    # Writing over a part leaves a hole in an HDF5 file, so all parts go into a new one, in a fixed order.
    found = {part: predictions} | {name: kept for name in PARTS if name != part and (kept := _kept(path, name))}
    with atomic(path) as temporary, h5py.File(temporary, "w") as new:
        for name in sorted(found):
            if name == part or not _copied(path, name, new):
                _write_part(new.create_group(name), found[name])


def _kept(path: Path, part: str) -> Predictions | None:
    try:
        return read(path, part)
    except DataError as error:
        warn(f"{path} is damaged and is replaced, without its part {part!r}: {error.parts['found'] or error.message}")
        return None


def _copied(path: Path, part: str, new: Any) -> bool:
    """Copy a part that has been read without fault, as it is, unless it holds more than was read."""
    with h5py.File(path, "r", locking=False) as old:
        group = old[part]
        values = group["prediction"]
        known = set(group) <= {"id", "prediction", "fold", "maps"}
        if known and not (isinstance(values, h5py.Group) and len(values) != len(group["id"])):
            old.copy(group, new, part)
            return True
    return False


def _write_part(group: Any, predictions: Predictions) -> None:
    text = h5py.string_dtype()
    group.create_dataset("id", data=np.array(list(predictions.ids), dtype=object), dtype=text)
    if predictions.folds is not None:
        group.create_dataset("fold", data=predictions.folds)
    values = predictions.values
    if len({(v.shape, v.dtype) for v in values}) == 1:
        group.create_dataset("prediction", data=np.stack(list(values)), compression="gzip", compression_opts=1)
    else:
        inner = group.create_group("prediction")
        for index, value in enumerate(values):
            inner.create_dataset(str(index), data=value, compression="gzip" if value.ndim else None)
    for index, (name, value) in enumerate(sorted(predictions.maps.items())):
        group.create_dataset(f"maps/{index}", data=value.astype(np.float16), compression="gzip").attrs["id"] = name


def read(path: Path, part: str) -> Predictions | None:
    """Read one part, or None if the file has none. Raises DataError for a file that is damaged or foreign.

    The file may come from somebody else: nothing outside of it is read, and nothing that it could not hold.
    """
    if not path.exists():
        return None
    require_regular(path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            limit = path.stat().st_size * MOST_COMPRESSED + FREE
            return _read_part(_group(file, part), limit) if part in file else None
    except (OSError, KeyError, ValueError, TypeError, AttributeError, RuntimeError, MemoryError) as error:
        raise DataError("the predictions cannot be read", found=error, where=path, remedy="predict again") from None


def _read_part(group: Any, limit: int) -> Predictions:
    ids = [str(value, "utf-8") for value in _array(group, "id", "O", limit)]
    if isinstance(_member(group, "prediction"), h5py.Group):
        inner = _group(group, "prediction")
        values = [_array(inner, str(i), "biuf", limit) for i in range(len(ids))]
    else:
        values = list(_array(group, "prediction", "biuf", limit))
    if len(values) != len(ids):
        raise ValueError(f"{len(ids)} ids, {len(values)} predictions")
    if any(np.isnan(value).any() for value in values):
        raise ValueError("predictions that are NaN")
    folds = _array(group, "fold", "iu", limit) if "fold" in group else None
    if folds is not None and folds.shape != (len(ids),):
        raise ValueError(f"{len(ids)} ids, folds of shape {folds.shape}")
    return Predictions(ids, values, folds, _read_maps(_group(group, "maps"), limit) if "maps" in group else {})


def _read_maps(group: Any, limit: int) -> dict[str, np.ndarray]:
    return {str(_member(group, name).attrs["id"]): _array(group, name, "f", limit) for name in group}


def _member(group: Any, name: str) -> Any:
    """A member that is in the file itself: a link could lead to any file."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ValueError(f"{name!r} is a link")
    return group[name]


def _group(parent: Any, name: str) -> Any:
    found = _member(parent, name)
    if not isinstance(found, h5py.Group):
        raise ValueError(f"{name!r} is no group")
    return found


def _array(group: Any, name: str, kinds: str, limit: int) -> np.ndarray:
    """A dataset of one of these kinds of numbers that is stored in the file and not larger than the file can hold."""
    found = _member(group, name)
    if not isinstance(found, h5py.Dataset) or found.external is not None or found.is_virtual:
        raise ValueError(f"{name!r} is not stored in the file")
    if found.dtype.kind not in kinds or found.size is None:
        raise ValueError(f"{name!r} holds values of type {found.dtype}")
    if found.nbytes > limit:
        raise ValueError(f"{name!r} claims {found.nbytes:,} bytes, more than the file can hold")
    return np.asarray(found[()])
