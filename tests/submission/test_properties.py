"""What holds for any submission: what is written passes, one corruption is found at its line, both readers agree."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kit import Format, integer, number, text
from kit.errors import SubmissionError
from kit.submission import KINDS, check, parse, write
from kit.submission.checker import read
from kit.submission.faults import SHOWN
from tests.submission.files import DIGITS, GOOD, IDS

MIXED = Format(columns=(text("name"), number("p", 0, 1), integer("n", -5, 5), text("rle", blank=True)), id="name")
MARKS = Format(columns=(text("uid"), number("x")), id="uid", rows_per_id=(0, None), header="optional")
SUMS = Format(columns=(text("sum"), integer("result")), id=None, delimiter=" ", header="absent")
WORDS = Format(columns=(text("id"), text("text")), id="id", ordered=True)
FORMATS = {"digits": DIGITS, "mixed": MIXED, "marks": MARKS, "sums": SUMS, "words": WORDS}
SEEDS = {
    "digits": GOOD,
    "mixed": 'name,p,n,rle\na,0.5,3,1 2\n"b",1e-3,-5,\n"c,d",1,0,"1 2"\nd,0,5,9 9\n',
    "marks": "uid,x\na,1.5\nb,-2e5\na,1.5\n",
    "sums": "1+1 2\n(3*4)-20 -8\n0 0\n",
    "words": "id,text\na,x\nb,y\nc,z\n",
}
NAMES = {
    "digits": IDS,
    "mixed": ["a", "b", "c,d", "d"],
    "marks": ["a", "b"],
    "sums": ["0", "1", "2"],
    "words": ["a", "b", "c"],
}
ASCII = [
    *",;\t#07-+._'\" \n\r\x00\x1fa",
    "\r\n",
    '""',
    "e9",
    "1e999",
    "nan",
    "inf",
    "9" * 19,
    "9" * 70,
    "ImageId,Label\n",
    "\n\n",
]
WIDE = ["\ufeff", "\xa0", "\u3000", "\u200b", "\uff17", "\x85", "\u2028"]
PIECES = st.sampled_from([*(piece.encode() for piece in ASCII + WIDE), b"\xff", b"\x85", b"\xed\xa0\x80"])
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4), PIECES | st.binary(max_size=3)), max_size=6)


def spoil(data: bytes, edits) -> bytes:
    for where, cut, piece in edits:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + cut :]
    return data


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(FORMATS)), EDITS, st.booleans(), st.sampled_from([0, 3, 1000]))
def test_both_readers_give_the_same_verdict_on_any_broken_file(name, edits, known, limit):
    format, ids = FORMATS[name], NAMES[name] if known else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "submission.csv")
        path.write_bytes(spoil(SEEDS[name].encode(), edits))
        quick = read(path, format, ids, limit, keep=True)
        slow = read(path, format, ids, limit, keep=True, fast=False)
        assert quick.check == slow.check
        found = quick.check
        assert found.ok == (found.total_faults == 0) and len(found.faults) == min(limit, found.total_faults)
        assert sum(found.counts.values()) == found.total_faults
        for fault in [*found.faults, *found.warnings]:
            assert fault.kind in KINDS and fault.expected and fault.found and fault.remedy
            assert fault.line is None or fault.line >= 1
            assert len(fault.found) < 8 * SHOWN + 200
        if found.ok and slow.table is not None and quick.table is not None:
            for column in format.names:
                np.testing.assert_array_equal(quick.table[column], slow.table[column])
            np.testing.assert_array_equal(quick.table.lines, slow.table.lines)
        try:
            table = parse(path, format, ids)
        except SubmissionError:
            assert not found.ok
        else:
            assert found.ok and len(table) == found.rows


# Cells that are no label, whatever the id of their line.
BAD = st.sampled_from(
    ["7.0", "", "nan", "10", "-1", " 7", "7 ", "+7", "07", "1e0", "inf", "x", '"7', '7"', "7,7", "7\x00", "７"]
)


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(30)), st.integers(0, 29), BAD, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_single_spoilt_cell_is_found_at_its_line_with_its_id(order, row, cell, end, last):
    rows = [f"{number + 1},{number % 10}" for number in order]
    id = rows[row].split(",")[0]
    rows[row] = f"{id},{cell}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "submission.csv")
        path.write_bytes((end.join(["ImageId,Label", *rows]) + (end if last else "")).encode())
        found = check(path, DIGITS, IDS)
    assert [(fault.line, fault.id) for fault in found.faults] == [(row + 2, id)]


@settings(max_examples=50, deadline=None)
@given(
    st.permutations(range(30)), st.integers(0, 29), st.integers(0, 29), st.sampled_from(["drop", "double", "rename"])
)
def test_a_dropped_doubled_or_renamed_row_is_refused_and_its_id_named(order, row, other, how):
    rows = [f"{number + 1},{number % 10}" for number in order]
    id = rows[row].split(",")[0]
    if how == "drop":
        del rows[row]
    elif how == "double":
        rows.insert(other, rows[row])
    else:
        rows[row] = f"{id}00,5"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "submission.csv")
        path.write_text("\n".join(["ImageId,Label", *rows, ""]))
        found = check(path, DIGITS, IDS)
    kind = {"drop": "missing_id", "double": "repeated_id", "rename": "missing_id"}[how]
    assert [fault.id for fault in found.faults if fault.kind == kind] == [id]


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"], exclude_characters="\ufeff\u200b"),
    min_size=1,
    max_size=8,
)
ROWS = st.dictionaries(
    TEXTS,
    st.tuples(
        st.floats(0, 1) | st.floats(0, 1, width=32).map(np.float32) | st.integers(0, 1),
        st.integers(-5, 5) | st.integers(-5, 5).map(float) | st.integers(-5, 5).map(np.int16),
        st.just("") | TEXTS,
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=50, deadline=None)
@given(ROWS, st.randoms(use_true_random=False))
def test_what_is_written_passes_the_check_and_reads_back_the_same(rows, rng):
    ids = list(rows)
    given_rows = [(id, *values) for id, values in rows.items()]
    rng.shuffle(given_rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "submission.csv")
        assert write(path, MIXED, given_rows, ids).ok
        table = parse(path, MIXED, ids)
        assert table["name"].tolist() == ids
        assert [type(rows[id][0])(value) for id, value in zip(ids, table["p"], strict=True)] == [
            rows[id][0] for id in ids
        ]
        assert table["n"].tolist() == [int(rows[id][1]) for id in ids]
        assert table["rle"].tolist() == [rows[id][2] for id in ids]
