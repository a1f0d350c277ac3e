"""What the pixels of masks mean: two values, numbers of objects, or numbers of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit.errors import DataError
from kit.inspection.files import Picture
from kit.inspection.findings import Fact

READ = 12  # masks
LARGEST = 1 << 26  # pixels


@dataclass(frozen=True)
class MaskValues:
    """Pixels above ``threshold`` are foreground."""

    threshold: int
    fact: Fact


def read_mask(path: Path) -> np.ndarray:
    """Read the values of a mask as they are stored, (H, W). Raises DataError for a coloured or damaged one."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            if image.width * image.height > LARGEST:
                raise DataError("the mask is too large", expected=f"at most {LARGEST:,} pixels", where=path)
            values = np.asarray(image.convert("RGB") if image.mode not in _PLAIN else image)
    except DataError:
        raise
    except Exception as error:  # Pillow raises whatever a damaged file causes
        raise DataError("the mask cannot be read", found=str(error)[:200], where=path) from None
    if values.ndim == 3:
        if np.ptp(values.astype(np.int16), axis=2).max() > 16:
            raise DataError(
                "the mask is coloured, which is not supported",
                expected="grey values, two of them",
                found=f"{len(np.unique(values.reshape(-1, 3), axis=0)):,} colours",
                where=path,
                remedy="make masks of 0 and 255 for one class",
            )
        values = values[..., 0]
    return values


_PLAIN = ("1", "L", "P", "I", "I;16")


def read_values(pairs: Sequence[tuple[Picture, Picture]]) -> MaskValues:
    """Read some masks and find what their values mean. Raises DataError for classes and for sizes that differ."""
    from PIL import Image

    masks = []
    for image, mask in pairs[:: max(1, len(pairs) // READ)][:READ]:
        values = read_mask(mask.path)
        with Image.open(image.path) as opened:
            if (opened.height, opened.width) != values.shape:
                sizes = f"{opened.width} x {opened.height} and {values.shape[1]} x {values.shape[0]}"
                raise DataError("an image and its mask differ in size", found=sizes, where=mask.path)
        masks.append((mask, values))
    found: list[int] = sorted({value for _, values in masks for value in np.unique(values).tolist()})
    lossy = all(mask.path.suffix.lower() in (".jpg", ".jpeg") for mask, _ in masks)
    shown = ", ".join(map(str, found[:6])) + (f", ... {found[-1]}" if len(found) > 6 else "")
    if len(found) <= 2:
        return MaskValues(0, Fact("mask", f"values {shown}: above 0 is foreground", "certain", "two values"))
    if lossy or _near_ends(masks):
        threshold = int(found[-1]) // 2
        reason = "nearly all pixels are close to the lowest or highest value" + (", JPEG blurs them" if lossy else "")
        return MaskValues(threshold, Fact("mask", f"above {threshold} is foreground", "likely", reason))
    if _are_objects([values for _, values in masks]):
        reason = "every value is one connected region, and their number differs between masks"
        return MaskValues(0, Fact("mask", f"values {shown} number objects: above 0 is foreground", "likely", reason))
    raise DataError(
        "the masks hold several classes, which is not supported",
        expected="two values, or numbers of objects",
        found=f"values {shown}",
        where=masks[0][0].path,
        remedy="make masks of 0 and 255 for one class",
    )


def _near_ends(masks: Sequence[tuple[Picture, np.ndarray]]) -> bool:
    """Whether 95% of all pixels are within a tenth of the range of its ends."""
    high = max(int(values.max()) for _, values in masks)
    if high < 100:
        return False
    near = [((values < 0.1 * high) | (values > 0.9 * high)).mean() for _, values in masks]
    return float(np.mean(near)) > 0.95


def _are_objects(masks: Sequence[np.ndarray]) -> bool:
    """Whether values number objects: each is one region in nearly all cases, and masks have differently many."""
    import cv2

    regions, values, counts = 0, 0, set()
    for mask in masks:
        present = np.unique(mask[mask > 0])
        counts.add(len(present))
        values += len(present)
        shapes = [(mask == value).astype(np.uint8) for value in present[:200]]
        regions += sum(cv2.connectedComponents(shape, connectivity=8)[0] - 1 for shape in shapes)
    return regions <= 1.25 * values and len(counts) > 1
