"""The check of other contests' formats: optional headers, no header, no ids, many rows an id, very long cells."""

from __future__ import annotations

import time

import numpy as np
import pytest

from kit import Fault, Format, integer, number, text
from kit.submission import check, parse, write
from tests.submission.files import check_bytes

EYES = Format(columns=(text("FileName"), number("PM Risk", 0, 1)), id="FileName", header="optional")
EYE_IDS = ["V0001.jpg", "V0002.jpg", "V0003.jpg"]
EYE_ROWS = "V0001.jpg,0.3\nV0002.jpg,1\nV0003.jpg,9.5e-05\n"

MARKS = Format(
    columns=(text("seriesuid"), number("coordX"), number("coordY"), number("coordZ"), number("probability", 0, 1)),
    id="seriesuid",
    rows_per_id=(0, None),
)
SCANS = ["1.3.6.1", "1.3.6.2", "1.3.6.3"]
MARK_HEADER = "seriesuid,coordX,coordY,coordZ,probability\n"


def _balanced(cell: str) -> str | None:
    return None if cell.count("(") == cell.count(")") else "close every bracket"


SUMS = Format(columns=(text("expression", rule=_balanced), text("result")), id=None, delimiter=" ", header="absent")
MASKS = Format(columns=(text("ImageId"), text("EncodedPixels", blank=True)), id="ImageId")
WORDS = Format(columns=(text("id"), text("text")), id="id", ordered=True)


def kinds(found):
    return [(fault.kind, fault.line, fault.id) for fault in found.faults]


@pytest.mark.parametrize("header", ["", "FileName,PM Risk\n"])
def test_an_optional_header_may_be_there_or_not(tmp_path, header):
    found = check_bytes(tmp_path, header + EYE_ROWS, EYES, EYE_IDS)
    assert found.ok and found.rows == 3 and not found.warnings
    table = parse(tmp_path / "submission.csv", EYES, EYE_IDS)
    assert table["PM Risk"].tolist() == [0.3, 1, 9.5e-05]


@pytest.mark.parametrize("header", ["filename,pm risk\n", "image,probability\n"])
def test_another_optional_header_is_a_warning(tmp_path, header):
    found = check_bytes(tmp_path, header + EYE_ROWS, EYES, EYE_IDS)
    assert found.ok and [(warning.kind, warning.line) for warning in found.warnings] == [("header", 1)]


def test_optional_headers_with_columns_in_another_order_are_a_fault(tmp_path):
    rows = "PM Risk,FileName\n" + "".join(",".join(reversed(row.split(","))) + "\n" for row in EYE_ROWS.split())
    assert kinds(check_bytes(tmp_path, rows, EYES, EYE_IDS)) == [("header", 1, None)]


@pytest.mark.parametrize("cell", ["high", "nan", "", "1.5", "0,3", "-0.1", "1e400", "1_0", "0x1", "30%"])
@pytest.mark.parametrize("ids", [EYE_IDS, None])
def test_a_spoilt_first_row_is_not_mistaken_for_an_optional_header(tmp_path, cell, ids):
    found = check_bytes(tmp_path, EYE_ROWS.replace("0.3", cell), EYES, ids)
    assert [(line, id) for _, line, id in kinds(found)] == [(1, "V0001.jpg")]
    assert found.rows == 3


@pytest.mark.parametrize("cell", ["0.5", ".5", "5.", "+0.5", "5e-1", "1", "0", "1E-3", "0.50000000000000000000001"])
def test_every_plain_spelling_of_a_number_is_fine(tmp_path, cell):
    if cell == "5.":
        assert not check_bytes(tmp_path, EYE_ROWS.replace("0.3", cell), EYES, EYE_IDS).ok  # 5 is out of range
        cell = "1."
    assert check_bytes(tmp_path, EYE_ROWS.replace("0.3", cell), EYES, EYE_IDS).ok


def test_an_id_without_its_extension_is_unknown_and_the_remedy_names_the_right_one(tmp_path):
    found = check_bytes(tmp_path, EYE_ROWS.replace("V0002.jpg", "V0002"), EYES, EYE_IDS)
    assert kinds(found) == [("unknown_id", 2, "V0002"), ("missing_id", None, "V0002.jpg")]
    assert found.faults[0].remedy == "write V0002.jpg"


def test_an_id_may_have_any_number_of_rows_where_the_format_says_so(tmp_path):
    rows = "1.3.6.2,1,-2.5,3,0.5\n1.3.6.2,1,-2.5,3,0.5\n1.3.6.1,0,0,0,1\n"
    assert check_bytes(tmp_path, MARK_HEADER + rows, MARKS, SCANS).ok
    assert parse(tmp_path / "submission.csv", MARKS, SCANS)["seriesuid"].tolist() == ["1.3.6.2", "1.3.6.2", "1.3.6.1"]
    found = check_bytes(tmp_path, MARK_HEADER + rows + "1.3.6.9,0,0,nan,2\n", MARKS, SCANS)
    assert kinds(found) == [("nan", 5, "1.3.6.9"), ("range", 5, "1.3.6.9"), ("unknown_id", 5, "1.3.6.9")]


def test_no_mark_at_all_is_allowed_but_said(tmp_path):
    found = check_bytes(tmp_path, MARK_HEADER, MARKS, SCANS)
    assert found.ok and [warning.kind for warning in found.warnings] == ["empty"]
    assert len(parse(tmp_path / "submission.csv", MARKS, SCANS)) == 0


def test_a_lines_place_is_its_id_where_there_is_no_id_column(tmp_path):
    ids = ["0", "1", "2", "3"]
    rows = "(3+4)*2 14\n1+1+1 3\n9-9-9 -9\n0*0*0 0\n"
    assert check_bytes(tmp_path, rows, SUMS, ids).ok
    assert kinds(check_bytes(tmp_path, rows.replace("(3", "3"), SUMS, ids)) == [("rule", 1, "0")]
    assert kinds(check_bytes(tmp_path, rows.replace("1 3", "1"), SUMS, ids)) == [("fields", 2, "1")]
    assert kinds(check_bytes(tmp_path, rows.replace("1 3", "1  3"), SUMS, ids)) == [("spaces", 2, "1")]
    assert kinds(check_bytes(tmp_path, rows.replace("-9 -9", "-9,-9"), SUMS, ids)) == [("delimiter", 3, "2")]
    assert kinds(check_bytes(tmp_path, rows.replace("9-9-9 -9", ""), SUMS, ids)) == [("blank_line", 3, "2")]
    assert kinds(check_bytes(tmp_path, "expression result\n" + rows, SUMS, ids)) == [("header", 1, None)]
    assert kinds(check_bytes(tmp_path, rows + "1+1+1 3\n", SUMS, ids)) == [("row_count", 5, None)]
    assert kinds(check_bytes(tmp_path, rows[:-8], SUMS, ids)) == [("row_count", None, "3")]


def test_rules_hear_of_text_in_other_scripts(tmp_path):
    rows = "流=42072;圳=86;(圳-1)*流 -5.25e+09\n"
    assert check_bytes(tmp_path, rows, SUMS, ["0"]).ok
    assert parse(tmp_path / "submission.csv", SUMS, ["0"])["expression"].tolist() == ["流=42072;圳=86;(圳-1)*流"]
    found = check_bytes(tmp_path, rows.encode("gb18030"), SUMS, ["0"])
    assert kinds(found) == [("encoding", 1, "0")]


def test_quotes_are_plain_characters_where_cells_are_parted_by_spaces(tmp_path):
    assert check_bytes(tmp_path, 'a"b "c\n', SUMS, ["0"]).ok


def test_a_mask_may_be_blank_or_megabytes_long(tmp_path):
    pixels = " ".join(f"{place} 3" for place in range(1, 1_000_000, 5))
    found = check_bytes(tmp_path, f"ImageId,EncodedPixels\na,\nb,{pixels}\nc,1 2\n", MASKS, ["a", "b", "c"])
    assert found.ok and found.rows == 3
    assert parse(tmp_path / "submission.csv", MASKS, ["c", "b", "a"])["EncodedPixels"].tolist() == ["1 2", pixels, ""]
    found = check_bytes(tmp_path, f"ImageId,EncodedPixels\na, \nb,{pixels}\x07\n,\nc,1 2", MASKS, ["a", "b", "c"])
    assert kinds(found) == [("spaces", 2, "a"), ("character", 3, "b"), ("blank_line", 4, None)]


def test_quoted_cells_may_hold_delimiters_and_quotes(tmp_path):
    rows = 'id,text\n"a,1","x,y"\nb,"say ""hi"""\nc,plain\n'
    assert check_bytes(tmp_path, rows, WORDS, ["a,1", "b", "c"]).ok
    assert parse(tmp_path / "submission.csv", WORDS, None)["text"].tolist() == ["x,y", 'say "hi"', "plain"]
    assert kinds(check_bytes(tmp_path, rows.replace('"a,1"', '"a,1'), WORDS, ["a,1", "b", "c"]))[0][:2] == ("quote", 2)


def test_rows_out_of_order_are_one_fault_at_the_first_of_them(tmp_path):
    ids = ["0", "1", "2", "3", "4"]
    assert check_bytes(tmp_path, "id,text\n0,a\n1,b\n2,c\n3,d\n4,e\n", WORDS, ids).ok
    found = check_bytes(tmp_path, "id,text\n0,a\n3,b\n2,c\n1,d\n4,e\n", WORDS, ids)
    assert kinds(found) == [("order", 3, "3")]
    assert found.faults[0].expected == "id 1 here"


def test_a_review_warns_about_a_well_formed_file_only(tmp_path):
    def review(table):
        if len(set(table["PM Risk"])) == 1:
            yield Fault("constant", None, None, "different risks", "one value", "look at the model")

    format = Format(columns=EYES.columns, id="FileName", header="optional", review=review)
    same = EYE_ROWS.replace("1\n", "0.3\n").replace("9.5e-05", "0.3")
    found = check_bytes(tmp_path, same, EYES, EYE_IDS)
    assert found.ok and not found.warnings
    path = tmp_path / "submission.csv"
    found = check(path, format, EYE_IDS)
    assert found.ok and [warning.kind for warning in found.warnings] == ["constant"]
    path.write_text(same + "V0009.jpg,0.3\n")
    assert not check(path, format, EYE_IDS).warnings


def test_other_columns_and_other_delimiters_are_declared_not_assumed(tmp_path):
    format = Format(columns=(text("name"), integer("count", 0), number("share")), id="name", delimiter=";")
    assert check_bytes(tmp_path, 'name;count;share\n"a;b";3;0.5\nc;4;-1\n', format, ["a;b", "c"]).ok
    found = check_bytes(tmp_path, "name,count,share\na,3,0.5\n", format, ["a"])
    assert kinds(found) == [("delimiter", 1, None)]
    found = check_bytes(tmp_path, "name;count;share\na;3;0,5\n", format, ["a"])
    assert kinds(found) == [("number", 2, "a")] and found.faults[0].remedy == "write 0.5, not 0,5"


def test_two_hundred_thousand_lines_take_seconds(tmp_path):
    count = 200_000
    path = tmp_path / "sums.txt"
    path.write_text("".join(f"({number}+4)*2 {number}\n" for number in range(count)))
    began = time.process_time()
    found = check(path, SUMS, list(map(str, range(count))))
    assert found.ok and found.rows == count
    assert time.process_time() - began < 4


def test_parsed_arrays_have_the_declared_types(tmp_path):
    check_bytes(tmp_path, MARK_HEADER + "1.3.6.2,1,-2.5,3,0.5\n", MARKS, SCANS)
    table = parse(tmp_path / "submission.csv", MARKS, SCANS)
    assert table["coordX"].dtype == np.float64 and table["seriesuid"].dtype == object
    assert table.lines.tolist() == [2]


PRICES = Format(columns=(integer("id"), number("price", 0, 9, decimal=",")), id="id", delimiter=";")


def test_numbers_with_decimal_commas_are_written_and_read(tmp_path):
    path = tmp_path / "submission.csv"
    rows = [(1, 0.5), (2, np.float32(2.25)), (3, 3), (4, "1.5e-05")]
    write(path, PRICES, rows, ["1", "2", "3", "4"])
    assert path.read_text() == "id;price\n1;0,5\n2;2,25\n3;3\n4;1,5e-05\n"
    assert check_bytes(tmp_path, path.read_text(), PRICES, ["1", "2", "3", "4"]).ok  # line by line too
    assert parse(path, PRICES, None)["price"].tolist() == [0.5, 2.25, 3, 1.5e-05]


@pytest.mark.parametrize(
    ("cell", "kind", "remedy"), [("0.5", "number", "write 0,5"), ("9,5", "range", ""), ("half", "text", "")]
)
def test_other_cells_in_a_column_of_decimal_commas_are_faults(tmp_path, cell, kind, remedy):
    (fault,) = check_bytes(tmp_path, f"id;price\n1;{cell}\n", PRICES, ["1"]).faults
    assert fault.kind == kind and remedy in fault.remedy
    assert fault.expected == "number with a decimal comma from 0 to 9"


def test_decimal_commas_are_quoted_where_commas_divide_the_cells(tmp_path):
    quoted = Format(columns=PRICES.columns, id="id")
    write(tmp_path / "submission.csv", quoted, [(1, 0.5), (2, 3)], ["1", "2"])
    assert (tmp_path / "submission.csv").read_text() == 'id,price\n1,"0,5"\n2,3\n'
    assert check_bytes(tmp_path, 'id,price\n1,"0,5"\n2,3\n', quoted, ["1", "2"]).ok
    assert parse(tmp_path / "submission.csv", quoted, None)["price"].tolist() == [0.5, 3]
    faults = check_bytes(tmp_path, "id,price\n1,0,5\n2,3\n", quoted, ["1", "2"]).faults
    assert [(fault.kind, "quotes round decimal commas" in fault.remedy) for fault in faults] == [("fields", True)]


def test_decimal_commas_in_a_file_of_another_delimiter(tmp_path):
    found = check_bytes(tmp_path, 'id,price\n1,"0,5"\n2,3\n', PRICES, ["1", "2"])
    assert kinds(found) == [("delimiter", 1, None)] and found.rows == 2
