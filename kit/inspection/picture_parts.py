"""What folders and file names say about images: the part they belong to, their class, whether they are masks."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kit.errors import SampleError
from kit.images import read_header
from kit.images.decoding import refuse_unfit
from kit.inspection.files import Picture

WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
CHINESE = (("训练", "train"), ("测试", "test"), ("验证", "valid"))
GENERIC = re.compile(
    r"(?:图片|图像|数据|images?|imgs?|pictures?|photos?|data|dataset|jpe?g|png|raw|input|inputs|all)\d*\Z", re.I
)
PREFIX = re.compile(r"(?P<label>[A-Za-z][A-Za-z ]*?)[ ._-]*\(?\d+\)?\Z")
SHOWN = 3  # warnings
HEADERS = 200  # images whose sizes are read
FEWEST = 3  # images of a class that its name stands for


@dataclass(frozen=True)
class Sizes:
    """Sizes of images as (height, width), and their kinds."""

    smallest: tuple[int, int]
    largest: tuple[int, int]
    middle: int
    """The median of the shorter sides."""
    kinds: tuple[str, ...]
    grey: bool
    damaged: tuple[str, ...]

    @property
    def words(self) -> str:
        """The sizes for people."""
        low, high = (f"{width} x {height}" for height, width in (self.smallest, self.largest))
        sizes = low if low == high else f"{low} to {high}"
        return f"{sizes} pixels, {', '.join(self.kinds)}{', grey' if self.grey else ''}"


def part_of(picture: Picture) -> str:
    """The part that an image's folders name: "train", "test", "valid" or "" for none; the innermost folder counts."""
    for folder in reversed(picture.folders):
        part = part_word(folder)
        if part:
            return part
    return ""


def part_folders(pictures: Sequence[Picture], part: str) -> tuple[str, ...]:
    """The names of the folders by which images belong to a part."""
    found = {next((f for f in reversed(p.folders) if part_word(f)), "") for p in pictures if part_of(p) == part}
    return tuple(sorted(found - {""}))


def suffixes_of(pictures: Sequence[Picture]) -> tuple[str, ...]:
    """The endings of images' names, as they are written."""
    return tuple(sorted({picture.name.suffix for picture in pictures}))


def part_word(name: str) -> str:
    """The part that a folder's or file's name begins with or holds as a word.

    >>> part_word("PALM-Training400"), part_word("stage1_test"), part_word("contest")
    ('train', 'test', '')
    """
    for chinese, part in CHINESE:
        if chinese in name:
            return part
    for word in (word.lower() for word in WORDS.findall(name)):
        for start, part in (("train", "train"), ("test", "test"), ("valid", "valid")):
            if word.startswith(start):
                return part
        if word in ("val", "dev"):
            return "valid"
    return ""


def folder_classes(pictures: Sequence[Picture]) -> dict[str, list[Picture]]:
    """Images by the name of the folder that holds them, if at least two folders are named like classes; else empty."""
    classes: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        if not picture.folders:
            return {}
        name = picture.folders[-1]
        if part_word(name) or GENERIC.match(name):
            return {}
        classes[name].append(picture)
    return dict(sorted(classes.items())) if len(classes) > 1 else {}


def name_classes(pictures: Sequence[Picture]) -> dict[str, list[Picture]]:
    """Images by the letters that their names begin with, such as cat.12.jpg; empty unless all have such a name."""
    classes: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        match = PREFIX.match(picture.name.stem)
        if not match:
            return {}
        classes[match["label"]].append(picture)
    words = [part_word(name) for name in classes]
    enough = len(classes) > 1 and min(map(len, classes.values())) >= FEWEST and len(classes) * 4 <= len(pictures)
    return dict(sorted(classes.items())) if enough and not any(words) else {}


def read_sizes(pictures: Sequence[Picture]) -> Sizes:
    """Read the headers of up to 200 images, evenly chosen."""
    step = max(1, len(pictures) // HEADERS)
    headers, damaged = [], []
    for picture in pictures[::step]:
        try:
            header = read_header(picture.path.read_bytes(), picture.path)
            refuse_unfit(header, picture.path)
            headers.append(header)
        except SampleError as error:
            damaged.append(f"{picture.name}: {_reason(error)}")
    if not headers:
        raise SampleError("no image can be read", found=damaged[0], where=pictures[0].path)
    sizes = sorted((header.height, header.width) for header in headers)
    shorter = sorted(min(size) for size in sizes)
    kinds = tuple(kind for kind, _ in Counter(header.kind for header in headers).most_common())
    by_area = sorted(sizes, key=lambda size: size[0] * size[1])
    grey = all(header.channels == 1 for header in headers)
    return Sizes(by_area[0], by_area[-1], shorter[len(shorter) // 2], kinds, grey, _some(damaged))


def _reason(error: SampleError) -> str:
    """What is wrong with an image, and what to do, in one line."""
    found, remedy = error.parts["found"], error.parts["to do"]
    return error.message + (f", found {found}" if found else "") + (f": {remedy}" if remedy else "")


def _some(damaged: Sequence[str]) -> tuple[str, ...]:
    """The first warnings, and how many more there are."""
    rest = len(damaged) - SHOWN
    return (*damaged[:SHOWN], *([f"and {rest:,} more images, which kit audit names"] if rest > 0 else []))


def input_side(sizes: Sizes) -> int:
    """The side that images are resized to: their own where it is small, else 64, or 96 for large photographs."""
    if sizes.middle <= 48:
        return max(16, sizes.middle + sizes.middle % 2)
    return 64 if sizes.middle < 200 else 96
