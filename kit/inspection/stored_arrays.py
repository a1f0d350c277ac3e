"""The arrays in .npz, .npy and .h5 files: listed without reading them, and read without pickle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit.errors import DataError


@dataclass(frozen=True)
class StoredArray:
    """An array in a file: its key (empty for .npy), shape and type."""

    path: Path
    key: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def words(self) -> str:
        """The array for people."""
        return f"{self.key or self.path.name} {self.dtype} {self.shape}"

    @property
    def name(self) -> str:
        """What its name can be told from: the key, or the file's name."""
        return self.key or self.path.stem

    def read(self) -> np.ndarray:
        """Read the whole array."""
        return read_array(self.path, self.key)


def list_arrays(path: Path) -> list[StoredArray]:
    """List the arrays of a file without reading them. Raises DataError for a file that is damaged or holds objects."""
    try:
        if path.suffix.lower() in (".h5", ".hdf5"):
            return _h5_arrays(path)
        if path.suffix.lower() == ".npy":
            stored = np.load(path, mmap_mode="r", allow_pickle=False)
            return [StoredArray(path, "", stored.shape, stored.dtype)]
        with np.load(path, allow_pickle=False) as file:
            return [StoredArray(path, key, *_npz_header(file, key)) for key in file.files]
    except (OSError, ValueError, EOFError, KeyError) as error:
        raise DataError("the file of arrays cannot be read", found=str(error)[:200], where=path) from None


def read_array(path: Path, key: str) -> np.ndarray:
    """Read one array of a file."""
    if path.suffix.lower() in (".h5", ".hdf5"):
        import h5py

        with h5py.File(path, "r") as file:
            return np.asarray(file[key])
    if path.suffix.lower() == ".npy":
        return np.asarray(np.load(path, allow_pickle=False))
    with np.load(path, allow_pickle=False) as file:
        return np.asarray(file[key])


def _npz_header(file: Any, key: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    with file.zip.open(f"{key}.npy") as member:
        version = np.lib.format.read_magic(member)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(member)
    if dtype.hasobject:
        raise ValueError(f"{key} holds Python objects")
    return shape, dtype


def _h5_arrays(path: Path) -> list[StoredArray]:
    import h5py

    found: list[StoredArray] = []

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found.append(StoredArray(path, name, item.shape, item.dtype))

    with h5py.File(path, "r") as file:
        groups = [name for name, item in file.items() if isinstance(item, h5py.Group)]
        if len(groups) > 20:
            raise ValueError(f"{len(groups):,} groups such as {groups[0]!r}, a sample each, instead of arrays")
        file.visititems(add)
    return found
