"""Image files: pixels as a viewer shows them, and an error that names the file for anything damaged."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from kit.errors import SampleError
from kit.images import check_image, decode_image, read_header, read_image


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """A colour image (120, 160, 3) with smooth and busy parts."""
    y, x = np.mgrid[:120, :160]
    rng = np.random.default_rng(0)
    soft = np.stack([x, y, (x + y) / 2], axis=2) + rng.normal(0, 12, (120, 160, 3))
    return soft.clip(0, 255).astype(np.uint8)


def encoded(image: np.ndarray, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_lossless_kinds_decode_to_their_pixels(scene, kind):
    image = scene // 64 * 64 if kind != "GIF" else np.repeat((scene[..., :1] // 16 * 16), 3, axis=2)
    assert np.array_equal(decode_image(encoded(image, kind), "x"), image)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0, "quality": 60}])
def test_a_jpeg_decodes_as_opencv_decodes_it(scene, options):
    data = encoded(scene, "JPEG", **options)
    expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.array_equal(decode_image(data, "x"), expected)


def test_a_jpeg_is_reduced_where_enough_pixels_are_left(scene):
    data = encoded(np.tile(scene, (4, 4, 1)), "JPEG")  # 480 x 640
    shapes = {shortest: decode_image(data, "x", shortest=shortest).shape for shortest in (60, 61, 120, 240, 241)}
    assert shapes == {60: (60, 80, 3), 61: (120, 160, 3), 120: (120, 160, 3), 240: (240, 320, 3), 241: (480, 640, 3)}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_pixels_come_upright(scene, kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    Image.fromarray(scene[::2, ::2]).save(buffer, kind, exif=exif, quality=95)
    from PIL import ImageOps

    shown = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(buffer.getvalue()))).convert("RGB"))
    found = decode_image(buffer.getvalue(), "x")
    assert found.shape == shown.shape
    assert np.abs(found.astype(int) - shown).mean() < 3


def test_grey_palette_and_transparent_pixels_become_rgb_over_white(scene):
    grey = scene[..., 0]
    assert np.array_equal(decode_image(encoded(grey, "PNG"), "x"), np.repeat(grey[..., None], 3, axis=2))
    clear = np.dstack([scene, np.zeros(scene.shape[:2], np.uint8)])
    assert (decode_image(encoded(clear, "PNG"), "x") == 255).all()


def test_damage_in_the_middle_of_a_jpeg_is_an_error_with_the_files_name(scene, tmp_path):
    data = encoded(np.tile(scene, (3, 3, 1)), "JPEG")
    third = len(data) // 3
    zeros = data[:third] + bytes(third) + data[2 * third :]
    closed = data[: len(data) // 2] + b"\xff\xd9"
    for damaged in (zeros, closed, data[:-50], data[:-2]):
        path = tmp_path / "P0001.jpg"
        path.write_bytes(damaged)
        with pytest.raises(SampleError, match=r"(?s)(damaged|cut off).*P0001\.jpg"):
            read_image(path)
        with pytest.raises(SampleError):
            check_image(damaged, path)
    check_image(data, "x")


def test_bytes_behind_the_end_and_an_unknown_jfif_revision_are_no_damage(scene):
    data = encoded(scene, "JPEG")
    assert data[6:11] == b"JFIF\0"
    expected = decode_image(data, "x")
    assert np.array_equal(decode_image(data + b"behind the end", "x"), expected)
    assert np.array_equal(decode_image(data[:11] + b"\x00\x00" + data[13:], "x"), expected)


def test_each_changed_bit_of_a_png_is_found_by_a_checksum(scene):
    data = encoded(scene, "PNG")
    check_image(data, "x")
    rng = random.Random(0)
    for _ in range(200):
        position = rng.randrange(8, len(data))
        changed = bytearray(data)
        changed[position] ^= 1 << rng.randrange(8)
        with pytest.raises(SampleError):
            decode_image(bytes(changed), "x")


def test_a_huge_image_is_refused_by_its_header(scene):
    ihdr = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr)) + bytes(100)
    with pytest.raises(SampleError, match="30000 x 30000"):
        decode_image(png, "x")
    jpeg = bytearray(encoded(scene, "JPEG"))
    frame = jpeg.find(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
    with pytest.raises(SampleError, match="60000 x 60000"):
        decode_image(bytes(jpeg), "x")


def test_a_jpeg_of_very_many_scans_is_refused(scene):
    data = encoded(scene, "JPEG", progressive=True)
    scan = data.rfind(b"\xff\xda")
    with pytest.raises(SampleError, match="too many scans"):
        decode_image(data[:-2] + data[scan:-2] * 1000 + b"\xff\xd9", "x")


@pytest.mark.parametrize("mode", ["CMYK", "I;16", "F"])
def test_other_colour_models_and_depths_are_named(mode):
    buffer = io.BytesIO()
    Image.new(mode, (20, 20)).save(buffer, "JPEG" if mode == "CMYK" else "TIFF")
    with pytest.raises(SampleError, match=mode):
        decode_image(buffer.getvalue(), "x")


def test_sixteen_bits_of_a_png_and_several_pages_are_named(scene):
    deep = cv2.imencode(".png", scene.astype(np.uint16) * 256)[1].tobytes()
    with pytest.raises(SampleError, match="16 bits"):
        decode_image(deep, "x")
    buffer = io.BytesIO()
    pages = [Image.fromarray(scene), Image.fromarray(scene[::-1])]
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    with pytest.raises(SampleError, match="several images"):
        decode_image(buffer.getvalue(), "x")


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"<html>"])
def test_what_is_no_image_is_named(data):
    with pytest.raises(SampleError, match=r"no image|cut off"):
        decode_image(data, "x.jpg")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF"])
def test_mutated_files_decode_or_are_refused(scene, kind):
    sound = encoded(scene, kind)
    rng = random.Random(kind)
    for _ in range(300):
        data = bytearray(sound)
        for _ in range(rng.randint(1, 8)):
            position, length = rng.randrange(len(data)), rng.choice([1, 1, 2, 40])
            data[position : position + length] = rng.choice([b"", rng.randbytes(length), bytes(length)])
        try:
            assert decode_image(bytes(data), "mutant").dtype == np.uint8
        except SampleError as error:
            assert "mutant" in str(error)


@pytest.mark.skipif(not os.environ.get("KIT_TEST_DATA"), reason="KIT_TEST_DATA is not set")
def test_real_photographs_are_sound():
    found = sorted(Path(os.environ["KIT_TEST_DATA"]).rglob("*.jpg"))[:400]
    assert found
    for path in found:
        check_image(path.read_bytes(), path)
        assert read_header(path.read_bytes(), path).whole
