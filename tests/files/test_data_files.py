"""A contest's files are found as people have them."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from kit import files
from kit.errors import DataError


def names(folder: Path) -> list[str]:
    return [path.name for path in files.data_files(folder, "task")]


def archive(path: Path, members: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path.read_bytes()


def test_hidden_and_system_files_are_left_out(tmp_path):
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / ".git").mkdir()
    system = ("._a.csv", ".DS_Store", "~$labels.xlsx", "Thumbs.db", "__MACOSX/a.csv", ".git/a.csv")
    for name in ("b.csv", "a.csv", *system):
        (tmp_path / name).touch()
    assert names(tmp_path) == ["a.csv", "b.csv"]


def test_archives_within_archives_are_opened_in_their_place(tmp_path):
    inner = archive(tmp_path / "inner.zip", {"train.csv": b"1", "__MACOSX/._train.csv": b"2"})
    (tmp_path / "inner.zip").unlink()
    archive(tmp_path / "b.zip", {"inner.zip": inner, "test.csv": b"3"})
    (tmp_path / "c.csv").touch()
    assert names(tmp_path) == ["train.csv", "test.csv", "c.csv"]
    assert names(tmp_path / "b.zip") == ["train.csv", "test.csv"]


def test_archives_without_end_are_refused(tmp_path):
    content, name = b"1", "train.csv"
    for depth in range(7):
        content, name = archive(tmp_path / "x.zip", {name: content}), f"{depth}.zip"
    with pytest.raises(DataError, match="archives within archives"):
        names(tmp_path)


def test_an_archive_that_is_unpacked_beside_itself_is_not_opened(tmp_path):
    archive(tmp_path / "data.zip", {"train.csv": b"1"})
    archive(tmp_path / "test.csv.zip", {"test.csv": b"1"})
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").touch()
    (tmp_path / "test.csv").touch()
    assert names(tmp_path) == ["test.csv", "train.csv"]


def test_the_kits_own_submissions_are_no_data(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_SUBMISSIONS", str(tmp_path / "submissions"))
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / "submission.csv").touch()
    assert names(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_links_to_folders_are_followed_and_circles_end(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "scan.mhd").touch()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "subset0").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "up").symlink_to(tmp_path / "data")
    assert names(tmp_path / "data") == ["scan.mhd"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "locked").mkdir(0)
    with pytest.raises(DataError, match="locked"):
        names(tmp_path)


def test_a_damaged_archive_is_named(tmp_path):
    (tmp_path / "data.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match=r"data\.zip"):
        names(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["train.csv", "train (1).csv", "train(2).csv", "train - Copy.csv", "train - Copy (3).csv", "in/train.csv"],
)
def test_a_file_is_found_under_the_names_that_browsers_give(tmp_path, name):
    (tmp_path / "in").mkdir()
    (tmp_path / name).write_text("1")
    assert files.find_file(tmp_path, "train.csv", "task") == tmp_path / name


def test_a_file_is_found_in_the_archive_of_its_own(tmp_path):
    archive(tmp_path / "train.csv (1).zip", {"train.csv": b"1"})
    archive(tmp_path / "masks.zip", {"mask.png": b"1"})
    found = files.find_file(tmp_path, "train.csv", "task")
    assert found is not None and found.read_text() == "1"


def test_several_different_files_of_a_name_are_refused_and_copies_are_not(tmp_path):
    (tmp_path / "train (1).csv").write_text("1")
    (tmp_path / "train (2).csv").write_text("1")
    assert files.find_file(tmp_path, "train.csv", "task") == tmp_path / "train (1).csv"
    (tmp_path / "train (3).csv").write_text("2")
    with pytest.raises(DataError, match=r"several files train\.csv"):
        files.find_file(tmp_path, "train.csv", "task")


def test_a_file_that_is_not_there_is_none(tmp_path):
    (tmp_path / "train.csv").mkdir()
    assert files.find_file(tmp_path, "train.csv", "task") is None
    assert files.find_file(tmp_path, "other.csv", "task") is None
