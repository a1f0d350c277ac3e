"""What a reader sees of the contest's files: everything but the answers.

A reader that lists its folder, or a plugin with a mistake, could train on the truth of the test part. Where the answers
lie beside the data, the reader is therefore given a folder in the cache with links to every other file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

from kit.contract.task import Task
from kit.errors import KitError
from kit.files import cache_dir, new_folder, submissions_dir


def visible_folder(task: Task, folder: Path) -> Path:
    """The folder itself if it holds no answers, else one with links to its other files. A file is returned as it is."""
    if not folder.is_dir() or not (folder / task.answers).exists():
        return folder
    files = list(_files(folder.resolve(), task.answers))
    digest = hashlib.sha256(os.fsencode(folder.resolve()))
    for name, status in files:
        digest.update(
            f"\0{name}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}".encode("utf-8", "surrogateescape")
        )
    target = cache_dir() / "without-answers" / f"{folder.resolve().name}-{digest.hexdigest()[:16]}"
    if not target.exists():
        with new_folder(target, keep_existing=True) as temporary:
            for name, _ in files:
                link = temporary / name
                link.parent.mkdir(parents=True, exist_ok=True)
                _link(folder.resolve() / name, link)
    return target


def _files(folder: Path, answers: str) -> Iterator[tuple[PurePath, os.stat_result]]:
    """Every file but the answers and the kit's own, by its relative path in order, and its status."""
    own = {path.resolve() for path in (submissions_dir(), cache_dir(), folder / answers)}
    for path, folders, names in os.walk(folder, followlinks=True):
        here = Path(path)
        folders[:] = sorted(name for name in folders if (here / name).resolve() not in own)
        for name in sorted(names):
            file = here / name
            if file == folder / answers:
                continue
            if file.is_file():
                yield file.relative_to(folder), file.stat()
            elif file.is_symlink():  # to nothing: the reader says so, instead of missing it without a word
                yield file.relative_to(folder), file.lstat()


def _link(source: Path, link: Path) -> None:
    """A symbolic link, or on Windows, where these need a privilege, a hard link or a copy."""
    if sys.platform != "win32":
        link.symlink_to(source)
        return
    try:
        os.link(source, link)
    except OSError:
        shutil.copy2(source, link)


def original_names(text: str, visible: Path, folder: Path) -> str:
    """A text with the user's own paths in place of those of the links, also where a path is cut to its last parts."""
    if visible == folder:
        return text
    own = folder.resolve()
    whole = text.replace(str(visible), str(folder))
    return whole.replace(
        f"{visible.parent.name}{os.sep}{visible.name}", f"{own.parent.name}{os.sep}{own.name}"
    ).replace(visible.name, own.name)


def name_originals(error: KitError, visible: Path, folder: Path) -> None:
    """Let an error name the user's own paths."""
    if visible == folder:
        return
    error.message = original_names(error.message, visible, folder)
    error.parts = {
        name: None if part is None else original_names(str(part), visible, folder) for name, part in error.parts.items()
    }
