"""Files beside the data that look like the task's own and that no sample was made from.

A label in a format that is not read must not count as no label, and an image with another ending must not be missing
without a word. A task needs to declare nothing for this: what was read are the paths that its samples hold, in ``x``,
``y`` or ``meta``, and what else belongs to the data are the patterns of ``Task.files``. A task whose samples hold no
paths has nothing to compare.
"""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from kit.contract.report import Finding
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.files.part_folders import PACKED
from kit.files.system_files import is_system_file
from kit.wording import counted, listed

LABEL_FOLDER = re.compile("label|mask|annot|truth|segment|outline|contour|^gt$", re.IGNORECASE)
IMAGES = {".bmp", ".gif", ".jpeg", ".jpg", ".jp2", ".png", ".ppm", ".tif", ".tiff", ".webp"}
SLIDES = {".bif", ".czi", ".mrxs", ".ndpi", ".scn", ".svs", ".vms"}
SCANS = {".dcm", ".mha", ".mhd", ".nii", ".nrrd", ".gz"}
LABELS = {".geojson", ".json", ".svg", ".xml"}
DATA = IMAGES | SLIDES | SCANS | LABELS
DEEPEST = 4  # levels of values in which a sample's paths are looked for
MOST_FILES = 1_000_000


def unread_findings(task: Task, folder: Path, samples: Iterable[Sequence[Sample]]) -> Iterator[Finding]:
    """Warn of files that no sample holds: with a sample's name, among the samples' files, or in a folder of labels."""
    read = {path for part in samples for sample in part for path in sample_paths(sample, folder)}
    if not read or not folder.is_dir():
        return
    unread = sorted(_unread(task, folder, read))
    if unread:
        suffixes = Counter(Path(name).suffix.lower() or "no ending" for name in unread)
        kinds = ", ".join(f"{count:,} {suffix}" for suffix, count in suffixes.most_common(5))
        message = f"{counted(len(unread), 'file')} that no sample was made from ({kinds}): {listed(unread)}"
        remedy = f"convert them to what kit show {task.name} lists, or move them elsewhere"
        yield Finding("warning", "unread files", "data", message, remedy)


def packed_findings(folder: Path) -> Iterator[Finding]:
    """Warn of 7z and rar archives, which nothing unpacks, without a folder or a file of their names beside them."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    packed = [path for path in entries if path.suffix.lower() in PACKED and path.is_file()]
    others = {path.name.partition(".")[0].lower() for path in entries if path not in packed}
    left = [path.name for path in packed if path.name.partition(".")[0].lower() not in others]
    if left:
        message = f"{counted(len(left), 'archive')} not unpacked, of which nothing is read: {listed(left)}"
        yield Finding("warning", "packed files", "data", message, f"7z x {shlex.quote(left[0])}")


def sample_paths(value: Any, folder: Path, depth: int = 0) -> Iterator[PurePath]:
    """The relative paths of files in the folder that a value holds."""
    if isinstance(value, str | os.PathLike):
        text = os.fspath(value)
        if isinstance(text, str) and text.startswith(f"{folder}{os.sep}"):
            yield PurePath(text).relative_to(folder)
    elif depth < DEEPEST:
        for inner in _inside(value):
            yield from sample_paths(inner, folder, depth + 1)


def _inside(value: Any) -> Iterable[Any]:
    if dataclasses.is_dataclass(value):
        return [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list | tuple) and len(value) < 100 else ()


def _unread(task: Task, folder: Path, read: set[PurePath]) -> Iterator[str]:
    folders = {path.parent for path in read}
    names = {(path.parent, _stem(path)) for path in read}
    stems = {stem for _, stem in names}
    endings = {path.suffix.lower() for path in read}
    for path in _files(folder):
        if path in read or path.as_posix() == task.answers:
            continue
        in_labels = any(LABEL_FOLDER.search(part) for part in path.parts[:-1])
        among = any(parent in folders for parent in path.parents if parent != PurePath() or path.parent == parent)
        named = (path.parent, _stem(path)) in names or (in_labels and _stem(path) in stems)
        declared = path.suffix.lower() not in endings and _is_declared(task, path)
        if not declared and (named or (among and path.suffix.lower() in DATA) or (in_labels and among)):
            yield path.as_posix()


def _files(folder: Path) -> Iterator[PurePath]:
    """Every file of the folder but hidden ones, those of operating systems, and the kit's own runs."""
    count = 0
    for parent, folders, files in os.walk(folder):
        inside = PurePath(parent).relative_to(folder)
        folders[:] = [name for name in folders if not name.startswith(".") and name not in ("submissions", "__MACOSX")]
        for name in files:
            count += 1
            if count > MOST_FILES:
                return
            if not name.startswith(".") and not is_system_file(inside / name):
                yield inside / name


def _stem(path: PurePath) -> str:
    return path.name.partition(".")[0].lower() if path.suffix.lower() == ".gz" else path.stem.lower()


def _is_declared(task: Task, path: PurePath) -> bool:
    patterns = [pattern.strip() for key in task.files for pattern in key.split(",")]
    return any(path.match(pattern) for pattern in patterns if pattern not in ("*", "**"))
