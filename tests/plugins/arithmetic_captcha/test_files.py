"""Downloads as people have them: renamed by browsers, in archives, among system files; what is missing is named."""

import gzip
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from kit_plugins.arithmetic_captcha import ARITHMETIC, TEXT
from kit_plugins.arithmetic_captcha.round1 import reader

from kit import DataError


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    ARITHMETIC.sample(folder, 6, 0)
    return folder


def texts(folder, part="train"):
    return [sample.y for sample in reader.read(folder, part)]


def tar(folder, path, mode="w:gz", inside="train"):
    with tarfile.open(path, mode) as file:
        file.add(folder, arcname=inside)


def zipped(folder, path, inside=""):
    with zipfile.ZipFile(path, "w") as file:
        for member in sorted(folder.rglob("*")):
            if member.is_file():
                file.write(member, str(Path(inside, member.relative_to(folder))))
    return path


@pytest.mark.parametrize("name", ["image_contest_level_1.tar.gz", "image_contest_level_1 (1).tar.gz", "train.zip"])
@pytest.mark.parametrize("inside", ["", "image_contest_level_1"])
def test_archives_are_read_also_under_a_browsers_name(name, inside, data, tmp_path):
    other = tmp_path / "downloads"
    other.mkdir()
    if name.endswith(".zip"):
        zipped(data / "train", other / name, inside)
    else:
        tar(data / "train", other / name, inside=inside or ".")
    assert texts(other) == texts(data)


def test_a_test_part_in_a_7z_archive_is_not_passed_over(data):
    for path in (data / "test").iterdir():
        path.unlink()
    (data / "test").rmdir()
    (data / "test.7z").write_bytes(b"7z")
    with pytest.raises(DataError, match=r"7z x test\.7z"):
        reader.read(data, "test")


def test_labels_are_found_in_any_case_and_other_tables_are_named_in_their_place(data):
    before = texts(data)
    (data / "train" / "labels.txt").rename(data / "train" / "Labels.TXT")
    assert texts(data) == before
    (data / "train" / "Labels.TXT").rename(data / "train" / "label.csv")
    with pytest.raises(DataError, match=r"found: label\.csv"):
        texts(data)


@pytest.mark.parametrize("name", ["train (1)", "train - Copy", "image_contest_level_1", "Train"])
def test_a_renamed_folder_is_found(name, data):
    before = texts(data)
    (data / "train").rename(data / name)
    assert texts(data) == before


def test_labels_that_a_browser_renamed_or_that_lie_beside_the_folder_are_found(data):
    before = texts(data)
    (data / "train" / "labels.txt").rename(data / "train" / "labels (1).txt")
    assert texts(data) == before
    (data / "train" / "labels (1).txt").rename(data / "labels.txt")
    assert texts(data) == before


def test_two_different_copies_of_the_labels_are_not_chosen_between(data):
    labels = data / "train" / "labels.txt"
    (data / "train" / "labels (1).txt").write_bytes(labels.read_bytes())
    labels.rename(data / "train" / "labels (2).txt")
    with pytest.raises(DataError, match=r"labels \(1\)\.txt, labels \(2\)\.txt"):
        texts(data)


def test_two_renamed_folders_are_not_chosen_between(data):
    zipped(data / "train", data / "train (1).zip")
    assert len(texts(data)) == 6  # the folder has the exact name
    (data / "train").rename(data / "train (2)")
    assert len(texts(data)) == 6  # a folder before an archive
    zipped(data / "train (2)", data / "train (3).zip")
    for path in (data / "train (2)").iterdir():
        path.unlink()
    with pytest.raises(DataError, match=r"train \(1\)\.zip, train \(3\)\.zip"):
        texts(data)


@pytest.mark.parametrize("depth", [1, 2])
def test_the_data_may_be_in_one_archive_or_in_more_folders(depth, data, tmp_path):
    whole = zipped(data, tmp_path / "captcha.zip", "captcha/captcha" if depth == 2 else "")
    assert texts(whole) == texts(data)
    outer = tmp_path / "outer" / "inner"
    outer.mkdir(parents=True)
    zipped(data, outer / "captcha.zip")
    assert texts(tmp_path / "outer") == texts(data)


def test_an_archive_within_an_archive_is_read(data, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    tar(data / "train", inner / "image_contest_level_1.tar.gz")
    zipped(inner, tmp_path / "train.zip")
    (tmp_path / "test").mkdir()
    (data / "test" / "0.png").rename(tmp_path / "test" / "0.png")
    for path in (data, inner):
        path.rename(tmp_path.parent / f"{tmp_path.name}-{path.name}")
    assert len(texts(tmp_path)) == 6


def test_system_files_are_passed_over(data):
    before = texts(data)
    for folder in (data, data / "train"):
        for name in (".DS_Store", "._0.png", "._labels.txt", "Thumbs.db", "desktop.ini", "._train"):
            (folder / name).write_bytes(b"\0\5\x16\7")
        (folder / "__MACOSX").mkdir()
        (folder / "__MACOSX" / "._0.png").write_bytes(b"\0\5\x16\7")
    assert texts(data) == before


def test_an_archive_with_a_changed_letter_is_refused_by_its_checksum(data, tmp_path):
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as file:
        file.add(data / "train", arcname="train")
    packed = bytearray(gzip.compress(plain.getvalue(), 0))  # stored: one byte of the content can be changed
    at = packed.index((data / "train" / "labels.txt").read_bytes()[:5])
    packed[at] = packed[at] ^ 1
    (tmp_path / "train.tar.gz").write_bytes(packed)
    with pytest.raises(DataError, match=r"archive cannot be read") as error:
        texts(tmp_path)
    assert "train.tar.gz" in str(error.value)


@pytest.mark.parametrize("ending", [".tar.xz", ".tar.bz2"])
def test_a_damaged_member_of_any_compression_is_refused(ending, data, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    path = other / f"train{ending}"
    tar(data / "train", path, f"w:{ending.rpartition('.')[2]}")
    assert texts(other) == texts(data)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"archive cannot be read"):
        texts(other)


def test_a_damaged_lzma_member_of_a_zip_archive_is_refused(data, tmp_path):
    path = tmp_path / "train.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        for member in (data / "train").iterdir():
            file.write(member, member.name)
    content = bytearray(path.read_bytes())
    content[200] ^= 255
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"zip archive cannot be read"):
        texts(tmp_path)


@pytest.mark.parametrize("missing", [[4], [1, 3], [0]])
def test_missing_images_are_named(missing, data):
    for number in missing:
        (data / "train" / f"{number}.png").unlink()
    with pytest.raises(DataError) as error:
        texts(data)
    assert ", ".join(f"{number}.png" for number in missing) in str(error.value)


def test_an_image_beyond_the_labels_and_a_missing_last_image_are_named(data):
    (data / "train" / "6.png").write_bytes((data / "train" / "5.png").read_bytes())
    with pytest.raises(DataError, match=r"6\.png has no label"):
        texts(data)
    for number in (4, 5, 6):
        (data / "train" / f"{number}.png").unlink()
    with pytest.raises(DataError, match=r"4\.png, 5\.png are missing"):
        texts(data)


def test_two_files_of_one_number_are_named(data):
    (data / "train" / "2.jpg").write_bytes((data / "train" / "2.png").read_bytes())
    with pytest.raises(DataError, match=r"(?s)one number.*2\.jpg, 2\.png"):
        texts(data)


def test_images_with_other_endings_are_read_and_not_taken_for_absent(data):
    before = texts(data)
    (data / "train" / "3.png").rename(data / "train" / "3.PNG")
    (data / "train" / "5.png").rename(data / "train" / "5.jpeg")
    assert texts(data) == before


def test_images_with_other_names_are_all_named(data):
    for name in ("3.png", "4.png"):
        (data / "train" / name).rename(data / "train" / f"copy of {name}")
    with pytest.raises(DataError, match=r"copy of 3\.png, copy of 4\.png"):
        texts(data)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
def test_a_name_that_is_not_utf8_is_named(data):
    name = os.fsencode(data / "train") + b"/caf\xe9.png"
    Path(os.fsdecode(name)).write_bytes(b"")
    with pytest.raises(DataError) as error:
        texts(data)
    assert "caf" in str(error.value)


def test_without_a_test_part_the_data_can_be_trained_on(data, tmp_path):
    (data / "test").rename(tmp_path / "elsewhere")
    assert reader.read(data, "test") == []
    assert reader.ids(data) == []
    (tmp_path / "elsewhere").rename(data / "testing")
    with pytest.raises(DataError, match=r"(?s)test images are missing.*testing"):
        reader.read(data, "test")


def test_an_empty_part_says_what_is_there(data):
    for path in (data / "train").iterdir():
        path.unlink()
    (data / "train" / "notes.doc").touch()
    with pytest.raises(DataError, match=r"(?s)no image in the train folder.*notes\.doc"):
        texts(data)


def test_a_missing_label_file_is_named(data):
    (data / "train" / "labels.txt").unlink()
    with pytest.raises(DataError, match=r"labels\.txt is missing"):
        texts(data)


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to(path.parent / "nothing")])
def test_labels_that_are_no_file_are_named(make, data):
    path = data / "train" / "labels.txt"
    path.unlink()
    make(path)
    with pytest.raises(DataError, match=r"labels\.txt"):
        texts(data)


def test_a_file_in_place_of_the_folder_is_named(data):
    with pytest.raises(DataError, match="neither a folder nor an archive"):
        texts(data / "answers.txt")
    with pytest.raises(DataError, match="no such folder"):
        texts(data / "nothing")


def test_text_captchas_are_found_in_the_same_ways(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    TEXT.sample(folder, 4, 0)
    before = [sample.y for sample in TEXT.reader(folder, "train")]
    (folder / "train").rename(folder / "train (1)")
    assert [sample.y for sample in TEXT.reader(folder, "train")] == before
