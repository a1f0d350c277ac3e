"""Zip and tar archives, unpacked whole or not at all.

An archive is not trusted. Paths that lead outside, links, devices and two members of one name are refused. What it
unpacks to is bounded before any work: a gigabyte, or a hundred times its own size if that is more, and never more than
the disk has free. Every checksum is verified to the end, that of a compressed tar archive too.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from kit.errors import DataError
from kit.files.hashing import BLOCK, sha256
from kit.files.locations import cache_dir
from kit.files.system_files import is_system_file
from kit.files.writing import new_folder

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
SMALL = 1 << 30  # bytes that any archive may unpack to
RATIO = 100  # deflate reaches 1,032 on zeros; CSV files and masks of contests stay far below 100
SPARE = 64 << 20  # bytes of the disk that are left free
MEMBERS = 2_000_000
SHOWN = 200  # characters of a library's message
METHODS = {1: "Shrink", 6: "Implode", 9: "Deflate64", 93: "Zstandard", 95: "XZ", 98: "PPMd"}
BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, EOFError)


def unpacked(archive: Path, owner: str) -> Path:
    """Return the folder of the cache with an archive's content; unpack it if this content is not there.

    ``owner`` names the folder in the cache: a plugin's name.
    """
    target = cache_dir() / owner / "archives" / sha256(archive)[:32]
    if not target.exists():
        unpack(archive, target)
    return target


def unpack(archive: Path, target: Path, *, limit: int | None = None) -> None:
    """Unpack a zip or tar archive, which may be compressed, into the new folder ``target``.

    ``limit`` bounds the bytes instead of the default. System files such as ``__MACOSX/`` are left out.
    """
    if archive.name.lower().endswith(".zip"):
        unzip(archive, target, limit=limit)
        return
    with _errors_of(archive), new_folder(target, keep_existing=True) as temporary, _uncompressed(archive) as stream:
        room = _Room(archive, temporary, limit)
        with tarfile.open(fileobj=stream, mode="r|") as file:
            for member in file:
                room.count(1)
                if member.isdir():
                    continue
                if not member.isfile():
                    raise DataError("the archive holds a link or a device", found=member.name, where=archive)
                content = file.extractfile(member)
                if content is not None:
                    room.write(member.name, content, member.size)
        while block := stream.read(BLOCK):  # to the end, where the checksum is
            room.reserve(len(block))


def unzip(archive: Path, target: Path, *, limit: int | None = None) -> None:
    """Unpack a zip archive into the new folder ``target``; nothing is done if the folder exists. See :func:`unpack`."""
    if target.exists():
        return
    with _errors_of(archive), zipfile.ZipFile(archive) as file:
        members = [member for member in file.infolist() if not member.is_dir()]
        for member in members:
            _check_member(member, archive)
        with new_folder(target, keep_existing=True) as temporary:
            room = _Room(archive, temporary, limit)
            room.count(len(members))
            room.check(sum(member.file_size for member in members))
            for member in members:
                with file.open(member) as content:
                    room.write(member.filename, content, member.file_size)


def zip_names(archive: Path) -> list[str]:
    """Return the names of the files in a zip archive."""
    with _errors_of(archive), zipfile.ZipFile(archive) as file:
        return [member.filename for member in file.infolist() if not member.is_dir()]


def _check_member(member: zipfile.ZipInfo, archive: Path) -> None:
    if stat.S_ISLNK(member.external_attr >> 16):
        raise DataError("the archive holds an unsafe path", found=f"{member.filename}, a link", where=archive)
    if member.flag_bits & 1:
        raise DataError(
            "the archive needs a password", found=member.filename, where=archive, remedy="unpack it yourself"
        )
    if member.compress_type in METHODS:
        raise DataError(
            f"the archive is compressed with {METHODS[member.compress_type]}, which Python cannot unpack",
            found=member.filename,
            where=archive,
            remedy="unpack it with 7-Zip or unzip and name the folder",
        )


class _Room:
    """The folder that an archive is unpacked to, and how many bytes may still be written."""

    def __init__(self, archive: Path, folder: Path, limit: int | None) -> None:
        self.archive, self.folder = archive, folder
        free = max(0, shutil.disk_usage(folder).free - SPARE)
        self.limit = min(free, max(SMALL, RATIO * archive.stat().st_size)) if limit is None else min(free, limit)
        self.left, self.members = self.limit, MEMBERS

    def check(self, size: int) -> None:
        """Refuse what is larger than what is left."""
        if size > self.left:
            raise DataError(
                "the archive unpacks to too much",
                expected=f"at most {self.limit:,} bytes",
                where=self.archive,
                remedy="unpack it yourself and name the folder",
            )

    def reserve(self, size: int) -> None:
        """Count bytes."""
        self.check(size)
        self.left -= size

    def count(self, members: int) -> None:
        """Count members."""
        self.members -= members
        if self.members < 0:
            raise DataError("the archive has too many members", expected=f"at most {MEMBERS:,}", where=self.archive)

    def write(self, name: str, content: IO[bytes], size: int) -> None:
        """Write one member; its size is that of its header and is bounded too."""
        path = self.folder / self._safe(name)
        if is_system_file(path.relative_to(self.folder)):
            return
        self.reserve(size)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as sink:
                shutil.copyfileobj(content, sink, BLOCK)
        except FileExistsError:
            raise DataError("the archive holds two files of one name", found=name, where=self.archive) from None

    def _safe(self, name: str) -> PurePosixPath:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or not path.parts or ".." in path.parts or ":" in path.parts[0]:
            raise DataError("the archive holds an unsafe path", found=name, where=self.archive)
        return path


@contextmanager
def _uncompressed(archive: Path) -> Iterator[IO[bytes]]:
    openers: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
    with archive.open("rb") as file:
        start = file.read(2)
    with openers.get(start, open)(archive, "rb") as stream:
        yield stream


@contextmanager
def _errors_of(archive: Path) -> Iterator[None]:
    """Turn what the libraries raise into a DataError that names the archive."""
    kind = "zip" if archive.name.lower().endswith(".zip") else "tar"
    try:
        yield
    except BROKEN as error:
        remedy = "download it again"
        found = str(error)[:SHOWN]  # zipfile quotes a damaged name, which may be as long as the archive
        raise DataError(f"the {kind} archive cannot be read", found=found, where=archive, remedy=remedy) from None
    except (OSError, RuntimeError, ValueError) as error:  # a full disk, a name that cannot be written
        raise DataError(f"the {kind} archive cannot be unpacked", found=str(error)[:SHOWN], where=archive) from None
