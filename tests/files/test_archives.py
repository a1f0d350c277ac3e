"""Archives stay inside their folder and within bounds; what is damaged is refused by name."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from kit import files
from kit.errors import DataError
from kit.files import archives


def leftovers(folder: Path) -> list[str]:
    """Temporary files and folders in a folder."""
    return sorted(path.name for path in folder.rglob("*") if path.name.endswith(".tmp") or path.name.startswith("."))


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_an_archive_is_unpacked_with_its_folders(tmp_path):
    files.unzip(archive(tmp_path / "a.zip", {"train.csv": b"1", "images/1.png": b"2"}), tmp_path / "out")
    assert (tmp_path / "out" / "train.csv").read_bytes() == b"1"
    assert (tmp_path / "out" / "images" / "1.png").read_bytes() == b"2"
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..\\evil", "C:/evil", "C:evil"])
def test_a_member_that_would_land_outside_is_refused(tmp_path, name):
    with pytest.raises(DataError, match="unsafe path"):
        files.unzip(archive(tmp_path / "a.zip", {"fine": b"1", name: b"2"}), tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("evil"))
    assert not (tmp_path / "deep" / "out").exists()
    assert leftovers(tmp_path) == []


def test_a_link_in_an_archive_is_refused(tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="unsafe path"):
        files.unzip(tmp_path / "a.zip", tmp_path / "out")


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path):
    bomb = archive(tmp_path / "a.zip", {"zeros": bytes(1 << 20)})
    with pytest.raises(DataError, match="too much"):
        files.unzip(bomb, tmp_path / "out", limit=1000)
    assert not (tmp_path / "out").exists()


def damaged(path: Path) -> Path:
    """An archive whose compressed bytes are overwritten in the middle."""
    archive(path, {"digits.csv": "".join(f"{i},{i * i % 97}\n" for i in range(9999)).encode()})
    content = bytearray(path.read_bytes())
    content[200:400] = bytes(range(200))
    path.write_bytes(content)
    return path


def encrypted(path: Path) -> Path:
    """An archive whose member is marked as needing a password."""
    archive(path, {"digits.csv": b"1"})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    return path


def test_a_damaged_archive_is_refused_and_leaves_nothing(tmp_path):
    broken = {
        "empty": b"",
        "text": b"hello",
        "cut": archive(tmp_path / "w.zip", {"a": os.urandom(9999)}).read_bytes()[:5000],
        "damaged": damaged(tmp_path / "d.zip").read_bytes(),
        "encrypted": encrypted(tmp_path / "e.zip").read_bytes(),
        "a file is a folder too": archive(tmp_path / "f.zip", {"a": b"1", "a/b": b"2"}).read_bytes(),
    }
    for name, content in broken.items():
        path = tmp_path / f"{name}.zip"
        path.write_bytes(content)
        with pytest.raises(DataError) as refused:
            files.unzip(path, tmp_path / "out")
        assert name in str(refused.value), "the archive is named"
        assert not (tmp_path / "out").exists()
        assert leftovers(tmp_path) == []


@pytest.mark.parametrize(("method", "name"), [(9, "Deflate64"), (93, "Zstandard")])
def test_a_compression_that_python_lacks_is_named(tmp_path, method, name):
    path = archive(tmp_path / "a.zip", {"a.csv": b"1"})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(signature) + offset] = method
    path.write_bytes(content)
    with pytest.raises(DataError, match=name) as refused:
        files.unzip(path, tmp_path / "out")
    assert "7-Zip" in str(refused.value)


def test_two_members_of_one_name_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("train.csv", "1")
        file.writestr("train.csv", "2")
    with pytest.raises(DataError, match="two files of one name"):
        files.unzip(tmp_path / "a.zip", tmp_path / "out")
    assert leftovers(tmp_path) == []


def test_system_files_are_left_out(tmp_path):
    members = {"a.csv": b"1", "__MACOSX/._a.csv": b"2", "._a.csv": b"3", "b/.DS_Store": b"4"}
    files.unzip(archive(tmp_path / "a.zip", members), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").rglob("*")] == ["a.csv"]


def test_the_limit_follows_the_archives_size_and_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "SMALL", 1 << 16)
    bomb = archive(tmp_path / "bomb.zip", {"zeros": bytes(1 << 22)})
    with pytest.raises(DataError, match="too much"):
        files.unzip(bomb, tmp_path / "out")
    plain = archive(tmp_path / "plain.zip", {"noise": os.urandom(1 << 17)})
    files.unzip(plain, tmp_path / "plain")
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda path: type("Usage", (), {"free": archives.SPARE + 1000}))
    with pytest.raises(DataError, match="at most 1,000 bytes"):
        files.unzip(plain, tmp_path / "full")


def test_a_member_that_is_larger_than_its_header_says_is_refused(tmp_path):
    path = archive(tmp_path / "a.zip", {"a": bytes(1000)})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = content.index(signature) + offset
        content[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        files.unzip(path, tmp_path / "out")


def tar(path: Path, members: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as file:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tgz", "tar.bz2", "tar.xz"])
def test_a_tar_archive_is_unpacked_whatever_its_compression(tmp_path, ending):
    modes = {"tar": "w", "tar.gz": "w:gz", "tgz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}
    path = tar(tmp_path / f"a.{ending}", {"./train/0.png": b"0", "labels.txt": b"1"}, modes[ending])
    files.unpack(path, tmp_path / "out")
    assert (tmp_path / "out" / "train" / "0.png").read_bytes() == b"0"
    assert (tmp_path / "out" / "labels.txt").read_bytes() == b"1"


def test_a_tar_archive_whose_checksum_is_wrong_is_refused(tmp_path):
    path = tar(tmp_path / "a.tar.gz", {"labels.txt": b"1+2 3\n" * 100})
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        files.unpack(path, tmp_path / "out")
    assert leftovers(tmp_path) == []
    assert not (tmp_path / "out").exists()


def test_a_changed_letter_in_a_tar_archive_is_refused(tmp_path):
    plain = tar(tmp_path / "a.tar", {"labels.txt": b"1+2 3\n"}, "w").read_bytes()
    packed = bytearray(gzip.compress(plain, 0))  # level 0 stores the bytes as they are
    packed[packed.index(b"1+2 3")] = ord("7")
    (tmp_path / "a.tar.gz").write_bytes(packed)
    with pytest.raises(DataError, match="cannot be read"):
        files.unpack(tmp_path / "a.tar.gz", tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_archive_are_refused(tmp_path, kind):
    with tarfile.open(tmp_path / "a.tar", "w") as file:
        member = tarfile.TarInfo("evil")
        member.type, member.linkname = kind, "/etc/passwd"
        file.addfile(member)
    with pytest.raises(DataError, match="link or a device"):
        files.unpack(tmp_path / "a.tar", tmp_path / "out")


def test_a_tar_member_that_would_land_outside_is_refused(tmp_path):
    with pytest.raises(DataError, match="unsafe path"):
        files.unpack(tar(tmp_path / "a.tar.gz", {"../evil": b"1"}), tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("evil"))


def test_a_compressed_tar_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "SMALL", 1 << 16)
    with pytest.raises(DataError, match="too much"):
        files.unpack(tar(tmp_path / "a.tar.gz", {"zeros": bytes(1 << 22)}), tmp_path / "out")


def test_damaged_tar_archives_are_refused_and_leave_nothing(tmp_path):
    whole = tar(tmp_path / "whole.tar.xz", {"a": os.urandom(9999)}, "w:xz").read_bytes()
    broken = {"empty.tar": b"", "text.tar.gz": b"hello", "cut.tar.xz": whole[:5000], "text.tar.bz2": b"BZhello"}
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=name):
            files.unpack(tmp_path / name, tmp_path / "out")
        assert not (tmp_path / "out").exists()
        assert leftovers(tmp_path) == []


def test_a_damaged_lzma_member_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as file:
        file.writestr("a", os.urandom(5000))
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[60:200] = bytes(140)
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read"):
        files.unzip(tmp_path / "a.zip", tmp_path / "out")


def test_an_archive_is_unpacked_into_the_cache_once(tmp_path):
    path = archive(tmp_path / "a.zip", {"a": b"1"})
    first = files.unpacked(path, "task")
    assert files.unpacked(path, "task") == first
    assert first.is_relative_to(files.cache_dir() / "task")
