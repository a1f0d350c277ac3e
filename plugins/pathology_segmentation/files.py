"""Find the slides of a part, and the label of each training slide. Every file is used or reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kit import DataError, Part
from kit.files import ARCHIVES
from kit.wording import counted, listed

from .annotations.label import OUTLINES
from .folders import REMEDY, DataFile, Folders, sort_files
from .groups import group_of, read_groups
from .names import SlideNames
from .slide.formats import is_slide

MASKS = (".png", ".bmp", ".gif", ".tif", ".tiff", ".jpg", ".jpeg", ".webp")
LABELS = (*OUTLINES, *MASKS)
# Documentation beside the data.
TEXTS = (".txt", ".md", ".rst", ".pdf", ".html", ".htm", ".log", ".ini", ".py", ".sha256", ".md5", ".yml", ".yaml")
# Files that may contain the labels of many slides.
COLLECTIONS = (*OUTLINES, ".csv", ".tsv", ".xlsx", ".h5", ".hdf5", ".npz", ".npy", ".mat", ".pkl", ".db", *ARCHIVES)


@dataclass(frozen=True)
class SlideFiles:
    """The files of one slide: the image, and its label if there is one; and the group that it belongs to."""

    id: str
    slide: Path
    label: Path | None
    group: str


@dataclass(frozen=True)
class Training:
    """The training slides, and the files among the labels that belong to none of them."""

    slides: tuple[SlideFiles, ...]
    unused: tuple[DataFile, ...]


def find_slides(folder: Path, part: Part) -> list[SlideFiles]:
    """Find the slides of a part, sorted by name; the test part may be absent and is empty then.

    Slides in unsupported formats are included, because a submission must contain them. Raises DataError if there is
    no training slide, if two slides or two labels have the same name, or if a label is there that cannot be used.
    """
    files = sort_files(folder)
    if part == "train":
        return list(match_labels(folder, files).slides)
    if not files.test and not files.train:
        raise _no_slides(folder, files, part)
    return [SlideFiles(name, file.path, None, group_of(name)) for name, file in _slides(files.test).items()]


def match_labels(folder: Path, files: Folders) -> Training:
    """Give each training slide its label and its group. Raises DataError; see :func:`find_slides`."""
    images = _slides(files.train)
    if not images:
        raise _no_slides(folder, files, "train")
    names = SlideNames(images)
    masks = [file for file in images.values() if names.extended(file.path.name)]  # a_mask.png beside a.png
    slides = {name: file for name, file in images.items() if file not in masks}
    beside = [file for file in files.train if file.path.suffix.lower() in OUTLINES]
    labels, unused = _labels([*files.labels, *beside, *masks], SlideNames(slides))
    _refuse_overlooked_labels(folder, slides, labels, unused)
    groups = read_groups([*files.others, *files.train, *files.labels], slides)
    found = (
        SlideFiles(name, file.path, labels[name].path if name in labels else None, groups.get(name, group_of(name)))
        for name, file in slides.items()
    )
    return Training(tuple(found), tuple(unused))


def files_not_read(folder: Path) -> list[str]:
    """List slides, labels and archives that belong to neither part."""
    files = sort_files(folder)
    telling = (*LABELS, *ARCHIVES)
    others = [file for file in files.others if is_slide(file.path.name) or file.path.name.lower().endswith(telling)]
    for part in (files.train, files.test):
        names = SlideNames(file.path.stem for file in part if is_slide(file.path.name))
        known = OUTLINES if part is files.train else ()
        others += [
            file
            for file in part
            if not is_slide(file.path.name)
            and file.path.suffix.lower() not in known
            and (names.slide_of(file.path.name) or file.path.suffix.lower() not in (*TEXTS, ".csv"))
        ]
    return sorted({file.name for file in others})


def _slides(files: Sequence[DataFile]) -> dict[str, DataFile]:
    found: dict[str, DataFile] = {}
    for file in files:
        if not is_slide(file.path.name):
            continue
        _refuse_unprintable(file)
        name = file.path.stem
        if name in found:
            both = f"{found[name].path.name} and {file.path.name}"
            if both == f"{file.path.name} and {file.path.name}":
                both = f"{found[name].name} and {file.name}"
            raise DataError("two files have one name", found=both, where=file.path.parent, remedy="keep one of them")
        found[name] = file
    return dict(sorted(found.items()))


def _refuse_unprintable(file: DataFile) -> None:
    """Refuse a name that cannot be an id in a submission: invalid UTF-8, line breaks, control characters."""
    name = file.path.name
    if not name.isprintable():  # bytes that are not UTF-8 become lone surrogates, which are not printable
        raise DataError(
            "a slide's name is not printable UTF-8 text",
            found=name.encode("utf-8", "backslashreplace").decode(),
            where=file.path.parent,
            remedy="rename the file",
        )


def _labels(candidates: Sequence[DataFile], names: SlideNames) -> tuple[dict[str, DataFile], list[DataFile]]:
    """Match files to slides by name; return also those that belong to no slide or cannot be read."""
    labels: dict[str, DataFile] = {}
    unused: list[DataFile] = []
    for file in candidates:
        slide = names.slide_of(file.path.name)
        if slide is None or file.path.suffix.lower() not in LABELS:
            unused.append(file)
        elif slide in labels:
            both = f"{labels[slide].name} and {file.name}"
            raise DataError("a slide has two labels", found=both, where=file.path.parent, remedy="keep one of them")
        else:
            labels[slide] = file
    return labels, unused


def _refuse_overlooked_labels(
    folder: Path, slides: dict[str, DataFile], labels: dict[str, DataFile], unused: Sequence[DataFile]
) -> None:
    """Raise DataError if a slide has no label but an unused file may be its label.

    Without a label a slide counts as free of cancer, so a label must not be lost.
    """
    missing = sorted(slides.keys() - labels.keys())
    if not missing:
        return
    where = next(iter(slides.values())).path.parent
    deciding = _deciding(SlideNames(missing), labels, unused)
    if deciding:
        raise DataError(
            f"{counted(len(missing), 'slide')} would count as free of cancer, but there are labels that are not used",
            expected=f"labels named like their slides: {', '.join(LABELS)}",
            found=f"{listed([file.name for file in deciding])}; without a label: {listed(missing)}",
            where=folder,
            remedy="rename or convert them, or move them out of the folders of slides and labels",
        )
    if not labels:
        raise DataError(
            "there is no folder of labels, or it is empty",
            expected=f"labels/ or masks/ beside the images, files {', '.join(LABELS)}",
            where=where.parent,
        )
    if not any(file.path.suffix.lower() in OUTLINES for file in labels.values()):
        raise DataError(
            f"{len(missing):,} slides have no mask",
            expected="a mask for each; all black means no cancer",
            found=f"first {missing[0]}",
            where=where,
            remedy="add the masks, or remove these slides",
        )


def _deciding(missing: SlideNames, labels: dict[str, DataFile], unused: Sequence[DataFile]) -> list[DataFile]:
    """Choose the unused files that may be the label of a slide without one.

    These are files whose name is or begins with that of such a slide; files that may contain the labels of many slides,
    in a format that no used label has; and all unused files if no slide has a label.
    """
    kinds = {file.path.suffix.lower() for file in labels.values()}
    return [
        file
        for file in unused
        if missing.resembling(file.path.name)
        or (not labels and file.path.suffix.lower() not in TEXTS)
        or (file.path.name.lower().endswith(COLLECTIONS) and file.path.suffix.lower() not in kinds)
    ]


def _no_slides(folder: Path, files: Folders, part: Part) -> DataError:
    expected = "train/image/*.tiff with train/labels/*.svg, or train/images with train/masks"
    found = listed([file.name for file in (*files.train, *files.labels, *files.others)]) or "no file"
    return DataError(f"there is no {part}ing slide", expected=expected, found=found, where=folder, remedy=REMEDY)
