"""Hashes of files and folders."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

BLOCK = 1 << 20


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, or of the relative names and hashes of a folder's files in order."""
    if path.is_dir():
        inner = [(p.relative_to(path).as_posix(), sha256(p)) for p in sorted(path.rglob("*")) if p.is_file()]
        return hashlib.sha256(json.dumps(inner).encode()).hexdigest()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
