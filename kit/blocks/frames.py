"""Tables of a contest as pandas frames of text, and their columns as labels and numbers: what readers of rows need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kit.blocks.array_files import read_array
from kit.blocks.records import RECORDS, read_records
from kit.errors import DataError
from kit.files import find_file

if TYPE_CHECKING:
    from pandas import DataFrame, Series


def read_frame(
    folder: Path,
    name: str,
    columns: Sequence[str] = (),
    *,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
    names: Sequence[str] = (),
    owner: str = "contest",
) -> DataFrame:
    """Read a table of a contest's folder or archive; every cell stays the text that it is.

    A table may also be JSON, Parquet or Excel, as :mod:`kit.blocks.records` reads them. ``names`` are those of the
    columns where the file has none. ``owner`` names the cache of unpacked archives. Raises DataError for a missing or
    damaged file, and where one of ``columns`` is missing.
    """
    import pandas

    path = find_file(folder, name, owner)
    if path is None:
        raise DataError(f"{name} is missing", where=folder)
    if path.suffix.lower() in RECORDS:
        return _with_columns(read_records(path), columns, path)
    how: dict[str, Any] = {"header": None, "names": list(names)} if names else {}
    how |= {"dtype": object, "na_filter": False, "index_col": False, "skipinitialspace": delimiter != " "}
    try:
        rows = pandas.read_csv(path, sep=delimiter, encoding=encoding, **how)
    except (ValueError, OSError, EOFError) as error:  # pandas' own errors are ValueErrors
        raise DataError("the table cannot be read", found=str(error)[:200], where=path) from None
    rows.columns = rows.columns.str.strip()
    return _with_columns(rows, columns, path)


def _with_columns(rows: DataFrame, columns: Sequence[str], path: Path) -> DataFrame:
    missing = [column for column in columns if column not in rows.columns]
    if missing:
        found = ", ".join(rows.columns)[:200]
        raise DataError("a column is missing", expected=", ".join(missing)[:200], found=found, where=path)
    return rows


def array_frame(folder: Path, arrays: Mapping[str, tuple[str, str]], *, owner: str = "contest") -> DataFrame:
    """Read arrays of .npz, .npy and HDF5 files, named by file and key, as the columns of :func:`array_columns`.

    Raises DataError for a missing file or array and for one of Python objects.
    """
    return array_columns({name: read_array(folder, *pair, owner=owner) for name, pair in arrays.items()})


def array_columns(arrays: Mapping[str, np.ndarray]) -> DataFrame:
    """Put arrays side by side: (N,) becomes a column of text, as a table has it, (N, K) K columns of float64.

    The columns of (N, K) are the name, which ends with ``*``, followed by the numbers from 0 instead.
    """
    import pandas

    parts = []
    for name, array in arrays.items():
        if name.endswith("*"):
            names = [f"{name[:-1]}{number}" for number in range(array.shape[1])]
            parts.append(pandas.DataFrame(np.asarray(array, np.float64), columns=names))
        else:
            parts.append(pandas.DataFrame({name: pandas.Series([_text(v) for v in array.reshape(-1)], dtype=object)}))
    return pandas.concat(parts, axis=1)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(int(value)) if isinstance(value, np.floating) and float(value).is_integer() else str(value)


def join_frames(rows: DataFrame, others: Sequence[DataFrame], keys: Sequence[str]) -> DataFrame:
    """Put the columns of other tables beside those of ``rows`` where the columns ``keys`` are equal.

    Raises DataError for a row without a partner and for one with several.
    """
    for other in others:
        joined = rows.merge(other, on=list(keys), how="left", indicator="kit:joined", sort=False)
        lone = joined.index[joined["kit:joined"] != "both"]
        if len(joined) != len(rows) or len(lone):
            row = joined.loc[lone[0] if len(lone) else joined[list(keys)].duplicated().idxmax(), list(keys)].tolist()
            problem = "a row has no partner in another table" if len(lone) else "a row has several partners"
            raise DataError(problem, found=f"{', '.join(keys)}: {', '.join(map(str, row))}")
        rows = joined.drop(columns="kit:joined")
    return rows


def look_up(
    folder: Path,
    rows: DataFrame,
    tables: Mapping[str, Sequence[str]],
    columns: Sequence[str],
    forms: Mapping[str, Mapping[str, Any]],
    *,
    owner: str = "contest",
) -> DataFrame:
    """Put the columns of further tables beside rows, where the keys are equal; a cell without a partner is empty.

    ``tables`` are names of files with their keys, ``forms`` says how each is written. Raises DataError for keys that
    name several rows, and where one of ``columns`` is missing afterwards.
    """
    for name, keys in tables.items():
        other = read_frame(folder, name, keys, owner=owner, **forms[name])
        if other.duplicated(list(keys)).any():
            row = other.loc[other.duplicated(list(keys)).idxmax(), list(keys)].tolist()
            raise DataError("keys name several rows", found=f"{', '.join(keys)}: {', '.join(row)}", where=name)
        rows = rows.merge(other, on=list(keys), how="left", sort=False).fillna("")
    return _with_columns(rows, columns, folder)


def plain_numbers(rows: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Replace cells such as ``12.5%``, ``$1,200`` and ``51,000 mi.`` by their numbers; others stay as they are.

    Columns that ``rows`` lacks, such as a target in the test part, are passed over.
    """
    pattern = r"^[^\d+-]{0,3}([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\D*$"
    cells = {
        name: rows[name].str.replace(pattern, r"\1", regex=True).str.replace(",", "")
        for name in columns
        if name in rows
    }
    return rows.assign(**cells)


def joined_cells(rows: DataFrame, columns: Sequence[str], separator: str) -> list[str]:
    """Return the cells of several columns as one text per row, such as the id ``1_2011-08-05``."""
    return [separator.join(cells) for cells in zip(*(rows[name] for name in columns), strict=True)]


def in_order(rows: DataFrame, id: str, ids: Sequence[str]) -> DataFrame:
    """Put rows into the order of ``ids`` and leave out others. Raises DataError for an id that has no row."""
    known = rows.set_index(id, drop=False)
    missing = [name for name in ids if name not in known.index]
    if missing:
        found = f"{len(missing):,} of {len(ids):,} ids have none, such as {', '.join(missing[:5])}"
        remedy = "compare the sample submission with the table of the test part: one of the two may be incomplete"
        raise DataError("rows are missing", expected=f"a row for each {id}", found=found, remedy=remedy)
    return known.loc[list(ids)].reset_index(drop=True)


def class_numbers(cells: Series[str], classes: Sequence[str]) -> list[int]:
    """Return the number of each cell's class. Raises DataError with column and line for a cell that is no class."""
    numbers = {name: number for number, name in enumerate(classes)}
    wrong = cells.index[~cells.isin(numbers)]
    if len(wrong):
        expected, found = ", ".join(classes)[:200], repr(cells[wrong[0]][:60])
        raise DataError("a class is not known", expected=expected, found=found, where=_where(cells, wrong[0]))
    return [numbers[cell] for cell in cells]


def label_matrix(cells: Series[str], classes: Sequence[str], separator: str) -> np.ndarray:
    """Return 1 for each label that a cell lists, else 0, float64 (N, K); an empty cell lists none.

    Raises DataError with column and line for a label that is not known.
    """
    numbers = {name: number for number, name in enumerate(classes)}
    matrix = np.zeros((len(cells), len(classes)))
    for row, cell in enumerate(cells):
        for label in filter(None, (part.strip() for part in cell.split(separator))):
            if label not in numbers:
                expected = ", ".join(classes)[:200]
                raise DataError(
                    "a label is not known", expected=expected, found=label, where=_where(cells, cells.index[row])
                )
            matrix[row, numbers[label]] = 1
    return matrix


def numbers_of(rows: DataFrame, columns: Sequence[str], *, decimal: str = ".") -> np.ndarray:
    """Return columns as numbers, float64 (N, K). Raises DataError with column and line for any other cell."""
    return np.stack([_numbers(rows[name], decimal) for name in columns], axis=1)


def latest(cells: Series[str], fraction: float, *, days_first: bool = False) -> np.ndarray:
    """Whether rows are among the latest ``fraction`` by a column of dates or numbers, bool (N,); ties go together.

    ``days_first``: dates such as 03/04/2024 begin with the day.
    """
    import pandas

    times = pandas.to_numeric(cells, errors="coerce")
    if times.isna().all():
        times = pandas.to_datetime(cells, format="mixed", dayfirst=days_first, errors="coerce").astype("int64")
    return np.asarray(times > times.quantile(1 - fraction), bool)


def _numbers(cells: Series[str], decimal: str) -> np.ndarray:
    import pandas

    if cells.dtype != object:
        return np.asarray(cells, np.float64)
    text = cells.str.strip()
    values = pandas.to_numeric(text if decimal == "." else text.str.replace(decimal, "."), errors="coerce")
    wrong = cells.index[~np.isfinite(values)]
    if len(wrong):
        raise DataError("a cell is no number", found=repr(cells[wrong[0]][:60]), where=_where(cells, wrong[0]))
    return np.asarray(values, np.float64)


def _where(cells: Series[str], row: int) -> str:
    return f"column {cells.name!r}, line {row + 2}"
