"""Find a contest's files as people have them: in sub-folders, in archives, renamed by a browser, among system files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath, PurePosixPath

from kit.errors import DataError
from kit.files.archives import ARCHIVES, unpacked, zip_names
from kit.files.hashing import sha256
from kit.files.locations import submissions_dir
from kit.files.system_files import is_system_file
from kit.wording import listed

DEEPEST = 4  # archives within archives
# How browsers and file managers name a second copy: "train (1).csv", "train(1).csv", "train - Copy.csv".
COPY = re.compile(r"(?P<stem>.+?)(?: ?\(\d+\)| - Copy(?: \(\d+\))?)(?P<suffix>(?:\.\w+)*)\Z")


def data_files(folder: Path, owner: str, wanted: Callable[[Sequence[str]], bool] | None = None) -> Iterator[Path]:
    """Yield every file below a folder in a fixed order, and in place of an archive the files in it.

    Hidden and system files are left out, and so are the kit's own submissions. An archive is unpacked into the cache of
    ``owner``, unless it is unpacked beside itself, or it is a zip archive and ``wanted`` returns False for the names in
    it. ``folder`` may be an archive itself. Raises DataError for an archive or a folder that cannot be read.
    """
    yield from _walk(folder, owner, wanted, 0)


def named_files(folder: Path, owner: str) -> Iterator[tuple[Path, PurePosixPath]]:
    """Yield every file with its path in the download; what train.zip holds is in the folder ``train``.

    As :func:`data_files`, but folders are known by their names even where an archive's content is in the cache.
    """
    if folder.is_file():
        yield from _named_inside(folder, PurePosixPath(), owner)
        return
    for path in data_files(folder, owner, lambda names: False):
        if path.is_relative_to(folder):
            yield path, PurePosixPath(path.relative_to(folder).as_posix())
    for archive in sorted(path for path in folder.rglob("*") if path.name.lower().endswith(ARCHIVES)):
        inside = archive.relative_to(folder)
        if archive.is_file() and not is_system_file(inside) and not any(p.startswith(".") for p in inside.parts):
            yield from _named_inside(archive, PurePosixPath(inside.parent.as_posix()), owner)


def _named_inside(archive: Path, parent: PurePosixPath, owner: str) -> Iterator[tuple[Path, PurePosixPath]]:
    """The files of an archive; a folder of the archive's own name is not named twice."""
    files = list(data_files(archive, owner))
    if not files or not archive.name.lower().endswith(ARCHIVES):
        yield from ((path, parent / path.name) for path in files)
        return
    name, root = archive.name.partition(".")[0], unpacked(archive, owner)
    for path in files:
        inner = PurePosixPath(path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name)
        yield path, parent / inner if name in inner.parts[:-1] else parent / name / inner


def find_file(folder: Path, name: str, owner: str) -> Path | None:
    """Find a contest's file in a folder or an archive: by its name, in any case, or under a copy's name of a browser.

    The folder itself comes first, then sub-folders and archives. Files of equal content count as one. Raises DataError
    if there are several.
    """
    if (folder / name).is_file():
        return folder / name
    if folder.is_file() and not folder.name.lower().endswith(ARCHIVES):
        return None

    def wanted(names: Sequence[str]) -> bool:
        return any(_is(PurePath(other), name) or other.lower().endswith(ARCHIVES) for other in names)

    found = [path for path in data_files(folder, owner, wanted) if _is(path, name)]
    exact = [path for path in found if path.name == name]
    exact = exact or [path for path in found if path.name.casefold() == name.casefold()]
    different = {sha256(path): path for path in exact or found}
    if len(different) > 1:
        raise DataError(
            f"there are several files {name}", found=listed(sorted(different.values())), where=folder, remedy="keep one"
        )
    chosen = exact or found
    return chosen[0] if chosen else None


def original_name(name: str) -> str:
    """Return the name that a file had before a browser or a file manager marked it as a copy.

    >>> original_name("train (1).csv"), original_name("train - Copy.csv"), original_name("train.csv")
    ('train.csv', 'train.csv', 'train.csv')
    """
    match = COPY.match(name)
    return match["stem"] + match["suffix"] if match else name


def _is(path: PurePath, name: str) -> bool:
    return name.casefold() in (path.name.casefold(), original_name(path.name).casefold())


def _walk(folder: Path, owner: str, wanted: Callable[[Sequence[str]], bool] | None, depth: int) -> Iterator[Path]:
    if folder.is_file():
        yield from _inside(folder, owner, wanted, depth)
        return
    own, seen = submissions_dir().resolve(), set()

    def stop(error: OSError) -> None:
        raise DataError("a folder cannot be read", found=error.strerror, where=error.filename) from None

    for parent, folders, names in os.walk(folder, followlinks=True, onerror=stop):
        real = Path(parent).resolve()
        if real in seen or real == own:  # a link back to a folder above
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not is_system_file(PurePath(name)))
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and not is_system_file(PurePath(name)):
                yield from _inside(path, owner, wanted, depth)


def _inside(path: Path, owner: str, wanted: Callable[[Sequence[str]], bool] | None, depth: int) -> Iterator[Path]:
    """Yield a file, or the files in it if it is an archive."""
    if not path.name.lower().endswith(ARCHIVES):
        yield path
        return
    if _is_unpacked_beside(path):
        return
    if wanted is not None and path.suffix.lower() == ".zip" and not wanted(zip_names(path)):
        return
    if depth == DEEPEST:
        raise DataError(
            "too many archives within archives", expected=f"at most {DEEPEST}", where=path, remedy="unpack it yourself"
        )
    yield from _walk(unpacked(path, owner), owner, wanted, depth + 1)


def _is_unpacked_beside(path: Path) -> bool:
    ending = next(ending for ending in ARCHIVES if path.name.lower().endswith(ending))
    beside = path.with_name(path.name[: -len(ending)])
    return beside.is_file() or (beside.is_dir() and any(beside.iterdir()))
