"""Group slides by patient: by their names, or by the table ``groups.csv``."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from kit import DataError
from kit.wording import listed

from .folders import DataFile
from .names import SlideNames

NAME = "groups.csv"
LARGEST = 64 << 20  # bytes
IDS = ("imageid", "image_id", "id", "name", "slide", "image", "file", "filename")
GROUPS = ("group", "patient", "patient_id", "patientid", "case", "case_id")

# The name of a tile may contain that of its slide: the scanner's file name, the name before rows and columns, or the
# name before a number, if that name has a number of its own (P03_2; but slide_2 is a slide, and so is OSCC_400x_2,
# whose other number is a magnification).
SCANNER = re.compile(r"(?P<slide>.+?)\.(?:ndpi|svs|mrxs|kfb|scn|vms|bif)(?![a-z])", re.IGNORECASE)
TILE = re.compile(r"(?P<slide>.*?\w)[_-](?:r\d+_?c\d+|x\d+_?y\d+|row\d+_col\d+)\Z", re.IGNORECASE)
NUMBERED = re.compile(r"(?P<slide>.*\d.*?)_\d{1,3}\Z")
MAGNIFICATION = re.compile(r"(?<![a-z0-9])(?:\d+x|x\d+)(?![a-z0-9])", re.IGNORECASE)


def group_of(name: str) -> str:
    """Return the part of a slide's name that all tiles of a patient have in common."""
    for rule in (SCANNER, TILE):
        if match := rule.match(name):
            return match["slide"]
    match = NUMBERED.match(name)
    return match["slide"] if match and re.search(r"\d", MAGNIFICATION.sub("", match["slide"])) else name


def read_groups(files: Sequence[DataFile], slides: Collection[str]) -> dict[str, str]:
    """Read the group of every slide from ``groups.csv``; empty without that file. Raises DataError.

    Its columns are ``ImageId`` and ``group``, in any order; common synonyms are accepted.
    """
    found = [file.path for file in files if file.path.name.lower() == NAME]
    if not found:
        return {}
    if len(found) > 1:
        raise DataError(f"there are several files {NAME}", found=listed(found), remedy="keep one")
    path = found[0]
    names = SlideNames(slides)
    groups: dict[str, str] = {}
    for line, (name, group) in enumerate(_rows(path), 2):
        slide = name if name in slides else names.slide_of(name)
        if not group:
            raise DataError("a slide without a group", found=f"line {line}: {name!r}", where=path)
        if slide is None:
            continue
        if groups.setdefault(slide, group) != group:
            raise DataError("a slide has two groups", found=f"line {line}: {name!r}", where=path)
    missing = sorted(set(slides) - groups.keys())
    if missing:
        raise DataError(
            f"{len(missing):,} slides have no group", found=listed(missing), where=path, remedy="add a line for each"
        )
    return groups


def _rows(path: Path) -> list[tuple[str, str]]:
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"more than {LARGEST:,} bytes")
        text = path.read_text(encoding="utf-8-sig")
        rows = list(csv.reader(text.splitlines(), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise DataError("the groups cannot be read", found=error, where=path) from None
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    columns = [next((header.index(name) for name in names if name in header), None) for names in (IDS, GROUPS)]
    slide, group = columns
    if slide is None or group is None:
        raise DataError("the groups' header is not understood", expected="ImageId,group", found=header, where=path)
    wide = max(slide, group)
    return [(row[slide].strip(), row[group].strip()) for row in rows[1:] if len(row) > wide]
