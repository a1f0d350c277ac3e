"""Compare the ids of a file with those of the contest: missing, unknown, repeated, counted from 0, out of order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kit.contract.format import Fault, Format
from kit.submission.faults import Faults, shorten
from kit.submission.ids import Ids, as_array, encode


@dataclass(frozen=True)
class GivenIds:
    """The ids that a file gives, row by row: ``ids`` (rows,) of int64 or objects, ``lines`` (rows,) int64."""

    ids: np.ndarray
    lines: np.ndarray


def check_ids(given: GivenIds, ids: Ids | None, format: Format, faults: Faults, rows: int) -> np.ndarray:
    """Check the ids of a file of so many rows; return their numbers (:func:`~kit.submission.ids.encode`)."""
    if format.id is None:
        raise ValueError("the format has no id column")
    expected = None if ids is None else as_array(format.column(format.id), ids)
    codes = encode(given.ids, expected)
    fewest, most = format.rows_per_id
    if most is not None:
        _check_repeats(given, codes, most, faults)
    if ids is None or expected is None:
        return codes
    shifted = bool(fewest) and _is_zero_based(given, expected, codes)
    _check_unknown(given, codes, ids, format, faults, shifted)
    check_count(rows, ids, format, faults)
    if fewest:
        _check_missing(codes, expected, faults, shifted)
    if fewest > 1:
        _check_fewest(codes, expected, fewest, faults)
    if format.ordered:
        _check_order(given, codes, expected, faults)
    return codes


def id_of_cut(text: str | None, given: GivenIds, ids: Ids | None, format: Format) -> str | None:
    """Complete the id of a line that was cut within it: the only free id that begins so, or None."""
    if text is None:
        return None
    seen = set(map(str, given.ids)) if format.one_row_per_id else set()
    if ids is None:
        return None if text in seen else text
    open_ids = [id for id in map(str, ids) if id.startswith(text) and id not in seen]
    return text if text in open_ids else open_ids[0] if len(open_ids) == 1 else None


def _check_repeats(given: GivenIds, codes: np.ndarray, most: int, faults: Faults) -> None:
    """Report the rows of an id beyond the most that it may have."""
    order = np.argsort(codes, kind="stable")
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = codes[order[1:]] != codes[order[:-1]]
    starts = np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))
    beyond = np.arange(len(order)) - starts >= most
    if not beyond.any():
        return
    repeats = np.sort(order[beyond])
    first_of = np.empty(len(order), dtype=np.int64)
    first_of[order] = order[starts]
    expected = "each id once" if most == 1 else f"at most {most} rows of an id"
    remedy = "remove one of the two rows" if most == 1 else "remove the row"

    def found() -> Iterator[Fault]:
        for row in repeats:
            text = f"it again; first on line {given.lines[first_of[row]]}"
            yield Fault(
                "repeated_id",
                int(given.lines[row]),
                str(given.ids[row]),
                expected,
                text,
                remedy,
            )

    faults.add_many(found(), "repeated_id", len(repeats))


def _is_zero_based(given: GivenIds, expected: np.ndarray, codes: np.ndarray) -> bool:
    """Whether the file counts from 0 to n - 1 and the contest from 1 to n."""
    if expected.dtype == object or not len(expected) or expected.min() != 1:
        return False
    last = int(np.argmax(expected))
    return bool((given.ids == 0).any()) and not bool((codes == last).any())


def _check_unknown(given: GivenIds, codes: np.ndarray, ids: Ids, format: Format, faults: Faults, shifted: bool) -> None:
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

    faults.add_many(found(), "unknown_id", len(unknown))


def _stem(id: str) -> str:
    """Reduce an id to what differently written ids have in common: no folder, extension or case."""
    return id.replace("\\", "/").rsplit("/", 1)[-1].split(".", 1)[0].casefold()


def _near(ids: Ids) -> dict[str, str]:
    return {_stem(str(id)): str(id) for id in ids}


def check_count(rows: int, ids: Ids | None, format: Format, faults: Faults) -> None:
    """Check the number of rows where every id has one."""
    if ids is not None and format.one_row_per_id and rows != len(ids):
        remedy = "write one row for every id of the test set"
        faults.add("row_count", None, None, f"{len(ids):,} rows", f"{rows:,} rows", remedy)


def _check_missing(codes: np.ndarray, expected: np.ndarray, faults: Faults, shifted: bool) -> None:
    missing = np.ones(len(expected), dtype=bool)
    missing[codes[codes < len(expected)]] = False
    if shifted:
        missing[int(np.argmax(expected))] = False
    positions = np.flatnonzero(missing)
    cells = (str(expected[position]) for position in positions)
    faults.add_many(
        (Fault("missing_id", None, id, f"a row for id {shorten(id)}", "none", "add the row") for id in cells),
        "missing_id",
        len(positions),
    )


def _check_fewest(codes: np.ndarray, expected: np.ndarray, fewest: int, faults: Faults) -> None:
    """Report the ids that have rows, but fewer than they must have."""
    counts = np.bincount(codes[codes < len(expected)], minlength=len(expected))
    short = np.flatnonzero((counts > 0) & (counts < fewest))
    faults.add_many(
        (
            Fault("row_count", None, str(expected[i]), f"at least {fewest} rows", str(counts[i]), "add the rows")
            for i in short
        ),
        "row_count",
        len(short),
    )


def _check_order(given: GivenIds, codes: np.ndarray, expected: np.ndarray, faults: Faults) -> None:
    """Report the first row that is not in the contest's order of the ids that the file has."""
    known = np.flatnonzero(codes < len(expected))
    ranked = np.sort(codes[known])
    wrong = np.flatnonzero(codes[known] != ranked)
    if len(wrong):
        row = int(known[wrong[0]])
        id = shorten(str(expected[ranked[wrong[0]]]))
        found = f"id {shorten(str(given.ids[row]))} ({len(wrong):,} rows are in another position)"
        remedy = "write the rows in the order of the contest's own list"
        faults.add("order", int(given.lines[row]), str(given.ids[row]), f"id {id} here", found, remedy)
