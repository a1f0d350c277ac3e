"""The check of a Digit Recognizer file: every way in which people spoil one, with its line, its id and a remedy."""

from __future__ import annotations

import gzip
import io
import random
import zipfile

import pytest

from kit.errors import DataError, SubmissionError
from kit.submission import KINDS, check, describe, parse
from tests.submission.files import DIGITS, GOOD, IDS, ROWS, check_bytes, with_line


def kinds(found):
    return [(fault.kind, fault.line, fault.id) for fault in found.faults]


GOOD_FILES = {
    "plain": GOOD,
    "CRLF": GOOD.replace("\n", "\r\n"),
    "no last newline": GOOD.rstrip("\n"),
    "CRLF and no last newline": GOOD.replace("\n", "\r\n").rstrip("\r\n"),
    "every cell quoted": "".join('"{}","{}"\n'.format(*line.split(",")) for line in GOOD.splitlines()),
    "one cell quoted": with_line(8, '7,"9"'),
    "header quoted": with_line(1, '"ImageId","Label"'),
    "backwards": "\n".join(["ImageId,Label", *reversed(ROWS)]),
    "shuffled": "\n".join(["ImageId,Label", *random.Random(3).sample(ROWS, len(ROWS))]),
}


@pytest.mark.parametrize("name", GOOD_FILES)
def test_a_good_file_passes_without_a_word(tmp_path, name):
    found = check_bytes(tmp_path, GOOD_FILES[name])
    assert found.ok and found.checked_ids
    assert found.rows == 30
    assert found.faults == found.warnings == []


# A cell in the place of line 8's label (id 7) -> the kind of its fault.
BAD_CELLS = {
    "7.0": "integer", "1e0": "integer", "+7": "integer", "07": "integer", "00": "integer", "-0": "integer",
    "1_0": "integer", "7.5": "integer", "７": "integer", "0x7": "integer", "7.": "integer", ".7": "integer",
    "70%": "integer", "": "blank", "nan": "nan", "NaN": "nan", "NA": "nan", "None": "nan", "null": "nan",
    "<NA>": "nan", "inf": "infinite", "-Infinity": "infinite", "seven": "text", "7a": "text", "True": "text",
    "[7]": "text", "10": "range", "-1": "range", "255": "range", "9" * 30: "range", " 7": "spaces", "7 ": "spaces",
    "7\t": "spaces", "\u00a07": "spaces", "\ufeff7": "spaces", '"7': "quote", '7"': "quote", '7"7': "quote",
    '"7"7': "quote", "'7'": "quote", "\u201c7\u201d": "quote", '"7.0"': "integer", '""': "blank", "7,": "fields",
    "7,7": "fields", "7;": "text", "7\x00": "null_byte", "\x1b[31m7": "text",
}  # fmt: skip


@pytest.mark.parametrize("cell", BAD_CELLS)
def test_a_bad_label_is_the_one_fault_and_has_line_and_id(tmp_path, cell):
    found = check_bytes(tmp_path, with_line(8, f"7,{cell}"))
    assert kinds(found) == [(BAD_CELLS[cell], 8, "7")]
    assert not found.ok and found.total_faults == 1 and found.rows == 30
    assert found.faults[0].remedy and found.faults[0].found


# Another first cell on line 8 -> the fault; the id is meant all the same, so that it is not missing as well.
BAD_IDS = {"7.0": "integer", "07": "integer", "+7": "integer", " 7": "spaces", '7"': "quote", "'7'": "quote"}


@pytest.mark.parametrize("cell", BAD_IDS)
def test_a_wrongly_spelt_id_is_the_one_fault_and_counts_as_given(tmp_path, cell):
    assert kinds(check_bytes(tmp_path, with_line(8, f"{cell},9"))) == [(BAD_IDS[cell], 8, "7")]


def test_an_id_that_is_no_id_is_named_and_the_id_it_replaced_is_missing(tmp_path):
    assert kinds(check_bytes(tmp_path, with_line(8, "seven,9"))) == [("text", 8, "seven"), ("missing_id", None, "7")]
    assert kinds(check_bytes(tmp_path, with_line(8, ",9"))) == [("blank", 8, None), ("missing_id", None, "7")]


BAD_LINES = {
    "7": [("fields", 8, "7")],
    "7;9": [("delimiter", 8, "7")],
    "7\t9": [("delimiter", 8, "7")],
    "7 9": [("delimiter", 8, "7")],
    "7\uff0c9": [("delimiter", 8, "7")],
    "7,9,": [("fields", 8, "7")],
    "7,0,9": [("fields", 8, "7")],
    '"7,9"': [("quote", 8, "7")],
    "'7,9'": [("quote", 8, "7"), ("quote", 8, "7")],
    '"7,9': [("quote", 8, "7")],
    "7,9\x00\x00": [("null_byte", 8, "7")],
}


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_bad_line_is_the_one_fault_and_does_not_swallow_its_neighbours(tmp_path, line):
    assert kinds(check_bytes(tmp_path, with_line(8, line))) == BAD_LINES[line]


@pytest.mark.parametrize("line", [2, 16, 31])
def test_a_blank_line_is_found_wherever_it_stands(tmp_path, line):
    lines = GOOD.splitlines()
    lines.insert(line - 1, "")
    assert kinds(check_bytes(tmp_path, "\n".join(lines) + "\n")) == [("blank_line", line, None)]


@pytest.mark.parametrize("blank", ["", "  ", "\t", ",", " , ", "\r"])
def test_blank_lines_at_the_end_are_found_and_called_so(tmp_path, blank):
    found = check_bytes(tmp_path, GOOD + blank + "\n")
    if blank == "\r":  # CR CR LF is no line but a line end written twice
        assert [kind for kind, _, _ in kinds(found)] == ["blank_line"] or found.faults[0].kind == "line_end"
        return
    assert kinds(found) == [("blank_line", 32, None)]
    assert "end of the file" in found.faults[0].found


HEADERS = {
    "imageid,label": "this case",
    "ImageId,label": "this case",
    "ImageId, Label": "spaces",
    "Id,Prediction": "rename 'Id', 'Prediction'",
    "ImageId,Class": "rename 'Class' to 'Label'",
    "ImageId,Label,Probability": "remove 'Probability'",
    "ImageId,Label,": "index=False",
    "ImageId": "add the column 'Label'",
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_wrong_header_is_the_one_fault_whatever_the_rows_hold(tmp_path, header):
    found = check_bytes(tmp_path, with_line(1, header))
    if header == "ImageId":
        assert kinds(found)[0] == ("header", 1, None)
    else:
        assert kinds(found) == [("header", 1, None)]
    assert HEADERS[header] in found.faults[0].remedy
    assert found.faults[0].expected == "ImageId,Label"


def test_a_missing_header_is_found_and_the_first_line_still_counts_as_a_row(tmp_path):
    found = check_bytes(tmp_path, with_line(1, None))
    assert kinds(found) == [("header", 1, None)]
    assert found.rows == 30


def test_columns_in_the_other_order_are_one_fault_and_cells_are_judged_by_name(tmp_path):
    swapped = [",".join(reversed(line.split(","))) for line in GOOD.splitlines()]
    assert kinds(check_bytes(tmp_path, "\n".join(swapped))) == [("header", 1, None)]
    swapped[7] = "11,7"
    assert kinds(check_bytes(tmp_path, "\n".join(swapped))) == [("header", 1, None), ("range", 8, "7")]


def test_a_pandas_index_is_one_fault_that_says_index_false(tmp_path):
    lines = [f"{index},{line}" for index, line in enumerate(GOOD.splitlines()[1:])]
    found = check_bytes(tmp_path, "\n".join([",ImageId,Label", *lines]))
    assert kinds(found) == [("header", 1, None)]
    assert "index=False" in found.faults[0].remedy


def test_joined_files_name_the_second_header_and_every_repeated_row(tmp_path):
    found = check_bytes(tmp_path, GOOD + GOOD)
    assert kinds(found)[:2] == [("row_count", None, None), ("header", 32, None)]
    assert kinds(found)[2:] == [("repeated_id", 32 + int(id), id) for id in IDS]


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " "])
def test_another_delimiter_is_one_fault_and_the_rows_are_still_judged(tmp_path, delimiter):
    found = check_bytes(tmp_path, with_line(8, "7,11").replace(",", delimiter))
    assert kinds(found) == [("delimiter", 1, None), ("range", 8, "7")]


def test_a_missing_row_is_refused_and_its_id_is_named(tmp_path):
    found = check_bytes(tmp_path, with_line(8, None))
    assert kinds(found) == [("row_count", None, None), ("missing_id", None, "7")]
    assert (found.faults[0].expected, found.faults[0].found) == ("30 rows", "29 rows")


def test_a_repeated_row_names_its_line_and_the_first_one(tmp_path):
    found = check_bytes(tmp_path, GOOD + "7,1\n")
    assert kinds(found) == [("row_count", None, None), ("repeated_id", 32, "7")]
    assert "line 8" in found.faults[1].found


@pytest.mark.parametrize("unknown", ["31", "-5", "700", "123456789012345678"])
def test_an_unknown_id_is_refused_with_its_line(tmp_path, unknown):
    found = check_bytes(tmp_path, with_line(8, f"{unknown},9"))
    assert kinds(found) == [("unknown_id", 8, unknown), ("missing_id", None, "7")]


def test_ids_counted_from_zero_are_one_fault(tmp_path):
    found = check_bytes(tmp_path, "ImageId,Label\n" + "".join(f"{number},1\n" for number in range(30)))
    assert kinds(found) == [("zero_based", 2, "0")]
    assert "+= 1" in found.faults[0].remedy


def test_ids_counted_from_zero_do_not_hide_a_missing_row(tmp_path):
    rows = "".join(f"{number},1\n" for number in range(30) if number != 12)
    found = check_bytes(tmp_path, "ImageId,Label\n" + rows)
    assert kinds(found) == [("row_count", None, None), ("zero_based", 2, "0"), ("missing_id", None, "12")]


def test_a_zero_beside_all_other_ids_is_just_unknown(tmp_path):
    assert kinds(check_bytes(tmp_path, GOOD + "0,1\n")) == [("row_count", None, None), ("unknown_id", 32, "0")]


def test_all_faults_of_a_file_are_reported_at_once_in_the_order_of_lines(tmp_path):
    lines = GOOD.splitlines()
    lines[0], lines[3], lines[5], lines[9], lines[20] = "imageid,label", "3,7.0", "5,", "8,1", "20,12"
    found = check_bytes(tmp_path, "\n".join(lines))
    assert kinds(found) == [
        ("header", 1, None), ("integer", 4, "3"), ("blank", 6, "5"), ("repeated_id", 10, "8"), ("range", 21, "20"),
        ("missing_id", None, "9"),
    ]  # fmt: skip


def test_a_byte_order_mark_is_a_warning(tmp_path):
    found = check_bytes(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())
    assert found.ok and found.rows == 30
    assert [warning.kind for warning in found.warnings] == ["encoding"]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_one_fault_and_the_rows_are_still_judged(tmp_path, codec):
    assert kinds(check_bytes(tmp_path, GOOD.encode(codec))) == [("encoding", 1, None)]
    assert kinds(check_bytes(tmp_path, with_line(8, "7,11").encode(codec)))[1:] == [("range", 8, "7")]


def test_a_byte_that_is_not_utf_8_is_named_with_its_line(tmp_path):
    found = check_bytes(tmp_path, with_line(8, "7,9").encode().replace(b"\n7,9", b"\n7,\xe9"))
    assert kinds(found) == [("encoding", 8, "7")]
    assert "0xE9" in found.faults[0].found and "at byte 3" in found.faults[0].found


def test_lone_carriage_returns_are_one_fault_and_lines_keep_their_numbers(tmp_path):
    assert kinds(check_bytes(tmp_path, GOOD.replace("\n", "\r"))) == [("line_end", 1, None)]
    found = check_bytes(tmp_path, with_line(20, "19,11").replace("\n7,9\n", "\n7,9\r"))
    assert kinds(found) == [("line_end", 8, None), ("range", 20, "19")]


def test_line_ends_written_twice_are_one_fault(tmp_path):
    found = check_bytes(tmp_path, GOOD.replace("\n", "\r\r\n"))
    assert kinds(found) == [("line_end", 1, None)]
    assert "newline=''" in found.faults[0].remedy


def test_mixed_line_ends_are_a_warning(tmp_path):
    found = check_bytes(tmp_path, GOOD.replace("\n7,9\n", "\n7,9\r\n"))
    assert found.ok and [warning.kind for warning in found.warnings] == ["line_end"]


def test_an_empty_file_and_a_lone_header_are_one_fault(tmp_path):
    for text in ("", "\ufeff", "ImageId,Label\n", "ImageId,Label"):
        found = check_bytes(tmp_path, text)
        assert kinds(found) == [("empty", None, None)], text
        assert found.rows == 0
    assert [kind for kind, _, _ in kinds(check_bytes(tmp_path, "\n\n"))] == ["empty", "blank_line", "blank_line"]


def test_a_file_cut_anywhere_within_its_last_lines_is_refused_and_the_lost_ids_are_named(tmp_path):
    for length in range(len(GOOD) - 30, len(GOOD) - 1):
        found = check_bytes(tmp_path, GOOD[:length])
        whole = {line.split(",")[0] for line in GOOD[:length].splitlines()[1:] if line in ROWS}
        named = {fault.id for fault in found.faults if fault.kind in ("missing_id", "truncated")}
        assert set(IDS) - whole <= named, length
        assert named <= set(IDS) - whole | {None}, length
    assert kinds(check_bytes(tmp_path, GOOD[:-2])) == [("truncated", 31, "30")]


def _zip(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr(name, GOOD)
    return target.getvalue()


BINARY = {
    "a zip archive: unzip it first": _zip("submission.csv"),
    "an Excel workbook": _zip("xl/worksheets/sheet1.xml"),
    "a gzip file": gzip.compress(GOOD.encode()),
    "a PNG picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a web page": b"<!DOCTYPE html>\n<html><body>Log in</body></html>",
    "binary data": random.Random(1).randbytes(5000),
}


@pytest.mark.parametrize("name", BINARY)
def test_a_file_that_is_no_text_is_named_and_nothing_else_is_said(tmp_path, name):
    found = check_bytes(tmp_path, BINARY[name])
    assert kinds(found) == [("binary", None, None)]
    assert name in f"{found.faults[0].found}: {found.faults[0].remedy}"


def test_a_hole_of_nul_bytes_has_a_line(tmp_path):
    damaged = GOOD.encode().replace(b"\n7,9\n", b"\n7,9" + bytes(5000) + b"\n")
    assert kinds(check_bytes(tmp_path, damaged)) == [("null_byte", 8, "7")]


def test_comments_are_named(tmp_path):
    assert kinds(check_bytes(tmp_path, "# epoch 3\n" + GOOD)) == [("comment", 1, None)]
    found = check_bytes(tmp_path, GOOD.replace("\n7,9\n", "\n7,9\n# half way\n"))
    assert kinds(found) == [("comment", 9, None)]


def test_an_overlong_line_is_refused_with_its_id_and_the_next_lines_are_judged(tmp_path):
    found = check_bytes(tmp_path, with_line(8, "7," + "9" * 3_000_000).replace("\n9,3\n", "\n9,33\n"))
    assert kinds(found) == [("long_line", 8, "7"), ("range", 10, "9")]
    assert len(str(found.as_dict())) < 2000


def test_a_file_that_does_not_end_is_given_up_and_said_so(tmp_path, monkeypatch):
    monkeypatch.setattr("kit.submission.reader.SPARE", 1000)
    found = check_bytes(tmp_path, GOOD + "1,1\n" * 200_000)
    counts = [fault for fault in found.faults if fault.kind == "row_count"]
    assert found.rows < 100_000 and "was not read from line" in counts[0].found
    monkeypatch.setattr("kit.submission.reader.MOST", 1000)
    assert not check_bytes(tmp_path, GOOD + "1,1\n" * 200_000, ids=None).ok


def test_lists_are_cut_at_the_limit_and_totals_are_true(tmp_path):
    text = "ImageId,Label\n" + "".join(f"{number},x\n" for number in range(1, 5001))
    ids = [str(number) for number in range(1, 6001)]
    found = check_bytes(tmp_path, text, ids=ids, limit=10)
    assert found.total_faults == 5000 + 1000 + 1
    assert [fault.line for fault in found.faults] == [None, *range(2, 11)]
    assert found.counts == {"text": 5000, "missing_id": 1000, "row_count": 1}
    assert check_bytes(tmp_path, text, ids=ids, limit=0).total_faults == 6001


def test_without_ids_the_format_and_repeats_are_judged_and_it_is_said(tmp_path):
    found = check_bytes(tmp_path, "ImageId,Label\n5,1\n900,2\n", ids=None)
    assert found.ok and not found.checked_ids
    found = check_bytes(tmp_path, "ImageId,Label\n0,1\n5,1\n5,11\n", ids=None)
    assert kinds(found) == [("range", 2, "0"), ("range", 4, "5"), ("repeated_id", 4, "5")]


def test_the_json_form_has_exactly_the_documented_keys(tmp_path):
    found = check_bytes(tmp_path, with_line(8, "7,7.0")).as_dict()
    assert list(found) == ["ok", "rows", "faults", "total_faults", "warnings"]
    (fault,) = found["faults"]
    assert fault == {
        "kind": "integer", "line": 8, "id": "7", "expected": "integer from 0 to 9", "found": "7.0",
        "remedy": "write 7, not 7.0: in pandas, df['Label'] = df['Label'].astype(int)",
    }  # fmt: skip
    assert fault["kind"] in KINDS


def test_a_fault_in_words_has_line_id_expected_found_and_remedy(tmp_path):
    (fault,) = check_bytes(tmp_path, with_line(8, "7,12")).faults
    words = "line 8, id 7: range: expected integer from 0 to 9, found 12. write an integer from 0 to 9"
    assert describe(fault) == words


def test_a_missing_file_or_a_folder_is_a_data_error(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        check(tmp_path / "none.csv", DIGITS, IDS)
    with pytest.raises(DataError, match="cannot be read"):
        check(tmp_path, DIGITS, IDS)


def test_ids_that_the_data_hold_twice_are_the_datas_fault(tmp_path):
    with pytest.raises(DataError, match="twice"):
        check_bytes(tmp_path, GOOD, ids=[*IDS, "7"])


def test_parse_returns_the_rows_in_the_order_of_the_ids(tmp_path):
    path = tmp_path / "shuffled.csv"
    path.write_text(GOOD_FILES["shuffled"])
    table = parse(path, DIGITS, IDS)
    assert table["ImageId"].tolist() == list(range(1, 31))
    assert table["Label"].tolist() == [int(row.split(",")[1]) for row in ROWS]
    lines = path.read_text().splitlines()
    assert [lines[line - 1] for line in table.lines] == ROWS
    assert parse(path, DIGITS, None)["ImageId"][0] == int(lines[1].split(",")[0])


def test_parse_refuses_what_check_refuses_and_says_how_to_see_it_all(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("ImageId,Label\n" + "".join(f"{id},x\n" for id in IDS))
    with pytest.raises(SubmissionError) as error:
        parse(path, DIGITS, IDS)
    message = str(error.value)
    assert "30 faults" in message and "line 2, id 1" in message and "and 25 more" in message
    assert f"kit check TASK {path}" in message
