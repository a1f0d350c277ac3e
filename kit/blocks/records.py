"""Tables that are no text divided by commas: JSON, JSON lines, Parquet, Feather and Excel, as frames of text."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.errors import DataError

if TYPE_CHECKING:
    from pandas import DataFrame

JSON = (".json", ".jsonl", ".ndjson")
ARROW = (".parquet", ".feather")
EXCEL = (".xlsx",)
RECORDS = (*JSON, *ARROW, *EXCEL)
PACKAGES = {".parquet": "pyarrow", ".feather": "pyarrow", ".xlsx": "openpyxl"}
LARGEST = 4 << 30  # bytes, of a workbook unpacked


def is_records(path: Path) -> bool:
    """Whether a file is such a table by its ending; one of JSON must begin with a record, or a list of them."""
    suffix = path.suffix.lower()
    if suffix not in JSON:
        return suffix in RECORDS
    with path.open("rb") as file:
        start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if suffix == ".json":
        return start[:1] == b"[" and start[1:].lstrip()[:1] == b"{"
    return start[:1] == b"{"


def read_records(path: Path) -> DataFrame:
    """Read a table; every cell becomes text: an empty one for null, lists with commas between their items.

    Of a workbook the first sheet counts. Raises DataError for a damaged file, JSON that is no list of records, and
    where the package that reads this kind of file is missing.
    """
    import pandas

    suffix = path.suffix.lower()
    _refuse_large(path)
    try:
        if suffix in JSON:
            records = _json_records(path)
            names = list(dict.fromkeys(name for record in records for name in record))
            columns: Mapping[str, Iterable[Any]] = {name: [record.get(name) for record in records] for name in names}
        else:
            frame = _read(path, suffix)
            columns = {str(name): frame[name].tolist() for name in frame.columns}
    except ImportError:
        package = PACKAGES[suffix]
        remedy = f"pip install {package}, or save the table as csv"
        raise DataError(
            f"a {suffix} file is read with {package}, which is not installed", where=path, remedy=remedy
        ) from None
    except DataError:
        raise
    except Exception as error:  # the libraries raise whatever a damaged file causes
        raise DataError("the table cannot be read", found=str(error)[:200], where=path) from None
    if not columns:
        raise DataError("the table is empty", where=path)
    return pandas.DataFrame(
        {name.strip(): [cell_text(value) for value in values] for name, values in columns.items()}, dtype=object
    )


def cell_text(value: Any) -> str:
    """Return a value as the text of a cell.

    >>> cell_text(None), cell_text(3.0), cell_text(True), cell_text(["salt", "red pepper"])
    ('', '3.0', 'True', 'salt, red pepper')
    """
    if value is None or value != value:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return ", ".join(map(cell_text, value))
    return str(value)


def _json_records(path: Path) -> list[Mapping[str, Any]]:
    text = path.read_text(encoding="utf-8-sig")
    lines = path.suffix.lower() != ".json"
    records = [json.loads(line) for line in text.splitlines() if line.strip()] if lines else json.loads(text)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise DataError("the file is no list of records", expected='[{"id": 1, ...}, ...]', where=path)
    return records


def _read(path: Path, suffix: str) -> DataFrame:
    import pandas

    if suffix == ".parquet":
        return pandas.read_parquet(path)
    if suffix == ".feather":
        return pandas.read_feather(path)
    return pandas.read_excel(path, dtype=object, keep_default_na=False, na_values=[""])


def _refuse_large(path: Path) -> None:
    size = path.stat().st_size
    if path.suffix.lower() in EXCEL and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    if size > LARGEST:
        raise DataError("the table is too large", expected=f"at most {LARGEST:,} bytes", found=f"{size:,}", where=path)
