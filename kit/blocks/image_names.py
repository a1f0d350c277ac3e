"""The images of a download by every name that a table may have for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kit.errors import DataError
from kit.files import named_files
from kit.images import IMAGES


@dataclass(frozen=True)
class ImageNames:
    """Paths of images by name: with and without suffix, and by the ends of the path (``b/1.png`` of ``a/b/1.png``).

    Names with backslashes, as tables from Windows have them, are among them.
    """

    paths: dict[str, Path]
    folder: Path

    def path(self, name: str) -> Path:
        """Return the path of an image. Raises DataError if it is missing."""
        if name not in self.paths:
            raise DataError("an image is missing", found=name, where=self.folder)
        return self.paths[name]


def image_names(
    folder: Path,
    *,
    inside: Sequence[str] = (),
    outside: Sequence[str] = (),
    mask_folders: Sequence[str] = (),
    mask_suffix: str = "",
    owner: str = "contest",
) -> ImageNames:
    """Find the images of a folder or archive by their names.

    Of images of one name, one below a folder called as ``inside`` counts before others, and one below ``outside`` after
    them. Images below ``mask_folders`` or whose name ends with ``mask_suffix`` are masks and left out.
    """

    def rank(name: PurePosixPath) -> int:
        return below(name, inside) - below(name, outside)

    named = [pair for pair in _images(folder, owner) if not _is_mask(pair[0], mask_folders, mask_suffix)]
    ordered = sorted(named, key=lambda pair: (rank(pair[0]), pair[0]))
    return ImageNames({key: path for name, path in ordered for key in _names(name)}, folder)


def images_below(folder: Path, folders: Sequence[str], *, suffix: bool, owner: str = "contest") -> list[str]:
    """Return the sorted names, with their suffix or without, of the images below folders called as ``folders``."""
    found = {name for name, _ in _images(folder, owner) if below(name, folders)}
    return sorted(name.name if suffix else name.stem for name in found)


def below(name: PurePosixPath, folders: Sequence[str]) -> bool:
    """Whether a path leads through a folder of one of these names."""
    return any(part in folders for part in name.parts[:-1])


def _images(folder: Path, owner: str) -> list[tuple[PurePosixPath, Path]]:
    return [(name, path) for path, name in named_files(folder, owner) if name.suffix.lower() in IMAGES]


def _is_mask(name: PurePosixPath, folders: Sequence[str], suffix: str) -> bool:
    return below(name, folders) or (bool(suffix) and name.stem.endswith(suffix))


def _names(name: PurePosixPath) -> list[str]:
    return [name.stem, *path_ends(name)]


def path_ends(name: PurePosixPath) -> list[str]:
    r"""The ends of a path, the longest first, then with backslashes.

    >>> path_ends(PurePosixPath("a/b/1.png"))
    ['a/b/1.png', 'b/1.png', '1.png', 'a\\b\\1.png', 'b\\1.png']
    """
    ends = [name.parts[start:] for start in range(len(name.parts))]
    return ["/".join(parts) for parts in ends] + ["\\".join(parts) for parts in ends[:-1]]
