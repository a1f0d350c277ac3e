"""Changes on their way to the team's database: each is a file first, and the file goes when the row is committed.

A run whose connection is lost, or that is killed, loses nothing: its changes wait in ``submissions/outbox/`` and the
next command sends them. A change that was committed and whose file is still there is sent again, which changes nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
import time
from pathlib import Path

from sqlalchemy.exc import DataError, IntegrityError

from kit.console import info, warn
from kit.errors import KitError
from kit.files import read_json, submissions_dir, write_json
from kit.ledger import postgres
from kit.ledger.changes import LARGEST_CONTENT, Change, apply
from kit.ledger.kept_files import FOLDER, keep_for_team
from kit.ledger.location import files_folder
from kit.wording import counted


def folder(url: str) -> Path:
    """The outbox of one database: what waits for it is not sent to another."""
    return submissions_dir() / "outbox" / hashlib.sha256(postgres.shown(url).encode()).hexdigest()[:12]


def put(change: Change, url: str) -> Path:
    """Write a change to the outbox."""
    path = folder(url) / f"{time.time_ns():020d}-{secrets.token_hex(4)}.json"
    write_json(path, dataclasses.asdict(change))
    return path


def waiting(url: str) -> list[Path]:
    """The changes that have not been sent, oldest first."""
    return sorted(folder(url).glob("*.json"))


def send(url: str) -> bool:
    """Send everything that waits; True if nothing waits any more."""
    paths = waiting(url)
    sent = deliver(url, *paths) if paths else 0
    if sent:
        info(
            f"{counted(sent, 'result')} that waited on this machine {'is' if sent == 1 else 'are'} in the team's ledger"
        )
    return sent == len(paths)


def deliver(url: str, *paths: Path) -> int:
    """Send these changes; how many were sent. What cannot be sent now is a warning and waits on."""
    sent = 0
    try:
        for path in paths:
            sent += _send(path, url)
    except KitError as error:
        left = counted(len(waiting(url)), "result waits", "results wait")
        warn(f"{error}\n  {left} in {folder(url)}; the next command sends what waits")
    return sent


def _send(path: Path, url: str) -> bool:
    """Send one change and remove its file; False if another process has done it, or the database refused the row."""
    try:
        change = Change(**read_json(path))
    except KitError:
        if not path.exists():
            return False
        raise
    try:
        with postgres.transaction(url) as connection:
            apply(connection, change, _content(change, url))
    except KitError as error:
        if not isinstance(error.__cause__, DataError | IntegrityError):
            raise
        kept = path.with_suffix(".refused")
        path.replace(kept)
        warn(f"{error}\n  the result was left in {kept}")
        return False
    path.unlink(missing_ok=True)
    return True


def _content(change: Change, url: str) -> bytes | None:
    """The submission of a change; a large one is put into the team's folder."""
    if change.file is None:
        return None
    copy = files_folder(url) / FOLDER / change.file
    if change.bytes > LARGEST_CONTENT:
        keep_for_team(copy)
    return copy.read_bytes() if copy.exists() else None
