"""Find the folder of a part of the data as people have it: in further folders, zipped, or in a 7z archive."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath, PurePosixPath

from kit.errors import DataError
from kit.files.archives import ARCHIVES, unpacked, zip_names
from kit.files.data_files import DEEPEST, original_name
from kit.files.locations import submissions_dir
from kit.files.system_files import is_system_file
from kit.wording import listed

PACKED = (".7z", ".rar")
"""Archives that are not unpacked here."""
PartNames = Mapping[str, Sequence[str]]
"""The names of the folder or archive of each part, in lower case."""


def part_folder(folder: Path, part: str, names: PartNames, owner: str) -> Path | None:
    """Return the folder of a part, such as ``train``, by its names in any case; None if there is none.

    It is looked for in ``folder``, which may be an archive, then in the folders and archives in it. An archive is
    unpacked into the cache of ``owner`` unless a folder of its name is beside it. Where the folder holds only another
    one, as some unpackers leave it, that one is returned. Raises DataError for two folders of a part, and for a 7z or
    rar archive of its name, with the command that unpacks it.
    """
    level = [_opened(folder, owner)] if folder.is_dir() or _is_archive(folder) else []
    others = {name for other, given in names.items() if other != part for name in given}
    for _ in range(DEEPEST):
        for root in level:
            refuse_packed(root, folder, names[part])
        containers = [path for root in level for path in _containers(root)]
        found = _named(containers, names[part], folder)
        if found is not None:
            return _innermost(found, owner)
        inside = [path for path in containers if _stem(path) not in others and _may_hold(path, names[part])]
        level = [_opened(path, owner) for path in inside]
    return None


def _may_hold(path: Path, names: Sequence[str]) -> bool:
    """Whether a part may be inside: a zip archive without a folder or an archive of its name need not be unpacked."""
    if path.is_dir() or path.suffix.lower() != ".zip":
        return True
    members = [PurePosixPath(name.replace("\\", "/")) for name in zip_names(path)]
    folders = {part.lower() for member in members for part in member.parts[:-1]}
    return not folders.isdisjoint(names) or any(
        member.name.lower().endswith((*ARCHIVES, *PACKED)) and not is_system_file(member) for member in members
    )


def refuse_packed(root: Path, folder: Path, names: Sequence[str]) -> None:
    """Raise DataError for a 7z or rar archive of one of these names in ``root`` without a folder or zip archive of it.

    ``folder`` is the download, which may be an archive that ``root`` was unpacked from.
    """
    for path in _entries(root):
        if path.suffix.lower() in PACKED and path.stem.lower() in names and path.is_file():
            if any(_stem(other) in names for other in _containers(root)):
                return
            inside = root.is_relative_to(folder) and folder.is_dir()
            remedy = f"7z x {path.name}" + ("" if inside else " after you have unpacked the archive that holds it")
            raise DataError(f"{path.name} is not unpacked", where=root if inside else folder, remedy=remedy)


def files_below(folder: Path, endings: Sequence[str]) -> list[Path]:
    """Return the files below a folder whose names have one of these endings, in any case; in order, no system files."""
    ends = tuple(endings)
    found = [
        (parent, name)
        for parent, _, names in os.walk(folder)
        if not is_system_file(PurePath(parent).relative_to(folder))
        for name in names
        if name.lower().endswith(ends) and not is_system_file(PurePath(name))
    ]
    return [Path(parent, name) for parent, name in sorted(found)]  # texts are sorted faster than paths


def _named(containers: Sequence[Path], names: Sequence[str], folder: Path) -> Path | None:
    """The folder or archive with the first of these names; a folder comes before an archive beside it."""
    for name in names:
        found = [path for path in containers if _stem(path) == name]
        folders = {path.parent for path in found if path.is_dir()}
        found = [path for path in found if path.is_dir() or path.parent not in folders]
        if len(found) > 1:
            shown = listed([str(path.relative_to(folder) if path.is_relative_to(folder) else path) for path in found])
            raise DataError(
                f"there are several folders or archives {name}", found=shown, where=folder, remedy="keep one"
            )
        if found:
            return found[0]
    return None


def _innermost(path: Path, owner: str) -> Path:
    inner = _opened(path, owner)
    for _ in range(DEEPEST):
        if any(path.is_file() and not _is_archive(path) for path in _entries(inner)):  # ends at the first of many
            break
        containers = _containers(inner)
        if len(containers) != 1:
            break
        inner = _opened(containers[0], owner)
    return inner


def _containers(folder: Path) -> list[Path]:
    """The folders with something in them, and the archives, in order of their names."""
    own = submissions_dir().resolve()
    return sorted(
        path
        for path in _entries(folder)
        if _is_archive(path) or (path.is_dir() and path.resolve() != own and any(_entries(path)))
    )


def _entries(folder: Path) -> Iterator[Path]:
    try:
        for path in folder.iterdir():
            if not path.name.startswith(".") and not is_system_file(Path(path.name)):
                yield path
    except OSError as error:
        raise DataError("a folder cannot be read", found=error.strerror, where=folder) from None


def _opened(path: Path, owner: str) -> Path:
    return path if path.is_dir() else unpacked(path, owner)


def _is_archive(path: Path) -> bool:
    return path.name.lower().endswith(ARCHIVES) and path.is_file()


def _stem(path: Path) -> str:
    """The name without an archive's ending and a copy's mark, in lower case."""
    name = path.name
    ending = "" if path.is_dir() else next((ending for ending in ARCHIVES if name.lower().endswith(ending)), "")
    return original_name(name[: len(name) - len(ending)]).lower()
