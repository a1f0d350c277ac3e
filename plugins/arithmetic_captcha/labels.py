"""Read ``labels.txt``: one line for each image, in their order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kit import DataError
from kit.wording import listed

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
LONGEST = 4096  # bytes of a line; a label has at most 46 characters and a value
SAVE = "save it as UTF-8"

Parse = Callable[[str], str]
"""Turn a line into the text that an image shows. Raises ValueError with a sentence that says what is wrong."""


def read_labels(path: Path, images: int | None, parse: Parse, expected: str) -> list[str]:
    """Read the labels of so many images (None: of any number), each line with ``parse``.

    Blank lines at the end are ignored. Raises DataError for a file that is not UTF-8, for the first line that is
    blank or wrong, and for a number of lines other than that of the images.
    """
    lines = label_lines(path)
    parsed = [_parsed(path, number, line, parse, expected) for number, line in enumerate(lines, start=1)]
    if images is not None and len(lines) != images:  # after the lines: a heading or a blank line is named as what it is
        raise _other_number(path, len(lines), images)
    return parsed


def label_lines(path: Path) -> list[str]:
    """Return the lines of a UTF-8 file without blank lines at the end."""
    try:
        data = path.read_bytes()
    except OSError as error:
        expected = "one line for each image"
        raise DataError(f"{path.name} cannot be read", expected=expected, found=error.strerror, where=path) from None
    text = _decoded(data, path)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _decoded(data: bytes, path: Path) -> str:
    if data.startswith(UTF_16) or b"\0" in data:
        raise DataError(f"{path.name} is not UTF-8", found="UTF-16, or no text", where=path, remedy=SAVE)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = f"byte {data[error.start]:#04x}"
    try:
        data.decode("gb18030")
        found = "GBK or another encoding"
    except UnicodeDecodeError:
        pass
    raise DataError(f"{path.name} is not UTF-8", found=found, where=f"{path}, line {line}", remedy=SAVE)


def _parsed(path: Path, number: int, line: str, parse: Parse, expected: str) -> str:
    try:
        if not line.strip():
            raise ValueError("it is blank")
        if len(line) > LONGEST:
            raise ValueError("it is too long")
        return parse(line)
    except ValueError as error:
        raise DataError(
            f"line {number} of {path.name} is wrong: {error}",
            expected=expected,
            found=repr(line[:80]),
            where=f"{path}, line {number}",
            remedy="correct the line or download the labels again",
        ) from None


def _other_number(path: Path, lines: int, images: int) -> DataError:
    """Name the images without a label, or the labels without an image."""
    fewer = lines < images
    names = listed([f"{number}.png" for number in range(min(lines, images), max(lines, images))])
    one = abs(lines - images) == 1
    described = f"{names} {'has' if one else 'have'} no label" if fewer else f"{names} {'is' if one else 'are'} missing"
    return DataError(
        f"{path.name} has {'fewer' if fewer else 'more'} lines than there are images",
        expected=f"{images:,} lines, one for each image",
        found=f"{lines:,}; {described}",
        where=path,
        remedy="download the images and the labels again; they may belong to different downloads",
    )
