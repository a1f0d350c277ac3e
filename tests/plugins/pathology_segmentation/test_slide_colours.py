"""Slides whose samples are not plain RGB: the right colours, or a refusal that says why."""

from pathlib import Path
from typing import Any

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from kit_plugins.pathology_segmentation.slide import open_slide
from PIL import Image, ImageCms

from kit import SampleError

SIDE = (90, 130)
SMOOTH = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (*SIDE, 3), np.uint8), (0, 0), 3)
STAINED = cv2.normalize(SMOOTH, None, 20, 250, cv2.NORM_MINMAX).astype(np.uint8)
IMAGE = Image.fromarray(STAINED)
GREY = np.asarray(IMAGE.convert("L"))
GREY_RGB = np.repeat(GREY[..., None], 3, axis=2)
PLANES = np.moveaxis(STAINED, -1, 0).copy()
HALF = np.where(np.arange(SIDE[1]) < 60, 0, 255).astype(np.uint8) * np.ones((SIDE[0], 1), np.uint8)
OVER_GLASS = np.where(HALF[..., None] == 0, np.uint8(255), STAINED)
TILES = {"tile": (32, 48), "compression": "zlib"}


def region(path: Path) -> np.ndarray:
    """Read a slide as a whole, after regions of it were compared with the whole."""
    slide = open_slide(path)
    whole = slide.read(0, slide.height, 0, slide.width)
    part = slide.read(7, slide.height - 5, 11, slide.width - 3)
    assert (part == whole[7:-5, 11:-3]).all()
    return whole


def tiff(path: Path, data: np.ndarray, **options: Any) -> None:
    tifffile.imwrite(path, data, **{"photometric": "rgb", **options})


def lab(path: Path) -> None:
    profile = ImageCms.createProfile("LAB")
    ImageCms.profileToProfile(IMAGE, ImageCms.createProfile("sRGB"), profile, outputMode="LAB").save(path)


def palette(path: Path, scale: int) -> None:
    found = IMAGE.quantize(32)
    colours = np.zeros((3, 256), np.uint16)
    used = np.array(found.getpalette()).reshape(-1, 3)
    colours[:, : len(used)] = used.T * scale
    tifffile.imwrite(path, np.asarray(found), photometric="palette", colormap=colours)


def with_alpha(alpha: np.ndarray, *, premultiplied: bool = False) -> np.ndarray:
    colour = (STAINED * (alpha[..., None] / 255)).astype(np.uint8) if premultiplied else STAINED
    return np.dstack([colour, alpha])


def aperio(path: Path) -> None:
    """Write tiles of YCbCr as Aperio's older scanners do: JPEG 2000 without a colour transform of its own."""
    stored = np.zeros((96, 144, 3), np.uint8)
    stored[: SIDE[0], : SIDE[1]] = np.asarray(IMAGE.convert("YCbCr"))
    tiles = [
        imagecodecs.jpeg2k_encode(stored[y : y + 48, x : x + 48].copy(), codecformat="j2k", mct=False, level=0)
        for y in (0, 48)
        for x in (0, 48, 96)
    ]
    options = {"photometric": "rgb", "tile": (48, 48), "compression": 33003}
    tifffile.imwrite(path, iter(tiles), shape=(*SIDE, 3), dtype="uint8", **options)


def overwritten(path: Path, tag: str, value: Any, **options: Any) -> None:
    tiff(path, STAINED, **options)
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages[0].tags[tag].overwrite(value)


WRITERS = {
    "CMYK": lambda p: IMAGE.convert("CMYK").save(p),
    "CMYK in tiles": lambda p: tiff(p, np.asarray(IMAGE.convert("CMYK")), photometric="separated", **TILES),
    "L*a*b*": lab,
    "YCbCr, not compressed": lambda p: IMAGE.convert("YCbCr").save(p),
    "YCbCr, deflated": lambda p: IMAGE.convert("YCbCr").save(p, compression="tiff_deflate"),
    "palette": lambda p: palette(p, 257),
    "palette of 8 bits": lambda p: palette(p, 1),
    "ImageJ's composite": lambda p: tifffile.imwrite(
        p, PLANES, imagej=True, metadata={"axes": "CYX", "mode": "composite"}
    ),
    "OME's channels": lambda p: tiff(p, PLANES, ome=True, photometric="minisblack", metadata={"axes": "CYX"}),
    "12 bits in 16": lambda p: tiff(p, STAINED.astype(np.uint16) << 4),
    "12 bits in 16, tiles": lambda p: tiff(p, STAINED.astype(np.uint16) << 4, **TILES),
    "8 bits in 16": lambda p: tiff(p, STAINED.astype(np.uint16)),
    "10 bits in 16": lambda p: tiff(p, STAINED.astype(np.uint16) << 2, compression="lzw"),
    "12 bits, packed": lambda p: tiff(p, STAINED.astype(np.uint16) << 4, bitspersample=12),
    "12 bits in 16 with alpha of 16": lambda p: tiff(
        p, np.dstack([STAINED.astype(np.uint16) << 4, np.full(SIDE, 65535, np.uint16)]), extrasamples=["unassalpha"]
    ),
    "12 bits by their largest value": lambda p: tiff(
        p, STAINED.astype(np.uint16) << 4, extratags=[(281, "H", 3, (4095,) * 3, True)]
    ),
    "JPEG 2000 of YCbCr by Aperio": aperio,
    "16 bits": lambda p: tiff(p, STAINED.astype(np.uint16) * 257, **TILES),
    "16 bits, big-endian": lambda p: tiff(p, STAINED.astype(np.uint16) * 257, byteorder=">"),
    "16 bits with a predictor": lambda p: tiff(p, STAINED.astype(np.uint16) * 257, **TILES, predictor=True),
    "BigTIFF": lambda p: tiff(p, STAINED, bigtiff=True, **TILES),
    "planes apart": lambda p: tiff(p, PLANES, planarconfig="separate", **TILES),
    "planes apart in a strip": lambda p: tiff(p, PLANES, planarconfig="separate"),
    "opaque": lambda p: tiff(p, with_alpha(np.full(SIDE, 255, np.uint8)), extrasamples=["unspecified"]),
    "orientation 3": lambda p: tiff(p, STAINED[::-1, ::-1], extratags=[(274, "H", 1, 3, True)]),
    "orientation 2": lambda p: tiff(p, STAINED[:, ::-1], extratags=[(274, "H", 1, 2, True)]),
    "orientation 4": lambda p: tiff(p, STAINED[::-1], extratags=[(274, "H", 1, 4, True)], **TILES),
    "orientation 5": lambda p: tiff(p, STAINED.swapaxes(0, 1), extratags=[(274, "H", 1, 5, True)]),
    "orientation 6": lambda p: tiff(p, np.rot90(STAINED), extratags=[(274, "H", 1, 6, True)]),
    "orientation 8": lambda p: tiff(p, np.rot90(STAINED, -1), extratags=[(274, "H", 1, 8, True)]),
    "a pyramid in pages": lambda p: pyramid(p, inside=False),
    "a pyramid in SubIFDs": lambda p: pyramid(p, inside=True),
    "16 bits as PNG": lambda p: cv2.imwrite(str(p.with_suffix(".png")), STAINED[..., ::-1].astype(np.uint16) * 257),
    "8 bits in 16 as PNG": lambda p: cv2.imwrite(str(p.with_suffix(".png")), STAINED[..., ::-1].astype(np.uint16)),
    "palette as PNG": lambda p: IMAGE.quantize(64).save(p.with_suffix(".png")),
    "BMP": lambda p: IMAGE.save(p.with_suffix(".bmp")),
    "WebP": lambda p: IMAGE.save(p.with_suffix(".webp"), lossless=True),
}


def pyramid(path: Path, *, inside: bool) -> None:
    with tifffile.TiffWriter(path) as file:
        options = {"photometric": "rgb", "tile": (32, 32), "compression": "zlib"}
        file.write(STAINED, subifds=1 if inside else 0, **options)
        file.write(STAINED[::2, ::2], subfiletype=1, **options)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WRITERS)
def test_colours_are_converted_to_rgb(tmp_path: Path, name: str) -> None:
    try:
        WRITERS[name](tmp_path / "a.tif")
    except TypeError as error:  # imagecodecs before 2025.11 does not write packed bits
        pytest.skip(str(error))
    found = region(next(tmp_path.iterdir())).astype(int)
    assert found.shape == STAINED.shape
    assert np.abs(found - STAINED).mean() < (15 if "palette" in name else 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_is_applied_as_pillow_applies_it(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    IMAGE.save(tmp_path / "a.png", exif=exif)
    tiff(tmp_path / "a.tif", STAINED, extratags=[(274, "H", 1, orientation, True)])
    first, second = region(tmp_path / "a.png"), region(tmp_path / "a.tif")
    with Image.open(tmp_path / "a.png") as image:
        from PIL import ImageOps

        expected = np.asarray(ImageOps.exif_transpose(image))
    assert (first == expected).all() and (second == expected).all()


GREYS = {
    "min is white": lambda p: tiff(p, 255 - GREY, photometric="miniswhite"),
    "min is white in tiles": lambda p: tiff(p, 255 - GREY, photometric="miniswhite", **TILES),
    "min is white, 16 bits": lambda p: tiff(p, 65535 - GREY.astype(np.uint16) * 257, photometric="miniswhite"),
    "grey of 16 bits": lambda p: tiff(p, GREY.astype(np.uint16) * 257, photometric="minisblack"),
    "grey as PNG of 16 bits": lambda p: cv2.imwrite(str(p.with_suffix(".png")), GREY.astype(np.uint16) * 257),
    "grey with alpha": lambda p: Image.merge("LA", [Image.fromarray(GREY), Image.new("L", SIDE[::-1], 255)]).save(p),
}


@pytest.mark.parametrize("name", GREYS)
def test_greys_are_converted_to_rgb(tmp_path: Path, name: str) -> None:
    GREYS[name](tmp_path / "a.tif")
    assert (region(next(tmp_path.iterdir())) == GREY_RGB).all()


TRANSPARENT = {
    "associated": lambda p: tiff(p, with_alpha(HALF, premultiplied=True), extrasamples=["assocalpha"]),
    "unassociated": lambda p: tiff(p, with_alpha(HALF), extrasamples=["unassalpha"], **TILES),
    "PNG": lambda p: Image.fromarray(with_alpha(HALF)).save(p.with_suffix(".png")),
    "WebP": lambda p: Image.fromarray(with_alpha(HALF)).save(p.with_suffix(".webp"), lossless=True),
}


@pytest.mark.parametrize("name", TRANSPARENT)
def test_what_is_transparent_is_glass(tmp_path: Path, name: str) -> None:
    TRANSPARENT[name](tmp_path / "a.tif")
    assert (region(next(tmp_path.iterdir())) == OVER_GLASS).all()


def test_half_transparent_pixels_are_mixed_with_white(tmp_path: Path) -> None:
    alpha = np.full(SIDE, 100, np.uint8)
    tiff(tmp_path / "a.tif", with_alpha(alpha), extrasamples=["unassalpha"])
    tiff(tmp_path / "b.tif", with_alpha(alpha, premultiplied=True), extrasamples=["assocalpha"])
    expected = STAINED * (100 / 255) + 255 * (155 / 255)
    for name in ("a.tif", "b.tif"):
        assert np.abs(region(tmp_path / name) - expected).max() <= 1


def test_a_bilevel_slide_is_black_and_white(tmp_path: Path) -> None:
    IMAGE.convert("1").save(tmp_path / "a.tif")
    assert (region(tmp_path / "a.tif") == np.asarray(IMAGE.convert("1").convert("RGB"))).all()


def circle(path: Path, target: int | None = None) -> None:
    """Let the last directory point to the first, or a SubIFD to its own page."""
    with tifffile.TiffWriter(path) as file:
        file.write(STAINED, photometric="rgb")
        file.write(STAINED[::2, ::2], photometric="rgb")
    with tifffile.TiffFile(path) as file:
        last, first = file.pages[1], file.pages[0].offset
        position = last.offset + 2 + 12 * len(last.tags)
    data = bytearray(path.read_bytes())
    data[position : position + 4] = first.to_bytes(4, "little")
    path.write_bytes(data)


def many_pages(path: Path) -> None:
    with tifffile.TiffWriter(path) as file:
        for _ in range(1_002):
            file.write(np.zeros((1, 1), np.uint8), photometric="minisblack")


REFUSED = {
    "float": (lambda p: tiff(p, STAINED.astype(np.float32)), "float32"),
    "signed": (lambda p: tiff(p, STAINED.astype(np.int16)), "int16"),
    "32 bits": (lambda p: tiff(p, STAINED.astype(np.uint32)), "uint32"),
    "an unknown depth": (lambda p: tiff(p, STAINED.astype(np.uint16) * 6), "an unknown part"),
    "three grey pages": (lambda p: tiff(p, PLANES, photometric="minisblack", metadata=None), "3 pages"),
    "layers of ImageJ": (
        lambda p: tifffile.imwrite(p, PLANES, imagej=True, metadata={"axes": "ZYX"}),
        "3 pages of the same size",
    ),
    "channels of other colours": (
        lambda p: tifffile.imwrite(
            p,
            PLANES,
            imagej=True,
            metadata={
                "axes": "CYX",
                "mode": "composite",
                "LUTs": [np.tile(np.arange(256, dtype=np.uint8), (3, 1))] * 3,
            },
        ),
        "3 pages of the same size",
    ),
    "OME's channels of other colours": (
        lambda p: tiff(
            p,
            PLANES,
            ome=True,
            photometric="minisblack",
            metadata={"axes": "CYX", "Channel": {"Color": [65535, 65535, 65535]}},
        ),
        "3 pages of the same size",
    ),
    "five channels": (
        lambda p: tiff(p, np.dstack([STAINED, STAINED[..., :2]]), photometric="minisblack", planarconfig="contig"),
        "5 channels",
    ),
    "a further channel": (
        lambda p: tiff(p, with_alpha(HALF), extrasamples=["unspecified"]),
        "a further channel of unknown meaning",
    ),
    "more bits than its header says": (
        lambda p: tiff(p, STAINED.astype(np.uint16) * 257, extratags=[(281, "H", 3, (4095,) * 3, True)]),
        "in 12 bits",
    ),
    "a segment in its header": (lambda p: overwritten(p, "StripOffsets", 4), "header"),
    "one bit a colour": (lambda p: overwritten(p, "BitsPerSample", (1, 1, 1)), "rgb of 1 bits"),
    "another orientation": (lambda p: tiff(p, STAINED, extratags=[(274, "H", 1, 9, True)]), "orientation 9"),
    "CFA": (lambda p: tiff(p, GREY, photometric="cfa"), "colours of the kind"),
    "a compression of raw cameras": (lambda p: tiff(p, STAINED, compression="jpegxl"), "compression"),
    "a circle of directories": (circle, "cycle"),
    "too many pages": (many_pages, "more than 1,000 pages"),
    "an animation": (
        lambda p: IMAGE.save(p.with_suffix(".gif"), save_all=True, append_images=[IMAGE.rotate(90)]),
        "several pictures",
    ),
    "another picture's format": (lambda p: IMAGE.save(p.with_suffix(".png"), format="TGA"), "cannot identify"),
    "a scanner's format": (lambda p: p.with_suffix(".mrxs").write_bytes(b"a"), "format is not read"),
    "a folder": (lambda p: p.mkdir(), "not a file"),
    "a link to nothing": (lambda p: p.symlink_to("nowhere.tif"), "No such file"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_certain_is_refused_with_its_name(tmp_path: Path, name: str) -> None:
    write, reason = REFUSED[name]
    write(tmp_path / "a.tif")
    with pytest.raises(SampleError, match=r"a\.") as caught:
        region(next(tmp_path.iterdir()))
    assert reason in str(caught.value)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("tag", [256, 257, 278, 322, 323])
@pytest.mark.parametrize("value", [0, 1, 199_999, 2**32 - 1])
@pytest.mark.parametrize("tiled", [False, True])
def test_a_header_of_other_sizes_is_refused_before_anything_is_decoded(
    tmp_path: Path, tag: int, value: int, tiled: bool
) -> None:
    path = tmp_path / "a.tif"
    tiff(path, STAINED, **(TILES if tiled else {"compression": "zlib"}))
    with tifffile.TiffFile(path, mode="r+b") as file:
        found = file.pages[0].tags.get(tag)
        if found is None:
            pytest.skip("the file has no such tag")
        found.overwrite(value, dtype="I") if found.dtype.name == "LONG" else found.overwrite(min(value, 65535))
    try:
        slide = open_slide(path)
        assert slide.height * slide.width <= 1 << 27
        slide.read(0, min(slide.height, 8), 0, min(slide.width, 8))
    except SampleError as error:
        assert "a.tif" in str(error)


def test_a_huge_picture_is_refused_by_its_header(tmp_path: Path) -> None:
    import struct
    import zlib

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    data = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    with pytest.raises(SampleError, match=r"a\.png"):
        open_slide(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", [".svs", ".ndpi", ".TIF", ".scn", ".btf"])
def test_scanners_tiffs_are_read_whatever_their_suffix(tmp_path: Path, suffix: str) -> None:
    tiff(tmp_path / f"a{suffix}", STAINED, **TILES)
    assert (region(tmp_path / f"a{suffix}") == STAINED).all()


def test_segments_that_were_left_out_are_glass(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tiff(path, STAINED, **TILES)
    with tifffile.TiffFile(path, mode="r+b") as file:
        counts = list(file.pages[0].databytecounts)
        counts[0] = 0
        file.pages[0].tags["TileByteCounts"].overwrite(counts)
    found = region(path)
    assert (found[:32, :48] == 255).all() and (found[32:] == STAINED[32:]).all()


def test_a_slide_of_one_pixel_is_read(tmp_path: Path) -> None:
    tiff(tmp_path / "a.tif", STAINED[:1, :1])
    IMAGE.crop((0, 0, 1, 1)).save(tmp_path / "a.png")
    for name in ("a.tif", "a.png"):
        assert open_slide(tmp_path / name).read(0, 1, 0, 1).tolist() == STAINED[:1, :1].tolist()
