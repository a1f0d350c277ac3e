import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from kit_plugins.pathology_segmentation.slide import open_slide

from kit import SampleError

IMAGE = np.random.default_rng(0).integers(0, 256, (300, 410, 3), np.uint8)


SMOOTH = cv2.GaussianBlur(IMAGE, (0, 0), 12)
KINDS = {
    "plain": {},
    "strips": {"rowsperstrip": 16},
    "big endian": {"byteorder": ">"},
    "BigTIFF": {"bigtiff": True},
    "tiles": {"tile": (64, 128)},
    "deflate in one strip": {"compression": "zlib", "rowsperstrip": 300},
    "deflate in tiles with a predictor": {"compression": "zlib", "predictor": True, "tile": (64, 64)},
    "LZW": {"compression": "lzw", "rowsperstrip": 8},
    "zstd": {"compression": "zstd", "tile": (128, 128)},
    "packbits": {"compression": "packbits", "rowsperstrip": 30},
    "planes apart": {"planarconfig": "separate", "photometric": "rgb"},
    "planes apart in tiles": {
        "planarconfig": "separate",
        "photometric": "rgb",
        "tile": (64, 64),
        "compression": "zlib",
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_region_of_any_tiff_equals_that_part_of_the_slide(tmp_path: Path, kind: str) -> None:
    options = {"photometric": "rgb", **KINDS[kind]}
    byteorder = {key: options.pop(key) for key in ("byteorder", "bigtiff") if key in options}
    data = np.moveaxis(IMAGE, -1, 0) if "apart" in kind else IMAGE
    tifffile.imwrite(tmp_path / "a.tiff", data, **byteorder, **options)
    slide = open_slide(tmp_path / "a.tiff")
    assert (slide.height, slide.width) == (300, 410)
    for top, bottom, left, right in [(0, 300, 0, 410), (60, 70, 100, 140), (299, 300, 409, 410), (0, 65, 380, 410)]:
        assert (slide.read(top, bottom, left, right) == IMAGE[top:bottom, left:right]).all()


def test_jpeg_tiles_are_decoded_as_rgb(tmp_path: Path) -> None:
    options = {"photometric": "rgb", "tile": (128, 128), "compression": "jpeg", "compressionargs": {"level": 98}}
    tifffile.imwrite(tmp_path / "a.tiff", SMOOTH, **options)
    found = open_slide(tmp_path / "a.tiff").read(10, 290, 20, 400)
    assert np.abs(found.astype(int) - SMOOTH[10:290, 20:400]).max() < 12


@pytest.mark.parametrize("order", [1, -1])
def test_the_slide_is_the_largest_page(tmp_path: Path, order: int) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tiff") as file:
        for page in [IMAGE, IMAGE[::2, ::2], IMAGE[::4, ::4]][::order]:
            file.write(page, photometric="rgb", tile=(64, 64), compression="zlib")
    assert (open_slide(tmp_path / "a.tiff").read(0, 300, 0, 410) == IMAGE).all()


def test_grey_rgba_and_sixteen_bits_become_rgb(tmp_path: Path) -> None:
    alpha = np.concatenate([IMAGE, np.full_like(IMAGE[..., :1], 255)], axis=2)
    tifffile.imwrite(tmp_path / "grey.tif", IMAGE[..., 0])
    tifffile.imwrite(tmp_path / "rgba.tif", alpha, photometric="rgb", extrasamples=["unassalpha"], tile=(64, 64))
    tifffile.imwrite(tmp_path / "deep.tif", IMAGE.astype(np.uint16) * 257, photometric="rgb")
    cv2.imwrite(str(tmp_path / "grey.png"), IMAGE[..., 0])
    whole = {path.name: open_slide(path).read(0, 300, 0, 410) for path in tmp_path.iterdir()}
    assert (whole["grey.tif"] == IMAGE[..., :1]).all() and (whole["grey.png"] == IMAGE[..., :1]).all()
    assert (whole["rgba.tif"] == IMAGE).all() and (whole["deep.tif"] == IMAGE).all()


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    for value in (3, 200):
        cv2.imwrite(str(tmp_path / "a.png"), np.full((20, 20, 3), value, np.uint8))
        os.utime(tmp_path / "a.png", ns=(value, value))
        assert (open_slide(tmp_path / "a.png").read(0, 20, 0, 20) == value).all()


@pytest.mark.parametrize("kind", ["plain", "strips", "tiles", "deflate in one strip", "LZW"])
@pytest.mark.parametrize("fraction", [0.999, 0.5, 0.01])
def test_a_truncated_tiff_is_refused_by_name(tmp_path: Path, kind: str, fraction: float) -> None:
    path = tmp_path / "T01.tiff"
    tifffile.imwrite(path, IMAGE, photometric="rgb", **KINDS[kind])
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * fraction)])
    with pytest.raises(SampleError, match=r"T01\.tiff"):
        open_slide(path)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_truncated_image_is_refused_by_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"T01{suffix}"
    cv2.imwrite(str(path), SMOOTH)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SampleError, match=r"T01\."):
        open_slide(path).read(0, 10, 0, 10)


@pytest.mark.parametrize("content", [b"", b"II*\0", b"II*\0\x08\0\0\0\xff\xff", b"GIF89a", b"\0" * 4096])
@pytest.mark.parametrize("name", ["T01.tiff", "T01.png"])
def test_files_that_are_no_images_are_refused_by_name(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SampleError, match=name):
        open_slide(tmp_path / name)


def test_a_damaged_tile_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "T01.tiff"
    tifffile.imwrite(path, IMAGE, photometric="rgb", tile=(64, 64), compression="zlib")
    with tifffile.TiffFile(path) as file:
        offset = file.pages[0].dataoffsets[3]
    data = bytearray(path.read_bytes())
    data[offset : offset + 40] = b"\xff" * 40
    path.write_bytes(data)
    slide = open_slide(path)
    assert (slide.read(0, 64, 0, 64) == IMAGE[:64, :64]).all()
    with pytest.raises(SampleError, match=r"T01\.tiff"):
        slide.read(0, 300, 0, 410)


def test_floating_point_pixels_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tiff", IMAGE.astype(np.float32), photometric="rgb")
    with pytest.raises(SampleError, match=r"float32[\s\S]*8 or 16 bits"):
        open_slide(tmp_path / "a.tiff")


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory in the units of Linux")
def test_a_patch_of_a_large_tiled_slide_needs_little_memory(tmp_path: Path) -> None:
    """A 10,000 x 10,000 slide has 300 MB; reading a patch may take 40 MB."""
    with tifffile.TiffWriter(tmp_path / "a.tiff") as file:
        pages = np.broadcast_to(np.uint8(200), (10_000, 10_000, 3))
        file.write(pages, photometric="rgb", tile=(512, 512), compression="zlib", compressionargs={"level": 1})
    code = (
        "import resource, sys; from kit_plugins.pathology_segmentation.slide import open_slide\n"
        "from kit_plugins.pathology_segmentation.slide.downsample import read_downsampled\n"
        "import imagecodecs\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert (read_downsampled(open_slide(sys.argv[1]), 2, 4000, 4192, 4000, 4192) == 200).all()\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.tiff")]
    used = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert used < 40_000  # KiB


# Damage that decoders pass over


def damaged(data: bytes, kind: str) -> bytes:
    if kind == "cut and closed":
        return data[: len(data) // 2] + b"\xff\xd9"
    changed = bytearray(data)
    start = len(data) // 2
    changed[start : start + 400] = bytes(range(1, 101)) * 4 if kind == "other bytes" else b"\xff" * 400
    return bytes(changed)


@pytest.mark.parametrize("kind", ["cut and closed", "other bytes", "ones"])
def test_a_jpeg_that_is_decoded_with_a_warning_is_refused(tmp_path: Path, kind: str) -> None:
    cv2.imwrite(str(tmp_path / "T01.jpg"), IMAGE)
    (tmp_path / "T01.jpg").write_bytes(damaged((tmp_path / "T01.jpg").read_bytes(), kind))
    with pytest.raises(SampleError, match=r"T01\.jpg"):
        open_slide(tmp_path / "T01.jpg").read(0, 10, 0, 10)


@pytest.mark.parametrize("options", [{"tile": (128, 128)}, {"rowsperstrip": 64}])
@pytest.mark.parametrize("kind", ["other bytes", "ones"])
def test_a_jpeg_tile_that_is_decoded_with_a_warning_is_refused(tmp_path: Path, options: dict, kind: str) -> None:
    path = tmp_path / "T01.tiff"
    tifffile.imwrite(path, IMAGE, photometric="rgb", compression="jpeg", **options)
    with tifffile.TiffFile(path) as file:
        start, count = file.pages[0].dataoffsets[1], file.pages[0].databytecounts[1]
    data = bytearray(path.read_bytes())
    data[start : start + count] = damaged(bytes(data[start : start + count]), kind)
    path.write_bytes(data)
    slide = open_slide(path)
    assert slide.read(0, 8, 0, 8).shape == (8, 8, 3)
    with pytest.raises(SampleError, match=r"T01\.tiff"):
        slide.read(0, 300, 0, 410)


def test_a_png_with_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "T01.png"), IMAGE)
    data = bytearray((tmp_path / "T01.png").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "T01.png").write_bytes(data)
    with pytest.raises(SampleError, match=r"T01\.png"):
        open_slide(tmp_path / "T01.png").read(0, 10, 0, 10)


def test_a_jpeg_larger_than_its_tile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "T01.tiff"
    tifffile.imwrite(path, IMAGE, photometric="rgb", compression="jpeg", tile=(128, 128))
    data = path.read_bytes()
    with tifffile.TiffFile(path) as file:
        start = file.pages[0].dataoffsets[0]
    frame = data.index(b"\xff\xc0", start)
    path.write_bytes(data[: frame + 5] + b"\xff\xff\xff\xff" + data[frame + 9 :])
    with pytest.raises(SampleError, match=r"T01\.tiff"):
        open_slide(path).read(0, 10, 0, 10)
