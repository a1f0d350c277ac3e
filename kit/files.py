"""Files written atomically, hashes, archives unpacked with path checks, and the folders that the kit uses."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from kit.errors import DataError

BLOCK = 1 << 20


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` to write to; rename it to ``path`` if the block succeeds.

    The content is flushed to the disk before the rename, so that a kill at any moment leaves the old or the new file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(target: Path, *, keep_existing: bool = False) -> Iterator[Path]:
    """Yield a temporary folder beside ``target`` to fill; rename it to ``target`` if the block succeeds.

    The rename fails if ``target`` has content by then. With ``keep_existing`` that content is kept and it is no error:
    two processes may fill the same cache.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        try:
            temporary.replace(target)
        except OSError:
            if not (keep_existing and target.is_dir()):
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file atomically."""
    with atomic(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 file atomically, without changing line ends."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON, atomically."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file; raise a DataError with its name if it is missing or broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path.name} is missing", where=path.parent) from None
    except (ValueError, OSError) as error:
        raise DataError(f"{path.name} cannot be read as JSON", found=error, where=path) from None


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


def submissions_dir() -> Path:
    """Return the folder of runs and the ledger: ``KIT_SUBMISSIONS``, else ``submissions/`` in the current folder."""
    return Path(os.environ.get("KIT_SUBMISSIONS") or "submissions")


def cache_dir() -> Path:
    """Return the cache folder: ``KIT_CACHE``, else the platform's. Everything in it can be deleted."""
    if chosen := os.environ.get("KIT_CACHE"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("contest-kit"))


def unzip(archive: Path, target: Path, *, limit: int = 200 << 30) -> None:
    """Unpack a zip archive into a new folder ``target``, all or nothing.

    Members that would land outside, links, and archives that unpack to more than ``limit`` bytes are refused.
    """
    if target.exists():
        return
    try:
        with zipfile.ZipFile(archive) as file, new_folder(target, keep_existing=True) as temporary:
            members = [m for m in file.infolist() if not m.is_dir()]
            if sum(m.file_size for m in members) > limit:
                raise DataError("the archive unpacks to too much", expected=f"at most {limit:,} bytes", where=archive)
            for member in members:
                name = _safe_name(member, archive)
                (temporary / name).parent.mkdir(parents=True, exist_ok=True)
                with file.open(member) as source, (temporary / name).open("wb") as sink:
                    shutil.copyfileobj(source, sink, BLOCK)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        remedy = "download it again"
        raise DataError("the zip archive cannot be read", found=error, where=archive, remedy=remedy) from None
    except (OSError, RuntimeError) as error:  # a full disk, a name that cannot be written; a member with a password
        raise DataError("the zip archive cannot be unpacked", found=error, where=archive) from None


def _safe_name(member: zipfile.ZipInfo, archive: Path) -> PurePosixPath:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    link = stat.S_ISLNK(member.external_attr >> 16)
    if name.is_absolute() or ".." in name.parts or link or (name.parts and ":" in name.parts[0]):
        raise DataError("the archive holds an unsafe path", found=member.filename, where=archive)
    return name


def json_safe(value: Any) -> Any:
    """Turn NumPy values, paths, dataclasses and the like into what JSON holds; NaN and infinity become None.

    >>> json_safe({1: np.float32(0.5), "curve": np.array([1.0, np.nan])})
    {'1': 0.5, 'curve': [1.0, None]}
    """
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, np.ndarray | np.generic):
        return json_safe(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_safe(item) for item in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: json_safe(getattr(value, item.name)) for item in dataclasses.fields(value)}
    return str(value)
