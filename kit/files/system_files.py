"""Files that operating systems leave among a user's own."""

from __future__ import annotations

from pathlib import PurePath

NAMES = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information"}


def is_system_file(path: PurePath) -> bool:
    """Whether a path is a file of macOS, Windows or Office, such as ``._train.csv`` or ``__MACOSX/train.csv``.

    ``._NAME`` (AppleDouble) holds attributes of the file NAME on macOS, ``~$NAME`` is the lock of an open workbook:
    both have a data file's suffix.

    >>> is_system_file(PurePath("scans/._1.mhd")), is_system_file(PurePath("scans/1.mhd"))
    (True, False)
    """
    return any(part in NAMES or part.startswith(("._", "~$")) for part in path.parts)
