"""A table of text cells, whatever wrote it: encoding, delimiter, compression and decimal mark are found out."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.blocks.records import RECORDS, read_records
from kit.errors import DataError
from kit.images import IMAGES

if TYPE_CHECKING:
    from pandas import DataFrame, Series

NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
TEXTS = (".txt", ".dat", ".data", ".tab")
"""Endings of tables whose names say what they are for; other files of such a name are texts for people."""
DELIMITERS = (",", "\t", ";", "|", " ")
LINES = 60  # that the delimiter is found from
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LARGEST = 4 << 30  # bytes
LONGEST_CELL = 1 << 27  # characters: a run-length encoded mask may have a million


@dataclass(frozen=True)
class SourceTable:
    """A table that was read: ``frame`` holds the cells as they are written, text without spaces around it."""

    path: Path
    frame: DataFrame
    encoding: str
    delimiter: str
    index: str = ""
    """A column that only numbers the rows, which ``frame`` leaves out."""
    header: tuple[str, ...] = ()
    """The names of the columns where the file itself has none, as lists of images have."""

    @property
    def names(self) -> list[str]:
        """The columns' names in order."""
        return [str(name) for name in self.frame.columns]

    @property
    def form(self) -> dict[str, Any]:
        """Delimiter, encoding and names that the file lacks, for a reader that passes over a byte order mark."""
        encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        names = {"names": self.header} if self.header else {}
        return {"delimiter": self.delimiter, "encoding": encoding, **names}

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, name: str) -> Series[str]:
        return self.frame[name]


def is_table(path: Path) -> bool:
    """Whether a file's name is that of a table of text."""
    return path.name.lower().endswith(SUFFIXES)


def read_table(path: Path) -> SourceTable:
    """Read a table, cells as text. Raises DataError for one that is empty, ragged or not text at all."""
    import pandas

    if path.suffix.lower() in RECORDS:
        return SourceTable(path, read_records(path), "utf-8", ",")
    data = _bytes(path)
    _refuse_stand_ins(data, path)
    text, encoding = _decoded(data, path)
    if "\n" not in text:
        text = text.replace("\r", "\n")  # old Macs' line ends
    limit = csv.field_size_limit(LONGEST_CELL)
    try:
        delimiter = find_delimiter(text)
        header = _list_header(text, delimiter)
        names = list(header) or _header(text, delimiter, path)
        _check_rows(text, delimiter, len(names), path)
    except csv.Error as error:
        remedy = "save it as CSV with one kind of line ends and pairs of quotes"
        raise DataError("the table cannot be read", found=error, where=path, remedy=remedy) from None
    finally:
        csv.field_size_limit(limit)
    try:
        frame = pandas.read_csv(
            io.StringIO(text),
            sep=delimiter,
            dtype=object,
            keep_default_na=False,
            na_filter=False,
            index_col=False,
            header=None if header else 0,
            names=names,
            skipinitialspace=delimiter != " ",
            on_bad_lines="error",
        )
    except (pandas.errors.ParserError, pandas.errors.EmptyDataError, ValueError) as error:
        raise DataError("the table cannot be read", found=str(error)[:200], where=path) from None
    index = _index_column(frame)
    return SourceTable(path, frame.drop(columns=index) if index else frame, encoding, delimiter, index, header)


def find_delimiter(text: str) -> str:
    """Return the character that divides the first lines into the most columns of one number; a comma if none does."""
    best = (1, ",")
    for delimiter in DELIMITERS:
        rows = list(zip(range(LINES), csv.reader(io.StringIO(text[: 1 << 20]), delimiter=delimiter), strict=False))
        widths = [len(row) for _, row in rows if row]
        if len(text) > 1 << 20 and len(widths) > 1:
            widths = widths[:-1]
        if widths and len(set(widths)) == 1 and widths[0] > best[0]:
            best = (widths[0], delimiter)
    return best[1]


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise DataError("the table is too large to inspect", expected=f"at most {LARGEST:,} bytes", where=path)
    if not path.name.lower().endswith(".gz"):
        return path.read_bytes()
    try:
        with gzip.open(path) as file:
            data = file.read(LARGEST + 1)
    except (OSError, EOFError) as error:
        raise DataError("the compressed table cannot be read", found=error, where=path) from None
    if len(data) > LARGEST:
        raise DataError("the table is too large to inspect", expected=f"at most {LARGEST:,} bytes", where=path)
    return data


def _decoded(data: bytes, path: Path) -> tuple[str, str]:
    if not data.strip():
        raise DataError("the table is empty", where=path)
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), encoding
    if b"\0" in data[:4096]:
        found = f"a NUL byte at byte {data.index(0) + 1:,}, after {data[: data.index(0)][-8:]!r}"
        remedy = "download it again, or save it as CSV in UTF-8"
        raise DataError("the file is not text", expected="a table of text", found=found, where=path, remedy=remedy)
    for encoding in ("utf-8", "gb18030", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or _is_chinese(text):
            return text, encoding
    return data.decode("latin-1"), "latin-1"


def _is_chinese(text: str) -> bool:
    """Whether nearly all letters beyond ASCII are in everyday use; two bytes of a Western text make rare ones."""
    letters = Counter(letter for letter in text[: 1 << 20] if ord(letter) > 127)
    common = sum(count for letter, count in letters.items() if letter.encode("gb2312", "ignore"))
    return common > 0.9 * letters.total()


def _refuse_stand_ins(data: bytes, path: Path) -> None:
    """Refuse what git or a web page that asks for a password leaves where a table should be."""
    start = data[:200].lstrip().lower()
    if start.startswith(b"version https://git-lfs"):
        problem, remedy = "the file is a pointer of Git LFS and not the table itself", "git lfs pull"
    elif start.startswith((b"<!doctype", b"<html", b"<?xml")):
        problem, remedy = "the file is a web page and not a table", "log in to the contest and download it again"
    else:
        return
    raise DataError(problem, where=path, remedy=remedy)


def _list_header(text: str, delimiter: str) -> tuple[str, ...]:
    """The names for a list of images without a header: image, label; nothing where the first line names no image.

    >>> _list_header("a/1.jpg 0", " "), _list_header("file,label", ",")
    (('image', 'label'), ())
    """
    cells = next(csv.reader(io.StringIO(text), delimiter=delimiter))
    found = [cell.strip().lower().endswith(IMAGES) for cell in cells]
    if not any(found) or any(not cell.strip() for cell in cells):
        return ()
    names, counts = [], Counter("image" if is_image else "label" for is_image in found)
    for position, is_image in enumerate(found):
        name = "image" if is_image else "label"
        number = sum(other is is_image for other in found[: position + 1])
        names.append(name if counts[name] == 1 else f"{name}{number}")
    return tuple(names)


def _header(text: str, delimiter: str, path: Path) -> list[str]:
    """The columns' names: spaces around them dropped, an empty one called "Unnamed: N"; no name twice."""
    cells = next(csv.reader(io.StringIO(text), delimiter=delimiter))
    names = [cell.strip() or f"Unnamed: {position}" for position, cell in enumerate(cells)]
    if _are_values(cells):
        raise DataError(
            "the table has no header",
            expected="the names of the columns in the first line",
            found=", ".join(cells[:8]),
            where=path,
            remedy="write the names as a first line into it, such as id,x1,x2,label",
        )
    double = {name for name in names if names.count(name) > 1}
    if double:
        raise DataError("two columns have one name", found=", ".join(sorted(double)), where=path)
    return names


def _are_values(cells: Sequence[str]) -> bool:
    """Whether a first line holds numbers; different whole ones, as of pixels or years, may be names."""
    numbers = all(map(NUMBER.match, (cell.strip() for cell in cells)))
    return numbers and (len(set(cells)) < len(cells) or not all(cell.strip().isdigit() for cell in cells))


def _check_rows(text: str, delimiter: str, width: int, path: Path) -> None:
    """Refuse rows of another number of cells, which pandas would fill up or cut."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    for row in reader:
        if row and len(row) != width:
            raise DataError(
                "a row has another number of cells than the header",
                expected=f"{width}, divided by {delimiter!r}",
                found=len(row),
                where=f"{path}, line {reader.line_num}",
            )


def _index_column(frame: DataFrame) -> str:
    """The first column, if it has no name of its own and only counts the rows, as pandas writes it."""
    if len(frame.columns) < 2 or str(frame.columns[0]) != "Unnamed: 0":
        return ""
    values = frame["Unnamed: 0"].tolist()
    counts = any(values == [str(start + position) for position in range(len(values))] for start in (0, 1))
    return "Unnamed: 0" if counts else ""
