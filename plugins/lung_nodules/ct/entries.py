"""The entries of a MetaImage header, parsed strictly: each entry that is interpreted occurs once.

Format: itk.org/Wiki/ITK/MetaIO/Documentation. A header is untrusted: it can name any file on the disk as its data, and
its numbers decide how much memory is allocated. No other parser reads it, so there is no second opinion to exploit.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kit import DataError

LARGEST_HEADER = 1 << 16
LOCAL = ("LOCAL", "Local", "local")
SYNONYMS = {
    "Offset": ("Offset", "Position", "Origin"),
    "TransformMatrix": ("TransformMatrix", "Rotation", "Orientation"),
    "ElementSpacing": ("ElementSpacing", "ElementSize"),
    "BinaryDataByteOrderMSB": ("BinaryDataByteOrderMSB", "ElementByteOrderMSB"),
}
RESCALES = (
    ("ElementToIntensityFunctionSlope", "ElementToIntensityFunctionOffset"),
    ("RescaleSlope", "RescaleIntercept"),
    ("0028|1053", "0028|1052"),
)
"""Pairs of entries that declare how stored values become HU: MetaImage's own, a common one, and DICOM's tags."""
KNOWN = frozenset(
    [name for names in SYNONYMS.values() for name in names]
    + [name for names in RESCALES for name in names]
    + [
        "ObjectType",
        "NDims",
        "BinaryData",
        "CompressedData",
        "CompressedDataSize",
        "DimSize",
        "HeaderSize",
        "DistanceUnits",
    ]
    + ["ElementNumberOfChannels", "ElementType", "ElementDataFile"]
)
"""The entries that are interpreted. Others (comments, DICOM tags, a modality) are ignored."""
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")


@dataclass(frozen=True)
class Entries:
    """The entries of one header, with the offset at which the header ends."""

    path: Path
    values: Mapping[str, str]
    end: int

    def get(self, name: str) -> tuple[str, str] | None:
        """Return the entry or its synonym as (name, value), or None. Raises DataError for two that differ."""
        found = [(n, self.values[n]) for n in SYNONYMS.get(name, (name,)) if n in self.values]
        if name == "ElementSpacing":
            found = found[:1]  # ElementSize is the size of a voxel and is only used where the spacing is missing
        if len({value for _, value in found}) > 1:
            raise DataError(
                f"the scan's header has contradictory entries {found[0][0]} and {found[1][0]}",
                found=f"{found[0][1]} and {found[1][1]}",
                where=self.path,
            )
        return found[0] if found else None

    def require(self, name: str) -> tuple[str, str]:
        """Return the entry as (name, value). Raises DataError where it is missing."""
        found = self.get(name)
        if found is None:
            raise DataError(
                f"the scan's header has no {name}",
                where=self.path,
                remedy="take the header from the contest's files again",
            )
        return found

    def floats(self, name: str, count: int) -> list[float]:
        """Return an entry of ``count`` finite numbers."""
        name, text = self.require(name)
        try:
            values = [float(word) for word in text.split()]
        except ValueError:
            values = []
        if len(values) != count or not np.isfinite(values).all():
            raise wrong(self.path, name, f"{count} finite numbers", text)
        return values

    def flag(self, name: str, default: bool) -> bool:
        """Return an entry that is true or false."""
        found = self.get(name)
        if found is None:
            return default
        value = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}.get(found[1].lower())
        if value is None:
            raise wrong(self.path, found[0], "True or False", found[1])
        return value

    def whole(self, name: str, default: int) -> int:
        """Return an entry that is a whole number."""
        found = self.get(name)
        if found is None:
            return default
        if not re.fullmatch(r"[+-]?\d{1,18}", found[1]):
            raise wrong(self.path, found[0], "a whole number", found[1])
        return int(found[1])


def read_entries(path: Path) -> Entries:
    """Split a header into entries ``Name = value``, up to and including ``ElementDataFile``.

    Raises DataError for an entry that is repeated or follows ``ElementDataFile``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_HEADER)
    except OSError as error:
        raise DataError("the scan's header cannot be read", found=error.strerror, where=path) from None
    values: dict[str, str] = {}
    position = 3 if data.startswith(b"\xef\xbb\xbf") else 0  # a byte order mark
    while position < len(data):
        line = _LINE.match(data, position)
        if line is None:  # the pattern matches everywhere
            break
        position = line.end()
        name, value = _entry(line.group().strip(), path)
        if name not in KNOWN:
            continue
        if "ElementDataFile" in values or name in values:
            text = f"the scan's header has {name} twice" if name in values else f"{name} follows ElementDataFile"
            raise DataError(text, where=path, remedy="take the header from the contest's files again")
        values[name] = value
        if name == "ElementDataFile" and value in LOCAL:
            break
    return Entries(path, values, position)


def _entry(line: bytes, path: Path) -> tuple[str, str]:
    """Split a line at the first ``=`` or ``:``, as MetaIO does. Only entries that are interpreted must be text."""
    match = re.search(rb"[=:]", line)
    if match is None:
        return "", ""
    name = line[: match.start()].strip().decode("latin-1")
    if name not in KNOWN:
        same = [known for known in KNOWN if known.lower() == name.lower()]
        if same:
            raise DataError(f"the scan's header has a misspelt {same[0]}", found=name, where=path)
        return name, ""
    value = os.fsdecode(line[match.end() :].strip())
    if name != "ElementDataFile" and not value.isascii():
        raise wrong(path, name, "text in ASCII", ascii(value))
    return name, value


def wrong(path: Path, name: str, expected: object, found: object) -> DataError:
    """Return the error for an entry with a wrong value."""
    return DataError(f"the scan's header has a wrong {name}", expected=expected, found=found, where=path)
