"""Copies of recorded submissions, kept by content: ``submissions/files/SHA256.csv``.

A run's folder holds its newest submission, and a file from elsewhere may change or disappear; each row of the ledger
still has the file that it was scored with.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from kit.errors import KitError
from kit.files import write_bytes

FOLDER = "files"


def kept_file(sha256: str, suffix: str, folder: Path) -> Path:
    """Where the copy of a file with this hash is; ``folder`` is that of the ledger."""
    return folder / FOLDER / f"{sha256}{suffix}"


def keep(submission: Path, sha256: str, folder: Path) -> Path:
    """Keep a copy of a submission beside the ledger. Raises KitError if the file has changed since it was scored."""
    copy = kept_file(sha256, submission.suffix, folder)
    if copy.exists() and _sha256(copy.read_bytes()) == sha256:
        return copy
    data = submission.read_bytes()
    if _sha256(data) != sha256:
        raise KitError("the submission was changed while it was scored", where=submission, remedy="score it again")
    write_bytes(copy, data)
    return copy


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
