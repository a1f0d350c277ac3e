"""Where a contest's images and labels stand: folders of the usual names, or the archives as downloaded."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from kit import DataError
from kit.files import cache_dir, sha256

NAMES = {
    "train": ("train", "image_contest_level_1"),
    "test": ("test", "image_contest_level_1_validate", "image_contest_level_1_test"),
}
FINAL_NAMES = {
    "train": ("train", "image_contest_level_2"),
    "test": ("test", "image_contest_level_2_validate", "image_contest_level_2_test"),
}
ARCHIVES = (".tar.gz", ".tgz", ".tar")
LIMIT = 20 << 30  # bytes that an archive may unpack to
MEMBERS = 2_000_000


def locate(folder: Path, part: str, names: Mapping[str, Sequence[str]] = NAMES) -> Path:
    """The folder that holds a part's images: ``train/``, the contest's own name, or the archive of such a name."""
    if not folder.is_dir():
        raise DataError("there is no such folder", found=folder, remedy="name the folder that holds train/ and test/")
    for name in names[part]:
        if (folder / name).is_dir():
            return _images_in(folder / name, part)
        for ending in ARCHIVES:
            if (folder / (name + ending)).is_file():
                return _images_in(unpacked(folder / (name + ending)), part)
    if part == "train" and (folder / "labels.txt").is_file():
        return _images_in(folder, part)
    listing = sorted(path.name for path in folder.iterdir())
    raise DataError(
        f"the {part} images are missing",
        expected=" or ".join(f"{name}/ or {name}.tar.gz" for name in names[part][:2]),
        found=", ".join(listing[:8]) + (f" and {len(listing) - 8} more" if len(listing) > 8 else "")
        or "an empty folder",
        where=folder,
    )


def _images_in(folder: Path, part: str) -> Path:
    """The folder itself, or the only one in it: archives often hold one folder that holds the files."""
    inner = folder
    for _ in range(3):
        entries = [path for path in inner.iterdir() if not path.name.startswith((".", "__MACOSX"))]
        if any(path.suffix.lower() == ".png" for path in entries):
            return inner
        folders = [path for path in entries if path.is_dir()]
        if len(folders) != 1:
            break
        inner = folders[0]
    raise DataError(f"the {part} folder holds no PNG image", expected="0.png, 1.png, ...", where=folder)


def unpacked(archive: Path) -> Path:
    """Unpack a tar archive into the cache, once for its content; refuse links, devices and paths that lead outside."""
    target = cache_dir() / "arithmetic_captcha" / sha256(archive)[:32]
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        _extract(archive, temporary)
        temporary.replace(target)
    except (tarfile.TarError, EOFError) as error:
        raise DataError("the archive cannot be read", found=error, where=archive, remedy="download it again") from None
    except OSError as error:
        if not target.is_dir():  # else another process has unpacked the same archive meanwhile
            raise DataError("the archive cannot be unpacked", found=error, where=archive) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def _extract(archive: Path, target: Path) -> None:
    total = 0
    with tarfile.open(archive) as file:
        for count, member in enumerate(file):
            total += member.size
            if total > LIMIT or count > MEMBERS:
                raise DataError("the archive unpacks to too much", expected=f"at most {LIMIT:,} bytes", where=archive)
            if member.isdir():
                continue
            path = PurePosixPath(member.name)
            if not member.isfile() or path.is_absolute() or ".." in path.parts or "\\" in member.name:
                raise DataError("the archive holds an unsafe member", found=member.name, where=archive)
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            source = file.extractfile(member)
            if source is not None:
                with source, place.open("wb") as sink:
                    shutil.copyfileobj(source, sink)


def images(folder: Path) -> list[Path]:
    """The images ``0.png``, ``1.png``, ... by number. Raises DataError that names a missing number or an odd name."""
    numbered: dict[int, Path] = {}
    for path in folder.iterdir():
        if path.suffix.lower() != ".png" or path.name.startswith("."):
            continue
        if not (path.stem.isascii() and path.stem.isdigit() and path.stem == str(int(path.stem))):
            raise DataError(
                "an image is not named by its number", expected="0.png, 1.png, ...", found=path.name, where=folder
            )
        numbered[int(path.stem)] = path
    order = sorted(numbered)
    missing = [number for number in range(len(order)) if number not in numbered]
    if missing:
        names = ", ".join(f"{number}.png" for number in missing[:5]) + (" and more" if len(missing) > 5 else "")
        raise DataError(
            f"{names} {'is' if len(missing) == 1 else 'are'} missing",
            expected=f"every number from 0 to {order[-1]}",
            found=f"{len(order):,} images",
            where=folder,
            remedy="download the images again",
        )
    return [numbered[number] for number in order]
