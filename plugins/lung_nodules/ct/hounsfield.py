"""What a scan's stored values mean: HU, values that can be converted to HU, or something else.

A scan of the chest has air and lung (-1200 to -500 HU) and soft tissue (-200 to 300 HU). Values without any voxel in
the range of air are not HU. They are converted where one of these readings makes them so; else they are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kit import DataError

from .header import Header

AIR, TISSUE, DENSEST = (-1200, -500), (-200, 300), 4200
"""Ranges in HU of air and lung and of soft tissue, and an upper bound for bone and most metal."""
LEAST_AIR = 0.005
"""Fraction of a scan's voxels that are air or lung where the values are HU."""
CLEAR_AIR, CLEAR_TISSUE = 0.04, 0.1
"""Fractions of air and soft tissue that a conversion must yield: it is only applied where its result is clear."""
PADDINGS = 8
"""Most distinct values below air that are padding (-2048, -3024); more of them are not CT."""
MOST_ODD = 0.02
"""Fraction of voxels that may be outside the range of CT; metal, and marks burnt into the picture."""
SHIFT = 1024
"""Scanners store HU + 1024; some converters leave out the intercept of -1024."""
SAMPLED = 1_000_000
"""Voxels, evenly spread, on which the ranges are measured."""


def to_hounsfield(values: np.ndarray, header: Header) -> tuple[np.ndarray, str]:
    """Return a scan's values (z, y, x) as HU, and a note where they had to be converted (else an empty one).

    Raises DataError for values that are not numbers, or neither HU nor convertible.
    """
    path = header.path
    _check_finite(values, path)
    low, high = values.min(), values.max()
    if low == high:  # nothing to judge by; a scan without contrast is refused when it is prepared
        return values, ""
    some = values.ravel()[:: max(1, values.size // SAMPLED)]
    if _is_hounsfield(some, LEAST_AIR, 0.0):
        return values, ""
    for slope, intercept, bits, note in _readings(values.dtype, header):
        if _is_hounsfield(_converted(some, slope, intercept, bits), CLEAR_AIR, CLEAR_TISSUE):
            return _converted(values, slope, intercept, bits), note
    raise DataError(
        "the scan's values are not HU: they hold no air, or values beyond the range of CT",
        expected="about -1000 for air, -850 for lung, 0 to 100 for soft tissue",
        found=f"values from {low} to {high}, half of them below {np.median(some):g}",
        where=path,
        remedy="convert the scan again with its rescale slope and intercept",
    )


def _check_finite(values: np.ndarray, path: Path) -> None:
    if values.dtype.kind != "f":
        return
    count = sum(int(np.count_nonzero(~np.isfinite(plane))) for plane in values)
    if count:
        raise DataError(
            "the scan holds values that are not numbers (NaN or infinity)",
            found=f"{count:,} of {values.size:,} voxels",
            where=path,
            remedy="convert the scan again; the usual value for padding is -1024 or lower",
        )


def _is_hounsfield(values: np.ndarray, air: float, tissue: float) -> bool:
    """Return whether values (n,) have at least these fractions of air and tissue and hardly any outside CT's range.

    Padding is not counted as outside: a few distinct values below that of air.
    """
    numbers = values.astype(np.float64)
    below = numbers < AIR[0]
    odd = numbers > DENSEST
    if len(np.unique(numbers[below])) > PADDINGS:
        odd |= below
    found_air = ((numbers >= AIR[0]) & (numbers <= AIR[1])).mean()
    found_tissue = ((numbers >= TISSUE[0]) & (numbers <= TISSUE[1])).mean()
    return bool(found_air >= air and found_tissue >= tissue and odd.mean() <= MOST_ODD)


def _readings(dtype: np.dtype[np.generic], header: Header) -> Iterator[tuple[float, float, int, str]]:
    """Yield (slope, intercept, bits, note) of every way to read values that are not HU as they are stored."""
    for slope, intercept in header.rescales:
        yield slope, intercept, 0, f"converted to HU by the header's slope {slope:g} and intercept {intercept:g}"
    yield 1.0, -SHIFT, 0, f"the values are HU + {SHIFT:,}: {SHIFT:,} was subtracted"
    bits = 8 * dtype.itemsize
    if dtype.kind == "u" and bits > 8:
        yield 1.0, 0.0, bits, "negative HU were stored as unsigned numbers: the sign was restored"


def _converted(values: np.ndarray, slope: float, intercept: float, bits: int) -> np.ndarray:
    if bits:
        return values.view(np.dtype(values.dtype.str.replace("u", "i")))
    if slope == 1 and intercept == int(intercept) and values.dtype.kind in "iu" and values.dtype.itemsize <= 4:
        return np.asarray(values.astype(np.int32) + int(intercept))
    return np.asarray(values.astype(np.float32) * np.float32(slope) + np.float32(intercept))
