"""Hostile submissions take time and memory in proportion to their size, and get one message for each kind of fault."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from kit import Format, number, text
from kit.submission import Check, check
from tests.submission.files import DIGITS, GOOD, IDS, check_bytes

SECONDS = 6.0  # of the processor; each file takes a fraction of it
RISKS = Format(columns=(text("name"), number("risk")), id="name")
LONG = "9" * 20_000


def timed(path, data: bytes | str, format: Format = DIGITS, ids=IDS) -> Check:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    start = time.process_time()
    found = check(path, format, ids)
    assert time.process_time() - start < SECONDS
    return found


@pytest.mark.parametrize(
    "cell", [LONG + "x", LONG + ".x", "." + LONG + "x", f"1e{LONG}x", f"{LONG}.{LONG}e", "-" * 20_000, "1," * 10_000]
)
def test_a_long_cell_that_is_almost_a_number_takes_linear_time(tmp_path, cell):
    for quoted in (cell, f'"{cell}"', f'"{cell}'):
        found = timed(tmp_path / "s.csv", f"name,risk\na,{quoted}\nb,1\n", RISKS, ["a", "b"])
        assert not found.ok and all(len(fault.found) < 1000 for fault in found.faults)


def test_a_long_cell_that_is_almost_an_integer_takes_linear_time(tmp_path):
    found = timed(tmp_path / "s.csv", GOOD.replace("\n7,9", f"\n7,{LONG}x"))
    assert [(fault.kind, fault.line) for fault in found.faults] == [("text", 8)]


@pytest.mark.parametrize("end", [b"\r", b"\r\r\n", b"\r" * 50 + b"\n", b" \r"])
def test_megabytes_of_line_ends_take_linear_time(tmp_path, end):
    found = timed(tmp_path / "s.csv", GOOD.encode() + end * (4_000_000 // len(end)))
    assert found.total_faults > 10_000 and len(found.faults) == 1000
    assert {"line_end", "blank_line"} <= found.counts.keys()


@pytest.mark.parametrize("where", ["above", "between", "below", "alone"])
@pytest.mark.parametrize("blank", [b"\n", b" \n", b"\r\n"])
def test_blank_lines_are_counted_and_not_listed_one_by_one(tmp_path, where, blank):
    many = blank * (4_000_000 // len(blank))
    good = GOOD.encode()
    middle = good.index(b"\n7,") + 1
    data = {"above": many + good, "between": good[:middle] + many + good[middle:], "below": good + many, "alone": many}
    path = tmp_path / "s.csv"
    path.write_bytes(data[where])
    tracemalloc.start()
    start = time.process_time()
    found = check(path, DIGITS, None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - start < SECONDS
    assert peak < 64 << 20
    assert found.counts["blank_line"] == len(many) // len(blank)
    assert len(found.faults) == 1000


def test_lines_of_delimiters_are_counted_too(tmp_path):
    found = timed(tmp_path / "s.csv", GOOD + ",\n" * 1_000_000, ids=None)
    assert found.counts == {"blank_line": 1_000_000}


def test_a_single_line_of_100_megabytes_is_refused_without_holding_it(tmp_path):
    path = tmp_path / "s.csv"
    path.write_bytes(GOOD.encode() + b"7" * (100 << 20))
    tracemalloc.start()
    found = check(path, DIGITS, IDS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not found.ok and "long_line" in found.counts and peak < 16 << 20


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (b"ImageId\x00,Label", "null_byte"),
        (b"\x00ImageId,Label", "null_byte"),
        (b"Image\xe9Id,Label", "encoding"),
        ("编号,Label".encode("gbk"), "encoding"),
        (b"ImageId,Label" + b"x" * 100_000, "long_line"),
    ],
)
def test_a_header_that_is_not_text_is_named(tmp_path, header, kind):
    found = check_bytes(tmp_path, header + GOOD.encode().removeprefix(b"ImageId,Label"))
    assert not found.ok and kind in found.counts
    assert {fault.line for fault in found.faults} == {1}


def test_a_file_without_any_line_end_is_read_in_blocks(tmp_path):
    found = timed(tmp_path / "s.csv", "1," * 5_000_000)
    assert not found.ok and found.total_faults < 100
