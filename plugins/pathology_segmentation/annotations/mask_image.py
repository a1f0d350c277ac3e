"""Read a mask image of the same size as its slide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kit import SampleError
from kit.images import check_image

from ..slide.picture import TURNED, opened, orientation, oriented, picture_size
from ..slide.reader import MAGIC, ORIENTATION
from ..slide.tiff import JPEG, Tiff, read_header
from ..slide.tiff_colour import colour_map
from .mask_values import from_grey, from_palette, from_rgb, from_rgba

LARGEST = 1 << 28  # pixels
INVERSE, PALETTE = 0, 3  # photometric interpretations


def read_mask(path: Path, height: int, width: int) -> np.ndarray:
    """Read a mask as bool (H, W), True for cancer. Raises SampleError that names the file."""
    try:
        with path.open("rb") as file:
            tiff = read_header(path) if file.read(4) in MAGIC else None
        size = picture_size(path) if tiff is None else _size(tiff)
        _check_size(path, size, (height, width))
        mask = _from_picture(path) if tiff is None else _from_tiff(tiff)
    except SampleError:
        raise
    except ValueError as error:
        raise SampleError(
            "a mask cannot be read as cancer and no cancer",
            expected="0 and 1, 0 and 255, or black and one bright colour",
            found=error,
            where=path,
            remedy="save it with 255 where there is cancer and 0 elsewhere",
        ) from None
    except Exception as error:  # each codec has errors of its own
        said = f"{type(error).__name__}: {error}"
        raise SampleError("a mask cannot be read", found=said, where=path, remedy="download it again") from None
    _check_size(path, (mask.shape[0], mask.shape[1]), (height, width))
    return np.ascontiguousarray(mask)


def _check_size(path: Path, found: tuple[int, int], expected: tuple[int, int]) -> None:
    if found != expected:
        raise SampleError(
            "the size of a mask is not that of its slide",
            expected=f"{expected[1]} x {expected[0]}",
            found=f"{found[1]} x {found[0]}",
            where=path,
            remedy="is this the mask of another slide?",
        )
    if found[0] * found[1] > LARGEST:
        raise SampleError(
            "a mask is too large to be read", found=f"{found[1]} x {found[0]}", where=path, remedy="save it as outlines"
        )


def _size(tiff: Tiff) -> tuple[int, int]:
    sides = tiff.height, tiff.width
    return sides[::-1] if _orientation(tiff) in TURNED else sides


def _orientation(tiff: Tiff) -> int:
    return int(tiff.page.tags[ORIENTATION].value) if ORIENTATION in tiff.page.tags else 1


def _from_tiff(tiff: Tiff) -> np.ndarray:
    page = tiff.page
    if tiff.more_pages:
        raise ValueError("three pages of one channel each")
    samples, empty = tiff.read(0, tiff.height, 0, tiff.width)
    if empty.any():
        raise ValueError("segments that are left out")
    if samples.dtype.kind not in "buif":
        raise ValueError(f"samples of the kind {samples.dtype}")
    lossy = page.compression == JPEG
    samples = samples.astype(np.uint8) if samples.dtype == bool else samples
    photometric = int(page.photometric)
    if photometric == PALETTE and tiff.channels == 1:
        mask = from_palette(samples[..., 0], colour_map(page))
    elif tiff.channels == 1 and photometric <= 1:
        bits = page.bitspersample if isinstance(page.bitspersample, int) else 8
        if photometric == INVERSE:  # shown as white where the value is 0
            samples = (1 << bits) - 1 - samples if samples.dtype.kind == "u" else 1 - samples
        mask = from_grey(samples[..., 0], lossy=lossy)
    elif samples.dtype == np.uint8 and tiff.channels in (2, 3, 4) and photometric in (1, 2, 6):
        mask = _from_channels(samples, lossy=lossy)
    else:
        name = getattr(page.photometric, "name", photometric)
        raise ValueError(f"{tiff.channels} channels of {samples.dtype}, {str(name).lower()}")
    return oriented(mask[..., None], _orientation(tiff))[..., 0]


def _from_picture(path: Path) -> np.ndarray:
    check_image(path.read_bytes(), path)
    with opened(path) as image:
        image.load()
        turned = orientation(image)
        mask = _from_image(image)
    return oriented(mask[..., None], turned)[..., 0]


def _from_image(image: Any) -> np.ndarray:
    lossy = image.format in ("JPEG", "MPO", "WEBP", "JPEG2000")
    if image.mode == "P":
        return from_palette(np.asarray(image), _palette(image))
    if image.mode == "1":
        return np.asarray(image)
    if image.mode in ("L", "I", "F") or image.mode.startswith("I;16"):
        return from_grey(np.asarray(image), lossy=lossy)
    if image.mode in ("RGB", "RGBA", "LA"):
        return _from_channels(np.asarray(image), lossy=lossy)
    raise ValueError(f"pixels of the kind {image.mode}")


def _palette(image: Any) -> np.ndarray:
    """Read the colours of a palette: uint8 (N, 3), or (N, 4) with alpha."""
    colours = np.array(image.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
    transparency = image.info.get("transparency")
    if transparency is None:
        return colours
    alpha = np.full((len(colours), 1), 255, np.uint8)
    if isinstance(transparency, bytes):
        alpha[: len(transparency), 0] = np.frombuffer(transparency, np.uint8)[: len(colours)]
    elif 0 <= transparency < len(colours):
        alpha[transparency] = 0
    return np.concatenate([colours, alpha], axis=1)


def _from_channels(pixels: np.ndarray, *, lossy: bool) -> np.ndarray:
    channels = pixels.shape[2]
    if channels == 2:
        pixels = np.concatenate([np.repeat(pixels[..., :1], 3, axis=2), pixels[..., 1:]], axis=2)
    if channels != 3 and not (pixels[..., 3] == 255).all():
        return from_rgba(pixels)
    return from_rgb(pixels[..., :3], lossy=lossy)
