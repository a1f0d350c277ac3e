"""What is read, and how everything that is wrong with a download is named."""

import io
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import ARITHMETIC, TEXT
from kit_plugins.arithmetic_captcha.files import part_folder
from kit_plugins.arithmetic_captcha.image import read_captcha
from kit_plugins.arithmetic_captcha.round1 import audit, reader
from kit_plugins.arithmetic_captcha.text import reader as text_reader

from kit import DataError, SampleError


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    ARITHMETIC.sample(folder, 12, 0)
    return folder


def edit_labels(data, change):
    path = data / "train" / "labels.txt"
    path.write_bytes(change(path.read_bytes()))


def lines_changed(number, line):
    def change(content):
        lines = content.splitlines()
        lines[number - 1] = line
        return b"\n".join(lines) + b"\n"

    return change


def test_samples_follow_the_images_numbers_and_not_their_names_order(data):
    samples = reader.read(data, "train")
    assert [sample.id for sample in samples] == [str(number) for number in range(12)]
    lines = (data / "train" / "labels.txt").read_text().splitlines()
    assert [sample.y for sample in samples] == [line.split()[0] for line in lines]
    assert [sample.y for sample in reader.read(data, "test")] == [None] * 3
    assert reader.ids(data) == ["0", "1", "2"]


def test_the_contests_own_names_are_found(data):
    (data / "train").rename(data / "image_contest_level_1")
    (data / "test").rename(data / "image_contest_level_1_validate")
    assert len(reader.read(data, "train")) == 12
    assert len(reader.read(data, "test")) == 3


def test_the_archives_are_read_as_downloaded(data, tmp_path):
    whole = reader.read(data, "train")
    other = tmp_path / "downloaded"
    other.mkdir()
    for part, name in (("train", "image_contest_level_1"), ("test", "image_contest_level_1_validate")):
        with tarfile.open(other / f"{name}.tar.gz", "w:gz") as file:
            file.add(data / part, arcname=f"{name}")
    assert [sample.y for sample in reader.read(other, "train")] == [sample.y for sample in whole]
    assert reader.ids(other) == ["0", "1", "2"]


@pytest.mark.parametrize("kind", ["path", "link"])
def test_an_archive_that_reaches_outside_is_refused(kind, tmp_path):
    archive = tmp_path / "train.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        member = tarfile.TarInfo("../evil.png" if kind == "path" else "0.png")
        if kind == "link":
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        file.addfile(member, io.BytesIO(b""))
    with pytest.raises(DataError, match=r"unsafe|a link"):
        part_folder(tmp_path, "train", reader.NAMES)
    assert not list(tmp_path.rglob("evil.png"))


def test_a_cut_archive_is_named(data, tmp_path):
    archive = tmp_path / "train.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(data / "train", arcname="train")
    archive.write_bytes(archive.read_bytes()[:500])
    with pytest.raises(DataError, match="archive cannot be read"):
        part_folder(tmp_path, "train", reader.NAMES)


def test_missing_parts_say_what_was_expected(tmp_path):
    with pytest.raises(DataError, match=r"train/ or train\.tar\.gz"):
        reader.read(tmp_path, "train")


def test_a_missing_number_in_the_sequence_is_named(data):
    (data / "train" / "4.png").unlink()
    with pytest.raises(DataError, match=r"4\.png is missing"):
        reader.read(data, "train")


def test_an_image_without_a_number_is_named(data):
    (data / "test" / "2.png").rename(data / "test" / "02.png")
    with pytest.raises(DataError, match=r"02\.png"):
        reader.ids(data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content[:-1].rpartition(b"\n")[0], "11.png has no label"),
        (lambda content: content + b"1+2+3 6\n", "12.png is missing"),
        (lines_changed(3, b"1+2*3 9"), "line 3 of labels.txt is wrong: 1[+]2[*]3 is 7, not '9'"),
        (lines_changed(4, b"(1+2*3 9"), "line 4 .*is not a valid expression"),
        (lines_changed(5, b"1+2 3"), "line 5 .*is not of the contest's form"),
        (lines_changed(6, b"1+2+3"), "line 6"),
        (lines_changed(7, b"1+2+3 \xff"), "(?s)not UTF-8.*line 7"),
    ],
    ids=["shorter", "longer", "result", "expression", "form", "no result", "bytes"],
)
def test_wrong_labels_are_named_with_their_line(change, words, data):
    edit_labels(data, change)
    with pytest.raises(DataError, match=words):
        reader.read(data, "train")


def test_labels_with_windows_line_ends_are_read(data):
    whole = reader.read(data, "train")
    edit_labels(data, lambda content: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))
    assert reader.read(data, "train") == whole


def write_png(path: Path, pixels, *flags):
    path.write_bytes(cv2.imencode(".png", pixels, list(flags))[1].tobytes())
    return path


def test_an_image_of_the_wrong_size_is_named(tmp_path):
    path = write_png(tmp_path / "7.png", np.zeros((61, 180, 3), np.uint8))
    with pytest.raises(SampleError, match=r"(?s)7\.png has the wrong size.*180x60.*180x61"):
        read_captcha(path, 180, 60)


@pytest.mark.parametrize("content", [b"", b"not a png", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_file_that_is_no_image_is_named(content, tmp_path):
    path = tmp_path / "3.png"
    path.write_bytes(content)
    with pytest.raises(SampleError, match=r"3\.png"):
        read_captcha(path, 180, 60)


def test_transparent_palette_and_grey_images_show_what_they_stand_for_and_are_named(data):
    from PIL import Image

    pixels = read_captcha(data / "train" / "0.png", 180, 60)
    opaque = Image.fromarray(pixels)
    clear = opaque.convert("RGBA")
    clear.putalpha(Image.new("L", opaque.size, 0))
    clear.save(data / "train" / "1.png")
    few = opaque.quantize(16)
    few.save(data / "train" / "2.png")
    opaque.convert("L").save(data / "train" / "3.png")
    assert (read_captcha(data / "train" / "1.png", 180, 60) == 255).all()
    assert (read_captcha(data / "train" / "2.png", 180, 60) == np.asarray(few.convert("RGB"))).all()
    assert read_captcha(data / "train" / "3.png", 180, 60).shape == (60, 180, 3)
    found = {finding.kind: finding.message for finding in audit.audit(data)}
    assert "1.png" in found["transparent image"]
    assert "2.png" in found["palette image"]


def test_text_captchas_are_read_and_wrong_texts_named(tmp_path):
    TEXT.sample(tmp_path, 8, 0)
    samples = text_reader.read(tmp_path, "train")
    assert all(len(sample.y) == 4 for sample in samples)
    edit_labels(tmp_path, lines_changed(2, b"ab!?"))
    with pytest.raises(DataError, match="line 2"):
        text_reader.read(tmp_path, "train")


def test_the_answers_are_in_the_images_order(data):
    found = reader.answers(data / "answers.txt")
    assert found.ids == ["0", "1", "2"]
    assert list(found.truth["expression"]) == [
        line.split()[0] for line in (data / "answers.txt").read_text().splitlines()
    ]
