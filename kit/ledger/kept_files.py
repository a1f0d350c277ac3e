"""Copies of recorded submissions, kept by content: ``submissions/files/SHA256.csv``.

A run's folder holds its newest submission, and a file from elsewhere may change or disappear; each row of the ledger
still has the file that it was scored with. For a team, files of up to 4 MB lie in the database too, and larger ones in
the folder that ``KIT_FILES`` names.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from sqlalchemy import select

from kit.console import warn
from kit.errors import KitError
from kit.files import write_bytes
from kit.ledger.location import Location, files_folder, reading
from kit.ledger.tables import FILES

FOLDER = "files"
HASH = re.compile(r"[0-9a-f]{64}\Z")


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


def keep_for_team(copy: Path) -> None:
    """Put a file that is too large for the database into the team's folder, or warn that there is none."""
    folder = team_folder()
    if folder is None:
        warn(f"{copy.name} is too large for the database and stays on this machine; KIT_FILES names a folder for all")
    elif not (folder / copy.name).exists():
        write_bytes(folder / copy.name, copy.read_bytes())


def team_folder() -> Path | None:
    """The folder that ``KIT_FILES`` names, for large submissions of a team."""
    named = os.environ.get("KIT_FILES")
    return Path(named).expanduser() if named else None


def find_kept(sha256: str, location: Location) -> Path:
    """The submission with this hash: from this machine, the database or the team's folder.

    Raises KitError if none has it, or what they have is damaged.
    """
    if not HASH.match(sha256):
        raise KitError("this is no SHA-256 of a file", found=sha256)
    local = files_folder(location) / FOLDER
    copies = [*local.glob(f"{sha256}*")]
    if not copies and isinstance(location, str):
        copies = [*_from_database(sha256, location, local)]
    if not copies and (folder := team_folder()):
        copies = [*folder.glob(f"{sha256}*")]
    for copy in copies:
        if _sha256(copy.read_bytes()) == sha256:
            return copy
    raise KitError(
        "the submission's file is not kept" if not copies else "the kept copy of the submission is damaged",
        expected=f"a file with the SHA-256 {sha256[:12]}...",
        where=copies[0] if copies else local,
    )


def _from_database(sha256: str, location: Location, local: Path) -> list[Path]:
    with reading(location) as connection:
        query = select(FILES.c.suffix, FILES.c.content).where(FILES.c.sha256 == sha256)
        row = connection.execute(query).first() if connection is not None else None
    if row is None or row.content is None:
        return []
    if not row.suffix.replace(".", "").isalnum() and row.suffix:
        raise KitError("a file's ending in the ledger is no ending", found=row.suffix)
    copy = local / f"{sha256}{row.suffix}"
    write_bytes(copy, bytes(row.content))
    return [copy]


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
