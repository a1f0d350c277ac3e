"""A download's files by their type: tables, images, arrays, and what is neither."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from kit.blocks.records import is_records
from kit.errors import DataError
from kit.files import named_files
from kit.images import IMAGES
from kit.inspection.findings import Fact
from kit.inspection.roles import has_role
from kit.inspection.tables import TEXTS, is_table

OWNER = "inspection"
ARRAYS = (".npz", ".npy", ".h5", ".hdf5")
DOCUMENTS = (".md", ".pdf", ".rst", ".html", ".license", ".docx", ".py", ".ipynb", ".yaml", ".yml", ".toml", ".log")
DOCUMENT_WORDS = ("readme", "licen", "description", "notice", "changelog", "attribution", "citation")


@dataclass(frozen=True)
class Picture:
    """An image file; ``name`` is its path in the download, with an archive's name as a folder's."""

    path: Path
    name: PurePosixPath

    @property
    def folders(self) -> tuple[str, ...]:
        """The names of the folders that hold it, the outermost first."""
        return self.name.parts[:-1]


@dataclass(frozen=True)
class Download:
    """The files of a folder or archive by type, in a fixed order."""

    folder: Path
    tables: tuple[Path, ...]
    images: tuple[Picture, ...]
    arrays: tuple[Path, ...]
    others: tuple[Path, ...]
    """Files of a kind that no reader here understands."""


def list_download(folder: Path) -> Download:
    """List a download: sub-folders and archives are looked into, system files and documents left out."""
    files = list(named_files(folder, OWNER))
    if not files:
        raise DataError("there are no files", where=folder)
    images = tuple(Picture(path, name) for path, name in files if path.suffix.lower() in IMAGES)
    paths = [path for path, _ in files if path.suffix.lower() not in IMAGES]
    tables = tuple(path for path in paths if is_table(path) or _is_named_table(path))
    arrays = tuple(path for path in paths if path.suffix.lower() in ARRAYS)
    others = [path for path in paths if path not in tables and path not in arrays]
    return Download(folder, tables, images, arrays, tuple(path for path in others if not _is_document(path)))


def unknown_facts(download: Download) -> list[Fact]:
    """The line about files that are not understood, if there are any."""
    if not download.others:
        return []
    names = [path.name for path in download.others[:4]]
    more = f", ... ({len(download.others):,} files)" if len(download.others) > 4 else ""
    return [Fact("not understood", ", ".join(names) + more, "unclear", "no table, image or file of arrays: not used")]


def _is_named_table(path: Path) -> bool:
    """Whether a file such as train.txt or train.json is a table, which its name says."""
    if not has_role(path) or _is_document(path):
        return False
    return path.suffix.lower() in TEXTS or is_records(path)


def _is_document(path: PurePath) -> bool:
    """Whether a file is a text for people, such as data_description.txt."""
    if path.suffix.lower() in DOCUMENTS:
        return True
    return path.suffix.lower() in (".txt", "") and any(word in path.name.lower() for word in DOCUMENT_WORDS)
