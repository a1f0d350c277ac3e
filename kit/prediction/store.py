"""A run's predictions in one HDF5 file: averaged, blended and written again without a second training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from kit.errors import DataError
from kit.files import atomic


@dataclass(frozen=True)
class Predictions:
    """Predictions of one part: ``values[i]`` is the array for ``ids[i]``; ``folds[i]`` the fold that made it (held-out
    part only); ``maps`` holds explanations (H, W) by id for the report."""

    ids: Sequence[str]
    values: Sequence[np.ndarray]
    folds: np.ndarray | None = None
    maps: Mapping[str, np.ndarray] = field(default_factory=dict)


def write(path: Path, part: str, predictions: Predictions) -> None:
    """Write one part (``valid`` or ``test``) beside the others, atomically; the same content gives the same bytes."""
    # A part that is written over leaves a hole in a HDF5 file, so all parts go into a fresh one, in a fixed order.
    others = _parts(path) - {part}
    with atomic(path) as temporary, h5py.File(temporary, "w") as new:
        for name in sorted({*others, part}):
            if name == part:
                _write_part(new.create_group(name), predictions)
            else:
                with h5py.File(path, "r") as old:
                    old.copy(name, new)


def _parts(path: Path) -> set[str]:
    if not path.exists():
        return set()
    with h5py.File(path, "r") as file:
        return set(file)


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
    """Read one part, or None where the file has none. Raises DataError for a file that is damaged or foreign."""
    if not path.exists():
        return None
    try:
        with h5py.File(path, "r") as file:
            return _read_part(file[part]) if part in file else None
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise DataError("the predictions cannot be read", found=error, where=path, remedy="predict again") from None


def _read_part(group: Any) -> Predictions:
    ids = [value.decode() for value in group["id"][()]]
    held = group["prediction"]
    values = [held[str(i)][()] for i in range(len(ids))] if isinstance(held, h5py.Group) else list(held[()])
    if len(values) != len(ids):
        raise ValueError(f"{len(ids)} ids, {len(values)} predictions")
    folds = group["fold"][()] if "fold" in group else None
    maps = {dataset.attrs["id"]: dataset[()] for dataset in group["maps"].values()} if "maps" in group else {}
    return Predictions(ids, values, folds, maps)
