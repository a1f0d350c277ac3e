"""Find the images and the labels of a part: in folders of the contest's names, or in archives as downloaded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kit import DataError
from kit.files import ARCHIVES, PartNames, is_system_file, original_name, refuse_packed, unpacked
from kit.images import IMAGES
from kit.wording import listed

OWNER = "arithmetic_captcha"  # of the unpacked archives in the cache
LABELS = "labels.txt"
TABLES = (".txt", ".csv", ".tsv", ".xlsx", ".json")
DEEPEST = 4  # folders and archives within each other
AGAIN = "download the images again"


def part_folder(folder: Path, part: str, names: PartNames) -> Path | None:
    """Return the folder with a part's images; None if the data have no test part.

    It has one of the part's ``names``, is inside an archive of such a name, or is the only folder in one of these. The
    data may be an archive or in one more folder. Raises DataError if there are no images.
    """
    root = _root(folder, names)
    found = _named(root, names[part])
    if found is not None:
        return _image_folder(found, part)
    refuse_packed(root, folder, names[part])
    if part == "train" and _label_file(root) is not None:
        return _image_folder(root, part)
    if part == "test" and _named(root, names["train"]) is not None and not _unknown_folders(root, names):
        return None
    raise DataError(
        f"the {part} images are missing",
        expected=" or ".join(f"{name}/ or {name}.tar.gz" for name in names[part][:2]),
        found=listed(sorted(path.name for path in root.iterdir()), 8) or "an empty folder",
        where=folder,
    )


def image_paths(folder: Path) -> list[Path]:
    """Return the images ``0.png``, ``1.png``, ... of a folder, in the order of their numbers.

    Raises DataError for images with other names, two images of one number, and missing numbers, by name.
    """
    numbered: dict[int, Path] = {}
    for path in sorted(_images(folder), key=lambda path: path.name):
        if not _is_number(path.stem):
            raise _odd_names(folder)
        if (other := numbered.setdefault(int(path.stem), path)) != path:
            found = f"{other.name}, {path.name}"
            raise DataError("two images have one number", found=found, where=folder, remedy="keep one")
    order = sorted(numbered)
    missing = sorted(set(range(order[-1] + 1 if order else 0)) - numbered.keys())
    if missing:
        raise DataError(
            f"{listed([f'{number}.png' for number in missing])} {'is' if len(missing) == 1 else 'are'} missing",
            expected=f"every number from 0 to {order[-1]}",
            found=f"{len(order):,} images",
            where=folder,
            remedy=AGAIN,
        )
    return [numbered[number] for number in order]


def _odd_names(folder: Path) -> DataError:
    odd = sorted(path.name for path in _images(folder) if not _is_number(path.stem))
    message = "an image is not named by its number"
    return DataError(message, expected="0.png, 1.png, ...", found=listed(odd), where=folder)


def label_file(images: Path, folder: Path, names: PartNames) -> Path:
    """Return the file of labels: beside the images, in the folder above them, or in the folder of the data."""
    for candidate in (images, images.parent, _root(folder, names)):
        if found := _label_file(candidate):
            return found
    tables = [path.name for path in _entries(images) if path.suffix.lower() in TABLES]
    raise DataError(
        f"{LABELS} is missing",
        expected="one line for each image, in their order",
        found=listed(sorted(tables)) or None,
        where=images,
        remedy=f"name the file of labels {LABELS}, or download the labels",
    )


def _label_file(folder: Path) -> Path | None:
    if (folder / LABELS).is_file():
        return folder / LABELS
    copies = sorted(path for path in _entries(folder) if original_name(path.name).lower() == LABELS and path.is_file())
    if len(copies) > 1:
        raise DataError(f"there are several files {LABELS}", found=listed([path.name for path in copies]), where=folder)
    return copies[0] if copies else None


def _root(folder: Path, names: PartNames) -> Path:
    """Return the folder that has a part in it: this one, or the only one in it, up to some levels down."""
    if not folder.exists():
        remedy = "name the folder that has train/ and test/ in it"
        raise DataError("there is no such folder", found=folder, remedy=remedy)
    known = [name for part in names.values() for name in part]
    inner = _opened(folder)
    for _ in range(DEEPEST):
        if _named(inner, known) is not None or _label_file(inner) is not None:
            return inner
        below = _containers(inner)
        if len(below) != 1:
            break
        inner = _opened(below[0])
    return _opened(folder)


def _named(folder: Path, names: Iterable[str]) -> Path | None:
    """Return the folder or archive with the first of these names, also as a copy that a browser named."""
    containers = _containers(folder)
    for name in names:
        exact = [path for path in containers if _stem(path).lower() == name]
        copies = exact or [path for path in containers if original_name(_stem(path)).lower() == name]
        folders = [path for path in copies if path.is_dir()]
        if len(folders or copies) > 1:
            found = listed([path.name for path in folders or copies])
            raise DataError(f"several folders or archives are named {name}", found=found, where=folder)
        if copies:
            return (folders or copies)[0]
    return None


def _unknown_folders(folder: Path, names: PartNames) -> bool:
    """Whether there is a folder or an archive that is not one of the training part's."""
    return any(original_name(_stem(path)).lower() not in names["train"] for path in _containers(folder))


def _image_folder(path: Path, part: str) -> Path:
    """Return the folder with the images: often the only one in an archive's folder."""
    inner = _opened(path)
    for _ in range(DEEPEST):
        if any(_images(inner)):
            return inner
        below = _containers(inner)
        if len(below) != 1:
            break
        inner = _opened(below[0])
    found = listed(sorted(entry.name for entry in inner.iterdir()), 8) or "an empty folder"
    raise DataError(f"there is no image in the {part} folder", expected="0.png, 1.png, ...", found=found, where=path)


def _opened(path: Path) -> Path:
    """Return a folder itself, and for an archive the folder that it is unpacked to."""
    if path.is_dir():
        return path
    if not path.name.lower().endswith(ARCHIVES):
        raise DataError("the data are neither a folder nor an archive", found=path)
    return unpacked(path, OWNER)


def _images(folder: Path) -> Iterable[Path]:
    """Return whatever is named as an image; a folder of such a name is refused when it is read."""
    return (path for path in _entries(folder) if path.suffix.lower() in IMAGES)


def _containers(folder: Path) -> list[Path]:
    """Return the folders with something in them, and the archives, in order of their names."""
    others = [path for path in _entries(folder) if path.suffix.lower() not in IMAGES]
    return sorted(
        path
        for path in others
        if (path.name.lower().endswith(ARCHIVES) and path.is_file()) or (path.is_dir() and any(path.iterdir()))
    )


def _entries(folder: Path) -> Iterable[Path]:
    return (path for path in folder.iterdir() if not path.name.startswith(".") and not is_system_file(Path(path.name)))


def _stem(path: Path) -> str:
    """Return the name without an archive's ending."""
    ending = next((ending for ending in ARCHIVES if path.name.lower().endswith(ending)), "") if path.is_file() else ""
    return path.name[: len(path.name) - len(ending)]


def _is_number(stem: str) -> bool:
    return stem.isascii() and stem.isdigit() and stem == str(int(stem[:20]))
