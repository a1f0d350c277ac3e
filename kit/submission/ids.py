"""The ids of a file against those of the contest: missing, unknown, repeated, counted from 0, out of order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kit.contract.format import Column, Fault, Format
from kit.errors import DataError
from kit.submission.cells import INTEGER
from kit.submission.faults import Faults, shorten

Ids = Sequence[str]


@dataclass(frozen=True)
class Given:
    """The ids that a file gives, row by row: ``ids`` (rows,) of int64 or objects, ``lines`` (rows,) int64."""

    ids: np.ndarray
    lines: np.ndarray


def as_array(column: Column, ids: Ids) -> np.ndarray:
    """The contest's ids as the column holds them: int64 for integers, else objects; shape (ids,)."""
    if column.kind != "integer":
        array = np.empty(len(ids), dtype=object)
        array[:] = [str(id) for id in ids]
        return array
    try:
        return np.array([int(id) for id in ids], dtype=np.int64)
    except ValueError:
        bad = next(str(id) for id in ids if not INTEGER.fullmatch(str(id)))
        raise DataError(
            f"the ids of the data do not fit the column {column.name!r}", expected="integers", found=shorten(bad)
        ) from None


def encode(given: np.ndarray, expected: np.ndarray | None) -> np.ndarray:
    """Number the ids: the place among the expected ones, or a number from ``len(expected)`` on; shape (rows,)."""
    size = 0 if expected is None else len(expected)
    if given.dtype == object:
        numbers = {} if expected is None else {id: place for place, id in enumerate(expected)}
        if len(numbers) < size:
            _refuse_repeats(expected)
        return np.fromiter((numbers.setdefault(id, len(numbers)) for id in given), np.int64, len(given))
    if expected is None:
        return np.unique(given, return_inverse=True)[1].astype(np.int64)
    order = np.argsort(expected, kind="stable")
    ranked = expected[order]
    if (ranked[1:] == ranked[:-1]).any():
        _refuse_repeats(expected)
    places = np.minimum(np.searchsorted(ranked, given), max(size - 1, 0))
    known = ranked[places] == given if size else np.zeros(len(given), dtype=bool)
    codes = np.full(len(given), size, dtype=np.int64)
    codes[known] = order[places[known]]
    codes[~known] += np.unique(given[~known], return_inverse=True)[1]
    return codes


def _refuse_repeats(expected: np.ndarray | None) -> None:
    seen: set[object] = set()
    for id in () if expected is None else expected:
        if id in seen:
            raise DataError("the data hold an id twice, so that no submission can be right", found=shorten(str(id)))
        seen.add(id)


def judge_ids(given: Given, ids: Ids | None, format: Format, faults: Faults, rows: int) -> np.ndarray:
    """Judge all that concerns the ids of a file of so many rows; return their numbers (:func:`encode`)."""
    assert format.id is not None
    expected = None if ids is None else as_array(format.column(format.id), ids)
    codes = encode(given.ids, expected)
    if format.one_row_per_id:
        _judge_repeats(given, codes, faults)
    if ids is None or expected is None:
        return codes
    shifted = _is_zero_based(given, expected, codes) and format.one_row_per_id
    _judge_unknown(given, codes, ids, format, faults, shifted)
    judge_count(rows, ids, format, faults)
    if format.one_row_per_id:
        _judge_missing(codes, expected, faults, shifted)
    if format.ordered:
        _judge_order(given, codes, expected, faults)
    return codes


def id_of_cut(text: str | None, given: Given, ids: Ids | None, format: Format) -> str | None:
    """Which id a line gives that was cut within its id: the only one that begins so and still may, or None."""
    if text is None:
        return None
    seen = set(map(str, given.ids)) if format.one_row_per_id else set()
    if ids is None:
        return None if text in seen else text
    open_ids = [id for id in map(str, ids) if id.startswith(text) and id not in seen]
    return text if text in open_ids else open_ids[0] if len(open_ids) == 1 else None


def _judge_repeats(given: Given, codes: np.ndarray, faults: Faults) -> None:
    order = np.argsort(codes, kind="stable")
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = codes[order[1:]] != codes[order[:-1]]
    if fresh.all():
        return
    firsts = order[np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))]
    repeats = np.sort(order[~fresh])
    first_of = np.empty(len(order), dtype=np.int64)
    first_of[order] = firsts

    def found() -> Iterator[Fault]:
        for row in repeats:
            text = f"it again; first on line {given.lines[first_of[row]]}"
            yield Fault(
                "repeated_id",
                int(given.lines[row]),
                str(given.ids[row]),
                "each id once",
                text,
                "remove one of the two rows",
            )

    faults.add_all(found(), "repeated_id", len(repeats))


def _is_zero_based(given: Given, expected: np.ndarray, codes: np.ndarray) -> bool:
    """Whether the file counts from 0 to n - 1 where the contest counts from 1 to n."""
    if expected.dtype == object or not len(expected) or expected.min() != 1:
        return False
    last = int(np.argmax(expected))
    return bool((given.ids == 0).any()) and not bool((codes == last).any())


def _judge_unknown(given: Given, codes: np.ndarray, ids: Ids, format: Format, faults: Faults, shifted: bool) -> None:
    unknown = np.flatnonzero(codes >= len(ids))
    if shifted:
        zero = int(np.flatnonzero(given.ids == 0)[0])
        unknown = unknown[given.ids[unknown] != 0]
        remedy = f"count from 1: in pandas, df[{format.id!r}] += 1"
        expected = f"ids from {min(map(int, ids))} to {max(map(int, ids))}"
        faults.add("zero_based", int(given.lines[zero]), "0", expected, "ids that begin with 0", remedy)
    near = _near(ids) if len(unknown) and given.ids.dtype == object else {}

    def found() -> Iterator[Fault]:
        for row in unknown:
            id = str(given.ids[row])
            match = near.get(_stem(id))
            remedy = (
                f"write {match}"
                if match
                else f"the contest's ids are such as {shorten(str(ids[0]))}"
                if len(ids)
                else "remove it"
            )
            yield Fault("unknown_id", int(given.lines[row]), id[:200], "an id of the contest", shorten(id), remedy)

    faults.add_all(found(), "unknown_id", len(unknown))


def _stem(id: str) -> str:
    """What ids that are written differently have in common: no folder, no extension, no case."""
    return id.replace("\\", "/").rsplit("/", 1)[-1].split(".", 1)[0].casefold()


def _near(ids: Ids) -> dict[str, str]:
    return {_stem(str(id)): str(id) for id in ids}


def judge_count(rows: int, ids: Ids | None, format: Format, faults: Faults) -> None:
    """Judge the number of rows where every id has one."""
    if ids is not None and format.one_row_per_id and rows != len(ids):
        remedy = "write one row for every id of the test set"
        faults.add("row_count", None, None, f"{len(ids):,} rows", f"{rows:,} rows", remedy)


def _judge_missing(codes: np.ndarray, expected: np.ndarray, faults: Faults, shifted: bool) -> None:
    missing = np.ones(len(expected), dtype=bool)
    missing[codes[codes < len(expected)]] = False
    if shifted:
        missing[int(np.argmax(expected))] = False
    places = np.flatnonzero(missing)
    cells = (str(expected[place]) for place in places)
    faults.add_all(
        (Fault("missing_id", None, id, f"a row for id {shorten(id)}", "none", "add the row") for id in cells),
        "missing_id",
        len(places),
    )


def _judge_order(given: Given, codes: np.ndarray, expected: np.ndarray, faults: Faults) -> None:
    """Name the first row that stands elsewhere than among the contest's order of the ids given."""
    known = np.flatnonzero(codes < len(expected))
    ranked = np.sort(codes[known])
    wrong = np.flatnonzero(codes[known] != ranked)
    if len(wrong):
        row = int(known[wrong[0]])
        id = shorten(str(expected[ranked[wrong[0]]]))
        found = f"id {shorten(str(given.ids[row]))} ({len(wrong):,} rows stand in another place)"
        remedy = "write the rows in the order of the contest's own list"
        faults.add("order", int(given.lines[row]), str(given.ids[row]), f"id {id} here", found, remedy)
