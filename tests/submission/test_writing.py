"""Writing a submission: what is proved before a byte is written, how values are spelt, all or nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from kit import Format, KitError, number, text
from kit.submission import check, parse, write
from tests.submission.files import DIGITS

EYES = Format(columns=(text("FileName"), number("PM Risk", 0, 1)), id="FileName", header="optional")
SUMS = Format(columns=(text("expression"), text("result")), id=None, delimiter=" ", header="absent")
MARKS = Format(columns=(text("uid"), number("p", 0, 1)), id="uid", rows_per_id=(0, None))


def test_rows_are_joined_by_id_and_written_in_the_order_of_the_ids(tmp_path):
    path = tmp_path / "deep" / "submission.csv"
    found = write(path, DIGITS, [("2", np.int64(5)), (3, 7.0), (np.int32(1), "0")], ["1", "2", "3"])
    assert path.read_bytes() == b"ImageId,Label\n1,0\n2,5\n3,7\n"
    assert found.ok and found.rows == 3


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        (0.1, "0.1"), (np.float32(0.1), "0.1"), (np.float64(1) / 3, "0.3333333333333333"), (np.float16(0.1), "0.1"),
        (1, "1"), (np.uint8(1), "1"), (True and 1.0, "1.0"), (1e-30, "1e-30"), (np.array(0.25), "0.25"),
        (np.float32(1e-8), "1e-08"), ("0.50", "0.50"),
    ],
)  # fmt: skip
def test_numbers_are_spelt_shortest_and_read_back_the_same(tmp_path, value, spelt):
    write(tmp_path / "s.csv", EYES, [("a", value)], ["a"])
    assert (tmp_path / "s.csv").read_text() == f"FileName,PM Risk\na,{spelt}\n"
    read = parse(tmp_path / "s.csv", EYES, ["a"])["PM Risk"][0]
    assert np.asarray(value, dtype=getattr(value, "dtype", float)) == np.asarray(
        read, dtype=getattr(value, "dtype", float)
    )


REFUSED = {
    "a fraction": 7.5, "NaN": float("nan"), "NumPy's NaN": np.float32("nan"), "infinity": np.inf, "a bool": True,
    "NumPy's bool": np.True_, "too large": 10, "negative": np.int8(-1), "a text": "seven", "a spelling": "07",
    "None": None, "an array": np.array([1, 2]), "beyond 64 bits": 10**30,
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_value_that_is_no_label_is_refused_with_its_id_and_no_file_appears(tmp_path, name):
    path = tmp_path / "submission.csv"
    with pytest.raises(KitError, match="id 2") as error:
        write(path, DIGITS, [("1", 3), ("2", REFUSED[name])], ["1", "2"])
    assert "Label" in str(error.value) and "integer from 0 to 9" in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([("1", 3)], "2"), ([("1", 3), ("2", 3), ("2", 3)], "2"), ([("1", 3), ("7", 3)], "7"), ([], "1"),
        ([("1", 3), ("2", 3, 4)], "row 1"), (["12", "23"], "row 0"),
    ],
)  # fmt: skip
def test_missing_repeated_and_unknown_ids_are_refused_by_name(tmp_path, rows, named):
    path = tmp_path / "submission.csv"
    path.write_text("the old one\n")
    with pytest.raises(KitError) as error:
        write(path, DIGITS, rows, ["1", "2"])
    assert named in str(error.value)
    assert path.read_text() == "the old one\n" and len(list(tmp_path.iterdir())) == 1


def test_repeats_are_refused_where_the_ids_are_not_known(tmp_path):
    with pytest.raises(KitError, match="more than one row"):
        write(tmp_path / "s.csv", DIGITS, [("1", 3), ("1", 3)], None)
    assert write(tmp_path / "s.csv", DIGITS, [("9", 3), ("1", 3)], None).ok
    assert (tmp_path / "s.csv").read_text() == "ImageId,Label\n9,3\n1,3\n"


def test_lines_without_ids_are_counted_and_kept_in_order(tmp_path):
    write(tmp_path / "s.txt", SUMS, [("1+1", 2), ("(2)", "2")], ["0", "1"])
    assert (tmp_path / "s.txt").read_text() == "1+1 2\n(2) 2\n"
    with pytest.raises(KitError, match="number of rows"):
        write(tmp_path / "s.txt", SUMS, [("1+1", 2)], ["0", "1"])
    with pytest.raises(KitError, match="delimiter"):
        write(tmp_path / "s.txt", SUMS, [("1 + 1", 2), ("2", 2)], ["0", "1"])


def test_an_id_may_have_any_number_of_rows_in_the_order_given(tmp_path):
    write(tmp_path / "s.csv", MARKS, [("b", 0.5), ("a", 1), ("b", 0.25)], ["a", "b", "c"])
    assert (tmp_path / "s.csv").read_text() == "uid,p\nb,0.5\na,1\nb,0.25\n"
    with pytest.raises(KitError, match="do not have"):
        write(tmp_path / "s.csv", MARKS, [("d", 0.5)], ["a", "b", "c"])
    assert write(tmp_path / "s.csv", MARKS, [], ["a"]).ok


@pytest.mark.parametrize("cell", ["a,b", 'say "hi"', '"', ",", "流;圳", "a'b"])
def test_text_is_quoted_where_it_must_be_and_reads_back_the_same(tmp_path, cell):
    format = Format(columns=(text("id"), text("text")), id="id")
    write(tmp_path / "s.csv", format, [("x", cell)], ["x"])
    assert parse(tmp_path / "s.csv", format, ["x"])["text"].tolist() == [cell]


@pytest.mark.parametrize("cell", ["", " a", "a\n", "a\nb", "a\rb", "\x00", "a\u200b", "\ufeffa"])
def test_text_that_would_not_survive_the_file_is_refused(tmp_path, cell):
    format = Format(columns=(text("id"), text("text")), id="id")
    with pytest.raises(KitError, match="id x"):
        write(tmp_path / "s.csv", format, [("x", cell)], ["x"])


def test_a_file_that_its_own_check_refuses_never_gets_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr("kit.submission.writer.format_line", lambda cells, delimiter: ";".join(cells) + "\n")
    with pytest.raises(KitError, match="breaks the submission format"):
        write(tmp_path / "s.csv", DIGITS, [("1", 3)], ["1"])
    assert list(tmp_path.iterdir()) == []


def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path):
    ids = [str(number) for number in range(1, 2001)]
    rows = [(id, int(id) % 10) for id in ids]
    write(tmp_path / "a.csv", DIGITS, rows, ids)
    write(tmp_path / "b.csv", DIGITS, iter(rows[::-1]), ids)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert check(tmp_path / "a.csv", DIGITS, ids).ok


def test_an_id_has_as_many_rows_as_the_format_says(tmp_path):
    pairs = dataclasses.replace(MARKS, rows_per_id=(2, 3))
    a, b = [("a", 0.1)] * 3, [("b", 0.2)] * 2
    assert write(tmp_path / "s.csv", pairs, a + b, ["a", "b"]).ok
    for rows, kind, id in ((a + b[:1], "row_count", "b"), (a, "missing_id", "b"), (a + b + a[:1], "repeated_id", "a")):
        with pytest.raises(KitError) as refused:
            write(tmp_path / "s.csv", pairs, rows, ["a", "b"])
        assert f"id {id}: {kind}" in str(refused.value)
