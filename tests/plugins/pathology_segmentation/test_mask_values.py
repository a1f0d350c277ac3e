"""Masks of every coding: what can mean only one thing is read, the rest is refused with the values that were found."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from kit_plugins.pathology_segmentation.annotations.mask_image import read_mask
from PIL import Image

from kit import SampleError

SIDE = 160
DISC = np.hypot(*np.mgrid[-80:80, -80:80]) < 50
BYTE = DISC.astype(np.uint8)
SOFT = cv2.GaussianBlur(BYTE * 255, (0, 0), 1)
COLOUR = np.where(DISC[..., None], np.array([250, 20, 130], np.uint8), np.uint8(0))


def palette(path: Path, index: np.ndarray, colours: list[int], **options: object) -> None:
    image = Image.fromarray(index)
    image.putpalette(colours + [0] * (768 - len(colours)))
    image.save(path.with_suffix(".png"), **options)


def picture(path: Path, array: np.ndarray, suffix: str = ".png", **options: object) -> None:
    Image.fromarray(array).save(path.with_suffix(suffix), **options)


def deep(path: Path, array: np.ndarray) -> None:
    cv2.imwrite(str(path.with_suffix(".png")), array.astype(np.uint16))


TWO = {  # values of one disc
    "0 and 1": lambda p: picture(p, BYTE),
    "0 and 255": lambda p: picture(p, BYTE * 255),
    "0 and 255 as bmp": lambda p: picture(p, BYTE * 255, ".bmp"),
    "0 and 255 as gif": lambda p: picture(p, BYTE * 255, ".gif"),
    "bilevel png": lambda p: picture(p, DISC),
    "bilevel tif": lambda p: Image.fromarray(DISC).save(p.with_suffix(".tif"), compression="group4"),
    "16-bit tif 0 and 1": lambda p: tifffile.imwrite(p.with_suffix(".tif"), BYTE.astype(np.uint16)),
    "16-bit png 0 and 1": lambda p: deep(p, BYTE),
    "16-bit png 0 and 255": lambda p: deep(p, BYTE * 255),
    "16-bit png 0 and 65535": lambda p: deep(p, BYTE.astype(np.uint16) * 65535),
    "32-bit tif 0 and 1": lambda p: tifffile.imwrite(p.with_suffix(".tif"), BYTE.astype(np.int32)),
    "float tif 0 and 1": lambda p: tifffile.imwrite(p.with_suffix(".tif"), BYTE.astype(np.float32)),
    "float tif 0 and 255": lambda p: tifffile.imwrite(p.with_suffix(".tif"), BYTE.astype(np.float64) * 255),
    "tiled tif": lambda p: tifffile.imwrite(p.with_suffix(".tif"), BYTE * 255, tile=(64, 64), compression="lzw"),
    "min is white": lambda p: tifffile.imwrite(p.with_suffix(".tif"), 255 - BYTE * 255, photometric="miniswhite"),
    "turned": lambda p: tifffile.imwrite(p.with_suffix(".tif"), BYTE[::-1], extratags=[(274, "H", 1, 4, True)]),
    "smooth edges": lambda p: picture(p, SOFT),
    "jpg": lambda p: picture(p, BYTE * 255, ".jpg", quality=60),
    "jpg of colours": lambda p: picture(p, np.repeat(BYTE[..., None] * 255, 3, axis=2), ".jpg", quality=60),
    "white as RGB": lambda p: picture(p, np.repeat(BYTE[..., None] * 255, 3, axis=2)),
    "1 as RGB": lambda p: picture(p, np.repeat(BYTE[..., None], 3, axis=2)),
    "one colour": lambda p: picture(p, COLOUR),
    "one colour as a tif": lambda p: tifffile.imwrite(p.with_suffix(".tif"), COLOUR, photometric="rgb"),
    "one colour with smooth edges": lambda p: picture(
        p, (COLOUR.max(axis=(0, 1)) * (SOFT[..., None] / 255)).astype("u1")
    ),
    "opaque RGBA": lambda p: picture(p, np.dstack([COLOUR, np.full_like(BYTE, 255)])),
    "transparent where there is none": lambda p: picture(p, np.dstack([np.full_like(COLOUR, 200), BYTE * 255])),
    "grey with alpha": lambda p: picture(p, np.dstack([BYTE * 255, np.full_like(BYTE, 255)])),
    "palette black and white": lambda p: palette(p, BYTE, [0, 0, 0, 255, 255, 255]),
    "palette white and black": lambda p: palette(p, 1 - BYTE, [255, 255, 255, 0, 0, 0]),
    "palette of dark colours": lambda p: palette(p, BYTE, [0, 0, 0, 0, 0, 100]),
    "palette of one bright colour": lambda p: palette(p, BYTE * 3, [0, 0, 0, 9, 9, 9, 8, 8, 8, 0, 200, 0]),
    "palette with a transparent background": lambda p: palette(p, BYTE, [255, 0, 255, 255, 0, 0], transparency=0),
    "what was jpg once": lambda p: picture(p, once_jpg(p)),
}


def once_jpg(path: Path) -> np.ndarray:
    picture(path, BYTE * 255, ".jpg", quality=70)
    found = np.asarray(Image.open(path.with_suffix(".jpg")))
    path.with_suffix(".jpg").unlink()
    return found


@pytest.mark.parametrize("name", TWO)
def test_a_mask_that_can_mean_only_one_thing_is_read(tmp_path: Path, name: str) -> None:
    TWO[name](tmp_path / "m")
    found = read_mask(next(tmp_path.iterdir()), SIDE, SIDE)
    assert found.dtype == bool and (found != DISC).mean() < (0.01 if "smooth" in name or "jpg" in name else 1e-9)


@pytest.mark.parametrize(
    ("array", "expected"),
    [(np.zeros_like(BYTE), 0), (np.ones_like(BYTE), 1), (np.full_like(BYTE, 255), 1), (np.zeros_like(COLOUR), 0)],
)
def test_a_mask_of_one_value_is_empty_or_full(tmp_path: Path, array: np.ndarray, expected: int) -> None:
    picture(tmp_path / "m", array)
    assert read_mask(tmp_path / "m.png", SIDE, SIDE).mean() == expected


CLASSES = np.where(DISC, np.where(np.arange(SIDE) < 80, 1, 2), 0).astype(np.uint8)
VOID = np.where(cv2.dilate(BYTE, np.ones((3, 3))) > BYTE, 255, BYTE).astype(np.uint8)
REFUSED = {
    "0 and 2": (lambda p: picture(p, BYTE * 2), "values 0, 2"),
    "an instance 7": (lambda p: picture(p, BYTE * 7), "values 0, 7"),
    "classes": (lambda p: picture(p, CLASSES), "values 0, 1, 2"),
    "classes with a void edge": (lambda p: picture(p, VOID), "values 0, 1, 255"),
    "three levels": (lambda p: picture(p, CLASSES * 127), "values 0, 127, 254"),
    "a heat map": (lambda p: picture(p, cv2.GaussianBlur(BYTE * 255, (0, 0), 30)), "and"),
    "only 128": (lambda p: picture(p, BYTE * 128), "values 0, 128"),
    "only 254": (lambda p: picture(p, BYTE * 254), "values 0, 254"),
    "16-bit instances": (lambda p: deep(p, BYTE.astype(np.uint16) * 300), "values 0, 300"),
    "16-bit tif of classes": (
        lambda p: tifffile.imwrite(p.with_suffix(".tif"), CLASSES.astype(np.uint16)),
        "values 0, 1, 2",
    ),
    "negative": (lambda p: tifffile.imwrite(p.with_suffix(".tif"), -BYTE.astype(np.int16)), "values -1, 0"),
    "probabilities": (
        lambda p: tifffile.imwrite(p.with_suffix(".tif"), (SOFT / 255).astype(np.float32)),
        "values 0, ",
    ),
    "nan": (
        lambda p: tifffile.imwrite(p.with_suffix(".tif"), np.where(DISC, 1, np.nan).astype(np.float32)),
        "not finite",
    ),
    "two colours": (
        lambda p: picture(p, np.where(CLASSES[..., None] == 2, np.uint8([0, 255, 0]), COLOUR)),
        "colours #000000, #00ff00, #fa1482",
    ),
    "a colour on white": (lambda p: picture(p, np.where(DISC[..., None], COLOUR, np.uint8(255))), "#ffffff"),
    "a dark colour": (lambda p: picture(p, COLOUR // 3), "colours #000000"),
    "two colours in a jpg": (
        lambda p: picture(p, np.where(CLASSES[..., None] == 2, np.uint8([0, 255, 0]), COLOUR), ".jpg"),
        "several bright colours",
    ),
    "classes in a jpg": (lambda p: picture(p, BYTE * 2, ".jpg", quality=95), "values 0"),
    "black and transparent": (
        lambda p: picture(p, np.dstack([np.zeros_like(COLOUR), BYTE * 255])),
        "black and transparent",
    ),
    "half transparent": (lambda p: picture(p, np.dstack([COLOUR, BYTE * 100])), "half transparent"),
    "palette of classes": (
        lambda p: palette(p, CLASSES, [0, 0, 0, 128, 0, 0, 0, 128, 0]),
        "colours #000000, #008000, #800000",
    ),
    "a palette's second dark colour": (lambda p: palette(p, BYTE * 2, [0, 0, 0, 9, 9, 9, 0, 0, 100]), "#000064"),
    "two channels": (
        lambda p: tifffile.imwrite(p.with_suffix(".tif"), np.stack([BYTE, 1 - BYTE]), photometric="minisblack"),
        "2 pages",
    ),
    "five channels": (
        lambda p: tifffile.imwrite(p.with_suffix(".tif"), np.dstack([BYTE] * 5), planarconfig="contig"),
        "5 channels",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", REFUSED)
def test_a_mask_of_unknown_values_is_refused_with_them(tmp_path: Path, name: str) -> None:
    write, reason = REFUSED[name]
    write(tmp_path / "m")
    with pytest.raises(SampleError, match=r"m\.") as caught:
        read_mask(next(tmp_path.iterdir()), SIDE, SIDE)
    assert reason in str(caught.value)


def test_a_damaged_mask_is_refused_by_name(tmp_path: Path) -> None:
    for name in ("m.png", "m.tif", "m.bmp"):
        Image.fromarray(BYTE * 255).save(tmp_path / name)
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
        with pytest.raises(SampleError, match=name):
            read_mask(tmp_path / name, SIDE, SIDE)
    with pytest.raises(SampleError, match=r"absent\.png"):
        read_mask(tmp_path / "absent.png", SIDE, SIDE)
