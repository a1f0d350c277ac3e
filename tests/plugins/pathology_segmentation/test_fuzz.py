"""Random damage to every kind of file that is read: it is read all the same, or refused by name, and that soon."""

import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from kit_plugins.pathology_segmentation.annotations.mask_image import read_mask
from kit_plugins.pathology_segmentation.annotations.outlines import read_outlines
from kit_plugins.pathology_segmentation.polygon import rasterise
from kit_plugins.pathology_segmentation.slide import open_slide
from PIL import Image

from kit import KitError

from .test_outlines import annotation, asap, feature, imagescope, labelme, layer, region, shape

SIDE = 96
MUTATIONS = 300
SLOWEST = 10.0  # seconds for one file
IMAGE = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8), (0, 0), 3)
MASK = ((np.hypot(*np.mgrid[-48:48, -48:48]) < 30) * 255).astype(np.uint8)
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96"><style>.a{fill-rule:evenodd}</style>
<defs><g id="s"><rect x="1" y="2" width="10%" height="9px" rx="2"/></g><clipPath id="c"><circle cx="48" cy="48" r="40"/>
</clipPath></defs><use href="#s" x="5"/><g clip-path="url(#c)" transform="rotate(10 48 48) scale(0.9)">
<path class="a"
 d="M10 10C20 20 40 20 50 10A20 20 0 0 1 80 60q-10 5 -20 3Z m5 5l9 0l0 9z"/></g>
<polygon points="1,1 9,1 9,9"/>
<svg x="10" width="20" height="20" viewBox="0 0 9 9"><ellipse rx="4" ry="2"/></svg></svg>"""


def tiff(path: Path, **options: object) -> None:
    tifffile.imwrite(path, IMAGE, **{"photometric": "rgb", **options})


SLIDES: dict[str, Callable[[Path], object]] = {
    "plain.tiff": tiff,
    "tiles.tiff": lambda p: tiff(p, tile=(32, 32), compression="zlib", predictor=True),
    "jpeg.tiff": lambda p: tiff(p, tile=(32, 32), compression="jpeg"),
    "lzw.tiff": lambda p: tiff(p, rowsperstrip=16, compression="lzw"),
    "packbits.tiff": lambda p: tiff(p, rowsperstrip=16, compression="packbits"),
    "zstd.svs": lambda p: tiff(p, tile=(48, 48), compression="zstd"),
    "jpeg2000.tiff": lambda p: tiff(p, tile=(48, 48), compression="jpeg2000"),
    "big.tiff": lambda p: tiff(p, bigtiff=True, tile=(48, 48)),
    "deep.tiff": lambda p: tifffile.imwrite(p, IMAGE.astype(np.uint16) * 257, photometric="rgb", compression="lzma"),
    "planes.tiff": lambda p: tifffile.imwrite(
        p, np.moveaxis(IMAGE, -1, 0).copy(), photometric="rgb", planarconfig="separate", compression="zlib"
    ),
    "cmyk.tiff": lambda p: Image.fromarray(IMAGE).convert("CMYK").save(p),
    "palette.tiff": lambda p: Image.fromarray(IMAGE).quantize(16).save(p),
    "composite.tiff": lambda p: tifffile.imwrite(
        p, np.moveaxis(IMAGE, -1, 0).copy(), imagej=True, metadata={"axes": "CYX", "mode": "composite"}
    ),
    "slide.png": lambda p: Image.fromarray(IMAGE).save(p),
    "slide.jpg": lambda p: Image.fromarray(IMAGE).save(p),
    "slide.bmp": lambda p: Image.fromarray(IMAGE).save(p),
    "slide.webp": lambda p: Image.fromarray(IMAGE).save(p),
    "slide.gif": lambda p: Image.fromarray(IMAGE).save(p),
    "slide.jp2": lambda p: Image.fromarray(IMAGE).save(p),
}
MASKS: dict[str, Callable[[Path], object]] = {
    "mask.png": lambda p: Image.fromarray(MASK).save(p),
    "bits.tif": lambda p: Image.fromarray(MASK > 0).save(p, compression="group4"),
    "deep.tif": lambda p: tifffile.imwrite(p, (MASK > 0).astype(np.uint16), compression="zlib"),
    "float.tif": lambda p: tifffile.imwrite(p, (MASK > 0).astype(np.float32)),
    "palette.png": lambda p: Image.fromarray(MASK).convert("P").save(p),
    "mask.bmp": lambda p: Image.fromarray(MASK).save(p),
    "mask.jpg": lambda p: Image.fromarray(MASK).save(p),
}
OUTLINES = {
    "outline.svg": SVG,
    "labelme.json": labelme(
        shape(), shape([[50, 50], [59, 59]], shape_type="circle"), imageWidth=SIDE, imageHeight=SIDE
    ),
    "qupath.geojson": json.dumps({"type": "FeatureCollection", "features": [feature([[1, 1], [9, 1], [9, 9]])]}),
    "imagescope.xml": imagescope(layer(region(), region([[1, 1], [9, 9]], Type=2), name="tumor")),
    "asap.xml": asap(annotation(), annotation([[1, 1], [9, 1], [9, 9]], "_2")),
}
WORDS = (
    b"9" * 400,
    b"-1",
    b"1e999",
    b"nan",
    b"",
    b"0",
    b"%",
    b"<",
    b'"',
    b"[",
    b"{",
    b"null",
    b"#s",
    b"\xff",
    b"2147483648",
)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Change, remove, double or exchange a few pieces of a file."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(len(changed) + 1)
        length = rng.choice((1, 2, 4, 8, 40))
        kind = rng.randrange(6)
        if kind == 0:
            changed[at : at + length] = rng.randbytes(length)
        elif kind == 1:
            del changed[at : at + length * 4]
        elif kind == 2:
            changed[at:at] = changed[at : at + length * 8]
        elif kind == 3:
            changed[at : at + length] = rng.choice(WORDS)
        elif kind == 4:
            changed[at : at + 4] = rng.choice((0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)).to_bytes(4, "little")
        else:
            changed = changed[:at] or changed
    return bytes(changed)


def attack(path: Path, read: Callable[[Path], object]) -> int:
    """Read mutations of a file; return how many were refused."""
    good, refused = path.read_bytes(), 0
    read(path)
    rng = random.Random(path.name)
    for number in range(MUTATIONS):
        damaged = path.with_name(f"{number}-{path.name}")
        damaged.write_bytes(mutated(good, rng))
        started = time.monotonic()
        try:
            read(damaged)
        except KitError as error:
            refused += 1
            assert damaged.name in str(error), error
        finally:
            assert time.monotonic() - started < SLOWEST, damaged
        damaged.unlink()
    return refused


def whole_slide(path: Path) -> None:
    slide = open_slide(path)
    if slide.height * slide.width <= 1 << 22:
        pixels = slide.read(0, slide.height, 0, slide.width)
        assert pixels.shape == (slide.height, slide.width, 3) and pixels.dtype == np.uint8
    else:
        slide.read(0, min(64, slide.height), 0, min(64, slide.width))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SLIDES)
def test_a_damaged_slide_is_read_or_refused(tmp_path: Path, name: str) -> None:
    SLIDES[name](tmp_path / name)
    assert attack(tmp_path / name, whole_slide) > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", MASKS)
def test_a_damaged_mask_is_read_or_refused(tmp_path: Path, name: str) -> None:
    MASKS[name](tmp_path / name)
    assert attack(tmp_path / name, lambda path: read_mask(path, SIDE, SIDE)) > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", OUTLINES)
def test_a_damaged_outline_is_read_or_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(OUTLINES[name])
    assert attack(tmp_path / name, lambda path: rasterise(read_outlines(path, SIDE, SIDE), 0, SIDE, 0, SIDE)) > 100
