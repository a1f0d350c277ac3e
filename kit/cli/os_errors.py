"""Messages for errors of the operating system: which file or folder, what is wrong, and what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from kit.errors import KitError, with_location
from kit.files import cache_dir, submissions_dir
from kit.files.writing import final_path

REASONS = {
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.ENOENT: "no such file or folder",
    errno.EEXIST: "it exists already",
    errno.EISDIR: "a folder, and a file is needed",
    errno.ENOTDIR: "a file, and a folder is needed",
    errno.ENOTEMPTY: "a folder that is not empty",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EMFILE: "too many open files",
    errno.ENFILE: "too many open files",
}
REMEDIES = {
    errno.ENOSPC: "free some space, or choose a folder on another disk",
    errno.EDQUOT: "free some space, or choose a folder on another disk",
    errno.EMFILE: "raise the limit (ulimit -n 4096), or use fewer processes: --set workers=0",
    errno.ENFILE: "close other programs, or use fewer processes: --set workers=0",
}


def as_kit_error(error: OSError) -> KitError:
    """Describe an operating system's error by its file, its reason and a remedy."""
    name = error.filename2 or error.filename
    number = error.errno or 0
    if not isinstance(name, str | bytes | os.PathLike):  # a pipe, a device, a library that does not say
        return KitError(REASONS.get(number) or with_location(error), remedy=REMEDIES.get(number))
    path = final_path(Path(os.fsdecode(name)))
    if number == errno.EEXIST and path.is_file():
        number = errno.ENOTDIR
    reason = REASONS.get(number, error.strerror or str(error))
    return KitError(f"{reason}: {path}", remedy=_folder_remedy(path) or REMEDIES.get(number))


def _folder_remedy(path: Path) -> str | None:
    """How to choose another folder for runs or caches, if the path is in one of them."""
    path = path.absolute()
    for folder, variable in ((submissions_dir(), "KIT_SUBMISSIONS"), (cache_dir(), "KIT_CACHE")):
        folder = folder.absolute()
        if path == folder or folder in path.parents or path in folder.parents:
            return f"choose a folder that can be written: export {variable}=FOLDER"
    return None
