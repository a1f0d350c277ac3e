"""Files and folders that appear whole or not at all.

Content is written under a temporary name, ``.NAME.HOST-PID-RANDOM.tmp``, and renamed. A killed process leaves such a
file behind; the first process that writes to the same folder afterwards removes it.
"""

from __future__ import annotations

import errno
import os
import platform
import re
import secrets
import shutil
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.files.regular_files import require_regular
from kit.processes import is_alive

HOST = f"{zlib.crc32(platform.node().encode()):08x}"
TEMPORARY = re.compile(r"\.(?P<name>.+)\.(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-[0-9a-f]{8}\.tmp")
DAY = 24 * 60 * 60  # seconds

_swept: set[Path] = set()
_in_use: set[Path] = set()


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` to write to; rename it to ``path`` if the block succeeds.

    The content is flushed to the disk before the rename, so that a kill at any moment leaves the old or the new file.
    Raises IsADirectoryError where there is a folder, and DataError where there is a pipe or a device, such as
    ``/dev/null``, which a rename would replace.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    require_regular(path)
    with _temporary(path) as temporary:
        temporary.touch(0o666, exist_ok=False)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)


@contextmanager
def new_folder(target: Path, *, keep_existing: bool = False) -> Iterator[Path]:
    """Yield a temporary folder beside ``target`` to fill; rename it to ``target`` if the block succeeds.

    The rename fails if ``target`` has content by then. With ``keep_existing`` that content is kept and it is no error:
    two processes may fill the same cache.
    """
    with _temporary(target) as temporary:
        temporary.mkdir()
        yield temporary
        try:
            temporary.replace(target)
        except OSError:
            if not (keep_existing and target.is_dir()):
                raise


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file atomically."""
    with atomic(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 file atomically, without changing line ends.

    The bytes of a file name that is not UTF-8 cannot be encoded and become escapes such as ``\\udce9``.
    """
    write_bytes(path, text.encode(errors="backslashreplace"))


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """Yield a free temporary path beside ``path`` and remove what is left there afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    temporary = path.with_name(f".{path.name}.{HOST}-{os.getpid()}-{secrets.token_hex(4)}.tmp")
    _in_use.add(temporary)
    try:
        yield temporary
    finally:
        _remove(temporary)
        _in_use.discard(temporary)


def final_path(path: Path) -> Path:
    """Return the path that a temporary path of this module is renamed to, and any other path as it is."""
    match = TEMPORARY.fullmatch(path.name)
    return path.with_name(match["name"]) if match else path


def _sweep(folder: Path) -> None:
    """Remove what killed processes have left in a folder, once in a process."""
    if folder in _swept:
        return
    _swept.add(folder)
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.name.endswith(".tmp")]
    for name in names:
        match = TEMPORARY.fullmatch(name)
        if match and _is_abandoned(folder / name, match["host"], int(match["pid"])):
            _remove(folder / name)


def _is_abandoned(path: Path, host: str, pid: int) -> bool:
    """Whether no process writes to this path any more; of another machine's process that is certain after a day."""
    if path in _in_use:
        return False
    if host != HOST or sys.platform == "win32":
        try:
            return time.time() - path.stat().st_mtime > DAY
        except OSError:
            return False
    return pid == os.getpid() or not is_alive(pid)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
