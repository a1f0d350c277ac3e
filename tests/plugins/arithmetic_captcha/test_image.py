"""Images: damage, unusual pixels and unusual sizes are named, and transparency and orientation are respected."""

import io
import struct
import zlib

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import ARITHMETIC, FINAL, TEXT
from kit_plugins.arithmetic_captcha.image import read_captcha
from PIL import Image

from kit import DataError, Sample, SampleError

SIZE = (180, 60)


@pytest.fixture
def picture():
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 256, (60, 180, 3), dtype=np.uint8))


def saved(folder, image, name="3.png", **options):
    path = folder / name
    image.save(path, **options)
    return path


def png(width, height):
    """A PNG file whose header names this size, with few bytes behind it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1"])
def test_every_usual_kind_of_pixels_is_read_as_its_colours(mode, picture, tmp_path):
    image = picture.convert(mode)
    path = saved(tmp_path, image)
    assert (read_captcha(path, *SIZE) == np.asarray(image.convert("RGB"))).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_are_white_whatever_their_colour(mode, picture, tmp_path):
    if mode == "P":
        path = saved(tmp_path, picture.quantize(4), transparency=0)
        hidden = np.asarray(picture.quantize(4)) == 0
    else:
        image = picture.convert(mode)
        image.putalpha(Image.new("L", SIZE, 0))
        path, hidden = saved(tmp_path, image), np.ones(SIZE[::-1], bool)
    assert (read_captcha(path, *SIZE)[hidden] == 255).all()


def test_16_bits_a_channel_are_refused_by_name(tmp_path):
    path = saved(tmp_path, Image.fromarray(np.zeros(SIZE[::-1], np.uint16)))
    with pytest.raises(SampleError, match=r"(?s)16 bits.*3\.png"):
        read_captcha(path, *SIZE)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_an_orientation_tag_is_followed(orientation, picture, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    size = SIZE if orientation < 5 else SIZE[::-1]
    path = saved(tmp_path, picture.resize(size), exif=exif)
    assert read_captcha(path, *SIZE).shape == (60, 180, 3)
    path = saved(tmp_path, picture.resize(size), "4.jpg", exif=exif)
    assert read_captcha(path, *SIZE).shape == (60, 180, 3)


def test_a_jpeg_called_png_is_read(picture, tmp_path):
    assert read_captcha(saved(tmp_path, picture, format="JPEG"), *SIZE).shape == (60, 180, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_half_an_image_is_named(kind, part, picture, tmp_path):
    path = saved(tmp_path, picture, format=kind)
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(SampleError, match=r"(?s)cut off.*3\.png"):
        read_captcha(path, *SIZE)
    if kind == "JPEG":  # closed with an end mark
        path.write_bytes(content[: int(part * len(content))] + b"\xff\xd9")
        with pytest.raises(SampleError, match=r"3\.png"):
            read_captcha(path, *SIZE)


def test_one_changed_byte_of_a_png_is_noticed(picture, tmp_path):
    path = saved(tmp_path, picture)
    content = path.read_bytes()
    for at in range(8, len(content), len(content) // 50):
        path.write_bytes(content[:at] + bytes([content[at] ^ 64]) + content[at + 1 :])
        with pytest.raises(SampleError, match=r"3\.png"):
            read_captcha(path, *SIZE)


def test_a_jpeg_with_damaged_data_is_named(picture, tmp_path):
    path = saved(tmp_path, picture, format="JPEG")
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : 2 * third] = bytes(third)
    path.write_bytes(content)
    with pytest.raises(SampleError, match=r"3\.png"):
        read_captcha(path, *SIZE)


@pytest.mark.parametrize("size", [(30_000, 30_000), (200_000, 200_000), (2**31 - 1, 2**31 - 1), (0, 0), (180, 0)])
@pytest.mark.parametrize("task", [ARITHMETIC, FINAL, TEXT], ids=lambda task: task.name)
def test_a_header_of_an_impossible_size_is_refused_before_anything_is_decoded(task, size, tmp_path):
    path = tmp_path / "3.png"
    path.write_bytes(png(*size))
    with pytest.raises(DataError, match=r"3\.png"):
        task.example(Sample("3", path, "1+2+3"), None, task.config)


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (4000, 1), (3, 3), (11, 11), (12, 12), (40, 13)])
def test_a_tiny_image_has_no_lines(size, tmp_path):
    path = saved(tmp_path, Image.new("RGB", size, "white"))
    with pytest.raises(SampleError, match="no lines"):
        FINAL.example(Sample("3", path, "流=8;(1+2)*3-流/4"), None, FINAL.config)
    x, _ = FINAL.example(Sample("3", path), None, FINAL.config)
    assert x.shape == (1, 40, 560)
    assert FINAL.picture(Sample("3", path)).ndim == 3
    with pytest.raises(SampleError, match="wrong size"):
        ARITHMETIC.example(Sample("3", path), None, ARITHMETIC.config)


@pytest.mark.parametrize("colour", ["white", "black", (250, 251, 252)])
@pytest.mark.parametrize("task", [ARITHMETIC, TEXT], ids=lambda task: task.name)
def test_an_image_of_one_colour_gives_finite_ink(task, colour, tmp_path):
    size = SIZE if task is ARITHMETIC else (170, 80)
    x, _ = task.example(Sample("3", saved(tmp_path, Image.new("RGB", size, colour))), None, task.config)
    assert np.isfinite(x).all()


def test_a_folder_named_as_an_image_is_named(tmp_path):
    (tmp_path / "3.png").mkdir()
    with pytest.raises(SampleError, match=r"3\.png"):
        read_captcha(tmp_path / "3.png", *SIZE)


def test_several_frames_are_refused(picture, tmp_path):
    path = saved(
        tmp_path, picture, format="GIF", save_all=True, append_images=[picture.transpose(Image.FLIP_LEFT_RIGHT)]
    )
    with pytest.raises(SampleError, match="several images"):
        read_captcha(path, *SIZE)


def test_an_animated_png_is_refused_or_read_as_its_picture(picture, tmp_path):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", save_all=True, append_images=[Image.new("RGB", SIZE)])
    path = tmp_path / "3.png"
    path.write_bytes(buffer.getvalue())
    assert (read_captcha(path, *SIZE) == np.asarray(picture)).all()
