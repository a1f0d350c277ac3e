"""One array of an npz, npy or HDF5 file of a contest."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from kit.errors import DataError
from kit.files import find_file


def read_array(folder: Path, file: str, key: str = "", *, owner: str = "contest") -> np.ndarray:
    """Read the array ``key`` of an npz or HDF5 file, or that of an npy file.

    Raises DataError for a missing file or key and for an array of Python objects or without rows.
    """
    path = find_file(folder, file, owner)
    if path is None:
        raise DataError(f"{file} is missing", where=folder)
    try:
        found = np.load(path, allow_pickle=False) if path.suffix.lower() == ".npy" else _stored(path, key)
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise DataError("the arrays cannot be read", found=error, where=path) from None
    if found.ndim == 0 or found.dtype.kind == "O":
        raise DataError("an array has no rows of numbers", where=path)
    return np.asarray(found)


def _stored(path: Path, key: str) -> np.ndarray:
    import h5py

    is_npz = path.suffix.lower() == ".npz"
    with np.load(path, allow_pickle=False) if is_npz else h5py.File(path, "r") as stored:
        if key not in stored:
            raise DataError("an array is missing", expected=key, found=", ".join(stored), where=path)
        return np.asarray(stored[key][()])
