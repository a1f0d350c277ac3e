"""The folder of a part is found as people have it."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from kit.errors import DataError
from kit.files import files_below, part_folder

PARTS = {"train": ("train",), "test": ("test", "test1")}


def make(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"1")
    return folder


def pack(folder: Path, archive: Path) -> None:
    shutil.make_archive(str(archive.with_suffix("")), "zip", folder)


def found(folder: Path, part: str = "train") -> list[str]:
    root = part_folder(folder, part, PARTS, "task")
    return [path.name for path in files_below(root, (".png",))] if root else []


@pytest.mark.parametrize(
    "names",
    [
        ["train/1.png", "test/2.png"],
        ["TRAIN/1.PNG", "Test/2.png"],
        ["train/train/1.png", "test/test/2.png"],
        ["data set/数据/train/1.png", "data set/数据/test1/2.png"],
        ["train/1.png", "train/.DS_Store", "__MACOSX/train/1.png", "test/2.png", ".git/train/1.png"],
        ["train/1.png", "test/2.png", "train/._1.png", "notes/train.txt"],
    ],
)
def test_a_part_is_found_in_folders_and_among_system_files(tmp_path, names):
    make(tmp_path, *names)
    assert [name.lower() for name in found(tmp_path)] == ["1.png"] and found(tmp_path, "test") == ["2.png"]


@pytest.mark.parametrize("inner", ["", "train/", "train/train/"])
def test_archives_are_opened_in_place_of_folders(tmp_path, inner):
    make(tmp_path / "a", f"{inner}1.png")
    pack(tmp_path / "a", tmp_path / "b" / "train.zip")
    assert found(tmp_path / "b") == ["1.png"]
    pack(tmp_path / "b", tmp_path / "c" / "whole download.zip")
    assert found(tmp_path / "c") == found(tmp_path / "c" / "whole download.zip") == ["1.png"]


def test_a_folder_comes_before_the_archive_that_it_was_unpacked_from(tmp_path):
    make(tmp_path, "train/1.png", "train.zip")
    assert found(tmp_path) == ["1.png"]
    make(tmp_path / "empty", "x")
    (tmp_path / "empty" / "train").mkdir()
    with zipfile.ZipFile(tmp_path / "empty" / "train (1).zip", "w") as archive:
        archive.writestr("2.png", b"1")
    assert found(tmp_path / "empty") == ["2.png"]


def test_archives_of_other_things_are_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    make(tmp_path / "other", "photos/1.png")
    pack(tmp_path / "other", tmp_path / "downloads" / "holiday.zip")
    make(tmp_path / "data", "Train/1.png", "Train/2.png")
    pack(tmp_path / "data", tmp_path / "downloads" / "contest.zip")
    assert found(tmp_path / "downloads") == ["1.png", "2.png"]
    assert len(list((tmp_path / "cache" / "task" / "archives").iterdir())) == 1


def test_there_is_none_in_another_folder(tmp_path):
    assert found(make(tmp_path, "training/1.png", "x.txt")) == []
    assert part_folder(tmp_path / "x.txt", "train", PARTS, "task") is None


def test_two_folders_of_a_part_are_refused(tmp_path):
    with pytest.raises(DataError, match="a/train, b/train"):
        found(make(tmp_path, "a/train/1.png", "b/train/2.png"))


def test_a_7z_archive_is_refused_with_the_command_that_unpacks_it(tmp_path):
    make(tmp_path / "a", "train.7z", "test.7z")
    with pytest.raises(DataError, match=r"to do: 7z x train\.7z\Z"):
        found(tmp_path / "a")
    pack(tmp_path / "a", tmp_path / "b" / "cifar-10.zip")
    with pytest.raises(DataError, match=r"cifar-10\.zip|unpacked the archive that holds it"):
        found(tmp_path / "b", "test")
    make(tmp_path / "a", "train/1.png")
    assert found(tmp_path / "a") == ["1.png"]
