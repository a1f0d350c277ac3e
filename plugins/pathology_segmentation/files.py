"""Find the slides and their labels: in the contest's folders, in folders of images and masks, or in a zip of either."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kit import DataError, Part
from kit.files import cache_dir, sha256, unzip

from .slide.formats import READ as PICTURES

SLIDES = ("image", "images")
LABELS = ("labels", "label", "masks", "mask")
MASKS = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
REMEDY = "kit show pathology_segmentation lists the files; kit sample pathology_segmentation DIR makes an example"

# The name of a tile may contain that of its slide: the scanner's file name, the name before rows and columns, or the
# name before a number, if that name has a number of its own (P03_2; but slide_2 is a slide).
SCANNER = re.compile(r"(?P<slide>.+?)\.(?:ndpi|svs|mrxs|kfb|scn|vms|bif)(?![a-z])", re.IGNORECASE)
TILE = re.compile(r"(?P<slide>.*?\w)[_-](?:r\d+_?c\d+|x\d+_?y\d+|row\d+_col\d+)\Z", re.IGNORECASE)
NUMBERED = re.compile(r"(?P<slide>.*\d.*?)_\d{1,3}\Z")


@dataclass(frozen=True)
class SlideFiles:
    """The files of one slide: the image, and its label if there is one."""

    id: str
    slide: Path
    label: Path | None

    @property
    def patient(self) -> str:
        """The part of the name that all tiles of a patient have in common."""
        for rule in (SCANNER, TILE, NUMBERED):
            if match := rule.match(self.id):
                return match["slide"]
        return self.id


def find_slides(folder: Path, part: Part) -> list[SlideFiles]:
    """Find the slides of a part, sorted by name; the test part may be absent and is empty then.

    Raises DataError if there is no training slide, if two slides or two labels have the same name, or if the labels are
    mask images and a slide has none.
    """
    root = _unpacked(folder)
    slides = _slide_folder(root, part)
    if slides is None:
        if part == "test" and _slide_folder(root, "train") is not None:
            return []
        expected = "train/image/*.tiff with train/labels/*.svg, or train/images with train/masks"
        raise DataError(f"there is no {part}ing slide", expected=expected, where=folder, remedy=REMEDY)
    images = _by_stem(slides, PICTURES)
    labels = _labels(slides.parent) if part == "train" else {}
    if part == "train":
        _refuse_unlabelled(images, labels, slides)
    return [SlideFiles(stem, path, labels.get(stem)) for stem, path in sorted(images.items())]


def labels_without_slide(folder: Path) -> list[Path]:
    """Find training labels that belong to no slide."""
    slides = _slide_folder(_unpacked(folder), "train")
    if slides is None:
        return []
    images = _by_stem(slides, PICTURES)
    return [path for stem, path in _labels(slides.parent).items() if stem not in images]


def _unpacked(folder: Path) -> Path:
    if not folder.exists():
        raise DataError("the data folder does not exist", where=folder, remedy=REMEDY)
    if folder.is_dir():
        return _only_child(folder)
    target = cache_dir() / "pathology_segmentation" / sha256(folder)[:32]
    unzip(folder, target)
    return _only_child(target)


def _only_child(folder: Path) -> Path:
    """Return the folder itself, or the one folder in it that contains everything else."""
    inside = [path for path in folder.iterdir() if not path.name.startswith((".", "__MACOSX"))]
    known = {*SLIDES, *LABELS, "train", "test"}
    if len(inside) == 1 and inside[0].is_dir() and inside[0].name.lower() not in known:
        return inside[0]
    return folder


def _slide_folder(root: Path, part: Part) -> Path | None:
    """Find ``PART/image(s)``, or for training ``image(s)`` alone; the contest has its slides in ``image/merge``."""
    parents = [root / part, root] if part == "train" else [root / part]
    for parent in parents:
        for name in SLIDES:
            for path in (parent / name / "merge", parent / name):
                if path.is_dir() and any(_files(path, PICTURES)):
                    return path
    return None


def _files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file():
            yield path


def _by_stem(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in _files(folder, suffixes):
        if path.stem in found:
            both = f"{found[path.stem].name} and {path.name}"
            raise DataError("two files have one name", found=both, where=folder, remedy="keep one of them")
        found[path.stem] = path
    return found


def _labels(folder: Path) -> dict[str, Path]:
    """Find label files by the name of their slide; with ``image/merge`` the labels are beside ``image``."""
    for parent in (folder, folder.parent):
        for name in LABELS:
            if (parent / name).is_dir():
                return _by_stem(parent / name, (".svg", *MASKS))
    raise DataError(
        "there is no folder of labels", expected=" or ".join(LABELS), where=folder, remedy="put it beside the images"
    )


def _refuse_unlabelled(images: dict[str, Path], labels: dict[str, Path], slides: Path) -> None:
    """A slide without an outline has no cancer, but a slide without a mask image has lost it."""
    missing = sorted(images.keys() - labels.keys())
    outlines = not labels or any(path.suffix.lower() == ".svg" for path in labels.values())
    if missing and not outlines:
        raise DataError(
            f"{len(missing):,} slides have no mask",
            expected="a mask for each; all black means no cancer",
            found=f"first {missing[0]}",
            where=slides,
            remedy="add the masks, or remove these slides",
        )
