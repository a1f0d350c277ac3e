"""Downloads as other countries, programs and contests write them: each is understood, and its samples are read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas
import PIL.Image
import pytest

import kit
from kit.discovery import discover
from kit.discovery.scaffold import new_task
from kit.errors import DataError, SampleError
from kit.inspection import Inspection, Options, inspect_folder
from kit.scoring.answers import read_answers
from kit.submission import check, write
from tests.inspection.conftest import by_name
from tests.inspection.drawn_contests import write_image, write_rows

Made = tuple[kit.Task, Inspection]


@pytest.fixture
def made(data: Path, tmp_path: Path) -> Callable[..., Made]:
    """Inspect the folder ``data`` with options, write a plugin for it and return its task and what was found."""

    def make(**options: object) -> Made:
        found = inspect_folder(data, Options(**options))
        new_task("stranger", tmp_path / "plugins", "", found)
        return discover([tmp_path / "plugins"]).task("stranger"), found

    return make


def ids(samples) -> list[str]:
    return [sample.id for sample in samples]


def table(rows, delimiter=",", end="\n") -> str:
    return "".join(delimiter.join(map(str, row)) + end for row in rows)


PEOPLE = [["id", "sex", "age", "left"], *[[n, ["m", "f"][n % 2], 20 + n % 50, n % 2] for n in range(40)]]
ASKED = [["id", "sex", "age"], *[[n, ["m", "f"][n % 2], 20 + n % 50] for n in range(40, 50)]]


def test_chinese_names_of_files_and_columns_in_gbk(data, made):
    chinese = [["编号", "性别", "年龄", "是否流失"], *PEOPLE[1:]]
    for row in chinese[1:]:
        row[1] = {"m": "男", "f": "女"}.get(row[1], row[1])
    (data / "训练集.csv").write_bytes(table(chinese).encode("gbk"))
    (data / "测试集.csv").write_bytes(table([["编号", "性别", "年龄"], *ASKED[1:]]).encode("gbk"))
    (data / "提交样例.csv").write_bytes(table([["编号", "是否流失"], *[[n, 0] for n in range(40, 50)]]).encode("gbk"))
    (data / "测试集答案.csv").write_bytes(table([["编号", "是否流失"], *[[n, 0] for n in range(40, 50)]]).encode("gbk"))
    task, found = made()
    assert (found.id, found.targets, found.counts) == ("编号", ("是否流失",), {"train": 40, "test": 10})
    assert found.features("category") == ("性别",)
    assert ids(task.reader(data, "test")) == [str(n) for n in range(40, 50)]
    assert any("gb18030" in warning and "UTF-8" in warning for warning in found.warnings)


def test_accents_of_western_europe_are_not_taken_for_chinese(data, facts):
    (data / "train.csv").write_bytes("id,Straße,y\n1,Köln,0\n2,Düsseldorf,1\n3,Orléans,1\n".encode("cp1252"))
    assert facts(data)["training part"].reason == "cp1252"


def test_images_in_folders_with_chinese_names(data, made):
    rng = np.random.default_rng(0)
    for number in range(12):
        picture = rng.integers(0, 255, (12, 12, 3), np.uint8)
        write_image(data / "训练集" / ["圆 形", "方形"][number % 2] / f"图{number}.png", picture)
        write_image(data / "测试集" / f"图{number}.png", picture)
    write_rows(data / "提交示例.csv", [["文件名", "类别"], *[[f"图{n}.png", "方形"] for n in range(12)]])
    task, found = made()
    assert (found.classes, found.counts["test"]) == (("圆 形", "方形"), 12)
    assert task.reader(data, "train")[0].y == 0 and ids(task.reader(data, "test"))[0] == "图0.png"


@pytest.mark.parametrize(("delimiter", "suffix"), [(" ", ".csv"), ("\t", ".txt"), ("|", ".dat"), (",", ".data")])
def test_tables_with_other_delimiters_and_endings(data, made, delimiter, suffix):
    rows = [[*PEOPLE[0], "more"], *[[*row, "" if row[0] % 3 else "-"] for row in PEOPLE[1:]]]
    (data / f"used_train_2020{suffix}").write_text(table(rows, delimiter, "\r\n"))
    (data / f"used_testB_2020{suffix}").write_text(table([[*row[:3], row[4]] for row in rows[:11]], delimiter, "\r\n"))
    (data / "used_sample_submit.csv").write_text(table([["id", "left"], *[[n, 0] for n in range(10)]]))
    (data / "data_description.txt").write_text("id: a number\n")
    task, found = made()
    assert (found.counts, found.id, found.targets) == ({"train": 40, "test": 10}, "id", ("left",))
    assert len(task.reader(data, "train")) == 40


@pytest.mark.parametrize("sample", [True, False])
def test_a_table_names_test_images_by_their_paths(data, made, sample):
    rng = np.random.default_rng(0)
    names = {part: [f"{part}/batch_{n % 2}/im{n}.png" for n in range(8)] for part in ("train", "test")}
    for name in names["train"] + names["test"]:
        write_image(data / "images" / name, rng.integers(0, 255, (12, 12, 3), np.uint8))
    write_rows(data / "train.csv", [["path", "label"], *[[name, n % 2] for n, name in enumerate(names["train"])]])
    if sample:
        write_rows(data / "sample_submission.csv", [["path", "label"], *[[name, 0] for name in names["test"]]])
    else:
        write_rows(data / "test.csv", [["path"], *[[name] for name in names["test"]]])
    task, found = made()
    assert found.counts == {"train": 8, "test": 8}
    assert [(s.id, s.x.parent.name) for s in task.reader(data, "test")] == [(n, n.split("/")[1]) for n in names["test"]]


def test_a_sample_submission_names_images_in_folders_of_classes_by_their_paths(data, made):
    rng = np.random.default_rng(0)
    for number in range(8):
        for folder in (f"train/{'ab'[number % 2]}", f"val/{'ab'[number % 2]}", "test"):
            write_image(data / "data" / folder / f"{number:04}.png", rng.integers(0, 255, (12, 12, 3), np.uint8))
    write_rows(data / "sample_submission.csv", [["path", "class"], *[[f"test/{n:04}.png", "a"] for n in range(8)]])
    task, found = made()
    assert found.counts == {"train": 8, "valid": 8, "test": 8}
    assert ids(task.reader(data, "test")) == [f"test/{n:04}.png" for n in range(8)]


def test_a_table_without_a_header_is_refused_and_says_what_to_do(data):
    rows = np.random.default_rng(0).normal(size=(20, 3)).round(3)
    (data / "train.csv").write_text("\n".join(",".join(map(str, [*row, n % 2])) for n, row in enumerate(rows)))
    with pytest.raises(DataError, match="no header") as caught:
        inspect_folder(data, Options())
    assert "first line" in str(caught.value) and "train.csv" in str(caught.value)


def test_ids_beyond_64_bits_are_text(data, made):
    names = [str(10**n) for n in range(12, 24)]
    write_rows(data / "train.csv", [["id", "x", "y"], *[[name, n % 4, n % 2] for n, name in enumerate(names)]])
    write_rows(data / "test.csv", [["id", "x"], *[[name + "1", n % 4] for n, name in enumerate(names)]])
    task, found = made()
    assert found.submission.columns[0].kind == "text" and task.format.columns[0].kind == "text"


def test_decimal_commas_of_the_sample_submission_are_written(data, made, tmp_path):
    rows = "".join(f"{n};{n % 3};{n % 7},5\n" for n in range(40))
    (data / "train.csv").write_text("id;x;y\n" + rows)
    (data / "test.csv").write_text("id;x\n" + "".join(f"{n};1\n" for n in range(5)))
    (data / "sample_submission.csv").write_text("id;y\n" + "".join(f"{n};0,5\n" for n in range(5)))
    task, found = made()
    assert task.reader(data, "train")[1].y == 1.5
    assert not any("decimal" in warning for warning in found.warnings)
    assert "decimal commas" in by_name(found)["values"].value
    assert task.format.column("y").decimal == ","
    test = task.reader(data, "test")
    write(tmp_path / "out.csv", task.format, task.writer(test, [np.full(1, 0.3, np.float32)] * 5, {}), ids(test))
    assert all("," in line and "." not in line for line in (tmp_path / "out.csv").read_text().splitlines()[1:])
    assert check(tmp_path / "out.csv", task.format, ids(test)).ok
    for answers in ("id;y\n0;1,5\n", "id;y\n0;1.5\n", "id,y\n0,1.5\n"):
        (tmp_path / "answers.csv").write_text(answers)
        assert read_answers(task, tmp_path / "answers.csv").truth["y"].tolist() == [1.5]
    (tmp_path / "answers.csv").write_text("id;y\n0;many\n")
    with pytest.raises(DataError, match="decimal comma"):
        read_answers(task, tmp_path / "answers.csv")


@pytest.mark.parametrize(("placeholder", "whole"), [("0", True), ("0.5", False)])
def test_numbers_are_rounded_where_files_hold_whole_ones_only(data, made, placeholder, whole):
    write_rows(data / "train.csv", [["id", "x", "sold"], *[[n, n % 7, n * n] for n in range(60)]])
    write_rows(data / "test.csv", [["id", "x"], [60, 1], [61, 2]])
    write_rows(data / "sample_submission.csv", [["id", "sold"], [60, placeholder], [61, placeholder]])
    task, found = made()
    rows = list(task.writer(task.reader(data, "test"), [np.full(1, 0.123, np.float32)] * 2, {}))
    assert [isinstance(row[1], int) for row in rows] == [whole, whole]
    assert ("rounded" in by_name(found)["values"].value) is whole


def test_a_column_of_numbers_may_hold_infinite_ones(data, made):
    rows = [[n, "-inf" if n == 3 else "inf" if n == 5 else n * 0.25, n % 2] for n in range(60)]
    write_rows(data / "train.csv", [["id", "x", "y"], *rows])
    write_rows(data / "test.csv", [["id", "x"], [60, "Infinity"], [61, 0.5]])
    task, found = made()
    assert found.features("number") == ("x",)
    assert np.isfinite(np.asarray(task.reader(data, "test")[0].x, float)).sum() > 0
    assert len(task.reader(data, "train")) == 60


def test_a_test_part_without_rows_is_refused(data, facts):
    write_rows(data / "train.csv", [["id", "x", "y"], *[[n, n % 7, n % 2] for n in range(40)]])
    write_rows(data / "test.csv", [["id", "x"]])
    with pytest.raises(DataError, match="the test part has no rows"):
        facts(data)


def test_images_of_16_bits_are_a_warning_and_refused_where_there_are_no_others(data):
    for n in range(12):
        deep = np.full((20, 20), 3000 * n, np.uint16)
        path = data / "train" / "ab"[n % 2] / f"{n}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(deep if n < 6 else (deep >> 8).astype(np.uint8)).save(path)
    warnings = [line for line in inspect_folder(data, Options()).warnings if "16 bits" in line or "more images" in line]
    assert len(warnings) == 4 and "save it as 8-bit RGB" in warnings[0] and "3 more images" in warnings[3]
    for n in range(6, 12):
        (data / "train" / "ab"[n % 2] / f"{n}.png").unlink()
    with pytest.raises(SampleError, match="no image can be read") as caught:
        inspect_folder(data, Options())
    assert "save it as 8-bit RGB" in str(caught.value)


def test_line_ends_of_old_macs_and_very_long_cells(data, made):
    rows = [["id", "x", "note", "y"], *[[n, n % 7, "long " * 40_000 if n == 3 else "short", n % 2] for n in range(60)]]
    (data / "train.csv").write_bytes(table(rows, end="\r").encode())
    (data / "test.csv").write_bytes(table([["id", "x", "note"], [60, 1, "short"], [61, 2, "short"]], end="\r").encode())
    task, found = made()
    assert found.counts == {"train": 60, "test": 2}
    assert ids(task.reader(data, "test")) == ["60", "61"]


def test_two_kinds_of_line_ends_are_refused(data, facts):
    (data / "train.csv").write_bytes(b"id,x,y\n1,2,0\r2,3,1\n")
    with pytest.raises(DataError, match="line ends"):
        facts(data)


def test_points_between_thousands_are_refused_with_the_column(data, facts):
    rows = [["id", "price", "y"], *[[n, f"{n + 1}.234,5{n % 10}", n % 2] for n in range(40)]]
    (data / "train.csv").write_text(table(rows, ";"))
    with pytest.raises(DataError, match="column 'price'"):
        facts(data)


def test_ids_of_the_sample_submission_without_a_row_are_named(data, made):
    write_rows(data / "train.csv", [["id", "x", "y"], *[[n, n % 7, n % 2] for n in range(40)]])
    write_rows(data / "test.csv", [["id", "x"], [40, 1], [41, 2]])
    write_rows(data / "sample_submission.csv", [["id", "y"], [40, 0], [41, 0], [99, 0]])
    task, _ = made()
    with pytest.raises(DataError, match="1 of 3 ids have none, such as 99"):
        task.reader(data, "test")


def test_parts_without_a_common_column_are_refused_with_the_names_of_both(data, facts):
    write_rows(data / "train.csv", [["id", "a", "b", "y"], *[[n, n % 5, n % 3, n % 2] for n in range(40)]])
    write_rows(data / "test.csv", [["ID", "A", "B"], [40, 1, 1], [41, 2, 2]])
    with pytest.raises(DataError) as caught:
        facts(data, target=("y",))
    assert "no column in common" in str(caught.value) and "ID, A, B" in str(caught.value)


def test_a_nul_byte_in_a_table_is_found_at_its_position(data, facts):
    (data / "train.csv").write_bytes(b"id,x,y\n1,2,0\n2,\0,1\n")
    with pytest.raises(DataError, match="byte 16"):
        facts(data)


def test_a_workbook_of_several_sheets_is_refused_with_a_way_out(data, facts):
    pandas.DataFrame({"id": [1], "y": [2]}).to_excel(data / "all.xlsx", sheet_name="train", index=False)
    with pytest.raises(DataError, match="save each sheet"):
        facts(data)


def write_records(path: Path, rows: list[list[object]]) -> None:
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    if path.suffix == ".xlsx":
        pandas.DataFrame(records).to_excel(path, index=False)
    elif path.suffix == ".json":
        path.write_text(json.dumps(records), encoding="utf-8")
    else:
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".xlsx"])
def test_tables_of_records_and_workbooks(data, made, suffix):
    (data / "label_names.json").write_text('{"0": "stays", "1": "leaves"}')
    for name, rows in (("train", PEOPLE), ("test", ASKED)):
        write_records(data / f"{name}{suffix}", [[*rows[0], "joined"], *[[*row, None] for row in rows[1:]]])
    write_rows(data / "sample_submission.csv", [["id", "left"], *[[row[0], 0] for row in ASKED[1:]]])
    task, found = made()
    assert (found.counts, found.id, found.targets) == ({"train": 40, "test": 10}, "id", ("left",))
    assert [sample.y for sample in task.reader(data, "train")][:3] == [0, 1, 0]
    assert ids(task.reader(data, "test")) == [str(n) for n in range(40, 50)]


def test_lists_in_cells_of_records_are_texts(data, made):
    words = [["olive", "feta"], ["cumin", "rice"]]
    rows = [[n, ["greek", "indian"][n % 2], [*words[n % 2], f"red pepper {n}", "a", "b", "c", "d"]] for n in range(40)]
    write_records(data / "train.json", [["id", "cuisine", "ingredients"], *rows])
    write_records(data / "test.json", [["id", "ingredients"], *[[row[0] + 40, row[2]] for row in rows]])
    task, found = made()
    assert (found.targets, found.features("text")) == (("cuisine",), ("ingredients",))
    assert len(task.reader(data, "test")) == 40


def test_a_kind_of_table_whose_package_is_missing_says_what_to_install(data, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for name in ("train", "test"):
        (data / f"{name}.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match="pip install pyarrow"):
        inspect_folder(data, Options())


def test_one_table_is_read_as_two_parts(data, made):
    rows = [[*row[:3], row[3] if 2 < row[0] < 30 else "NA"] for row in PEOPLE[1:]]  # nobody asks for the first three
    write_rows(data / "data.csv", [PEOPLE[0], *rows])
    write_rows(data / "sample_submission.csv", [["id", "left"], *[[n, 0] for n in range(39, 29, -1)]])
    task, found = made()
    assert found.counts == {"train": 27, "test": 10} and found.classes == ("0", "1")
    assert ids(task.reader(data, "train")) == [str(n) for n in range(3, 30)]
    assert ids(task.reader(data, "test")) == [str(n) for n in range(39, 29, -1)]


def sales(data: Path) -> None:
    """A shop's sales by store and week: an id is made of both, and another table knows the stores."""
    weeks = [f"2011-{month:02}-05" for month in range(1, 13)]
    rows = [[store, week, n + 10 * store] for store in (1, 2, 3) for n, week in enumerate(weeks)]
    write_rows(data / "train.csv", [["Store", "Date", "Weekly_Sales"], *[row for row in rows if row[1] < "2011-10"]])
    asked = [row for row in rows if row[1] >= "2011-10"]
    write_rows(data / "test.csv", [["Store", "Date"], *[row[:2] for row in asked]])
    write_rows(data / "sample.csv", [["Id", "Weekly_Sales"], *[[f"{row[0]}_{row[1]}", 0] for row in asked]])
    write_rows(data / "stores.csv", [["Store", "Type", "Size"], [1, "A", 100], [2, "B", 200]])


def test_ids_that_several_columns_make_together_and_a_table_of_stores(data, made):
    sales(data)
    task, found = made()
    assert found.id == "Id" and found.source["id_parts"] == ("Store", "Date") and found.time == "Date"
    assert found.features("category", "number") == ("Store", "Type", "Size")
    assert ids(task.reader(data, "train"))[0] == "1_2011-01-05"
    assert ids(task.reader(data, "test"))[-1] == "3_2011-12-05"
    (data / "stores.csv").write_text("Store,Type,Size\n1,A,100\n1,B,200\n")
    with pytest.raises(DataError, match="several rows"):
        task.reader(data, "train")


def test_transactions_with_tables_of_their_own_for_each_part(data, made):
    rows = [[n, n % 2, n % 7] for n in range(40)]
    write_rows(data / "train_transaction.csv", [["Tid", "fraud", "amount"], *rows[:30]])
    write_rows(data / "test_transaction.csv", [["Tid", "amount"], *[[row[0], row[2]] for row in rows[30:]]])
    for part, span in (("train", range(0, 30, 3)), ("test", range(30, 40, 3))):
        write_rows(data / f"{part}_identity.csv", [["Tid", "device"], *[[n, ["pc", "phone"][n % 2]] for n in span]])
    write_rows(data / "sample_submission.csv", [["Tid", "fraud"], *[[n, 0.5] for n in range(30, 40)]])
    task, found = made()
    assert found.features("category", "number") == ("amount", "device") and found.counts == {"train": 30, "test": 10}
    assert len(task.reader(data, "train")) == 30 and len(task.reader(data, "test")) == 10


def tagged(count: int) -> list[str]:
    """Cells of two to three of five labels, in many combinations."""
    rng = np.random.default_rng(0)
    names = ["agriculture", "clear", "haze", "primary", "road"]
    return [" ".join(sorted(rng.choice(names, 1 + n % 3, replace=False))) for n in range(count)]


def test_several_labels_in_a_cell_of_a_table_of_texts(data, made):
    cells = [cell.replace(" ", "|") for cell in tagged(60)]
    rows = [[n, f"{cell.replace('|', ' ')} words and more words {n}", cell] for n, cell in enumerate(cells)]
    write_rows(data / "train.csv", [["id", "text", "tags"], *rows[:40]])
    write_rows(data / "test.csv", [["id", "text"], *[row[:2] for row in rows[40:]]])
    write_rows(data / "sample_submission.csv", [["id", "tags"], *[[row[0], "clear|haze"] for row in rows[40:]]])
    task, found = made(metric="f2")
    assert (found.kind, found.classes, found.submission.separator) == (
        "multi-label",
        ("agriculture", "clear", "haze", "primary", "road"),
        "|",
    )
    train = task.reader(data, "train")
    assert [row[1] for row in task.truth(train)] == cells[:40]
    prediction = np.array([0.9, 0.1, 0.3, 0.0, 0.0], np.float32)
    assert list(task.writer(train[:1], [prediction], {})) == [("0", "agriculture|haze")]
    assert list(task.writer(train[:1], [prediction * 0.1], {})) == [("0", "agriculture")]
    rule = task.format.column("tags").rule
    assert rule("haze|clear") is None and rule("") is None and rule("haze|cloud") and rule("haze|haze")
    parsed = kit.Table({"tags": np.array(cells[:40], object)}, np.arange(40))
    assert task.metric.function(*task.metric.prepare(parsed, parsed)) == 1.0


def test_several_labels_in_a_cell_of_a_table_of_images(data, made):
    cells = tagged(30)
    for number in range(40):
        picture = np.random.default_rng(number).integers(0, 255, (12, 12, 3), np.uint8)
        write_image(data / ("train-jpg" if number < 30 else "test-jpg") / f"im_{number}.png", picture)
    write_rows(data / "train_v2.csv", [["image_name", "tags"], *[[f"im_{n}", cell] for n, cell in enumerate(cells)]])
    columns = ["image_name", *sorted({label for cell in cells for label in cell.split()}, reverse=True)]
    write_rows(data / "sample_submission_v2.csv", [columns, *[[f"im_{n}", *[0.5] * 5] for n in range(30, 40)]])
    task, found = made()
    assert found.kind == "multi-label" and [column.name for column in found.submission.columns] == columns
    sample = task.reader(data, "train")[0]
    assert [name for name, has in zip(found.classes, sample.y, strict=True) if has] == [cells[0]]
    assert list(found.classes) == columns[1:]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", "git lfs pull"),
        ("\n<!DOCTYPE html>\n<html><body>log in</body></html>\n", "web page"),
    ],
)
def test_what_is_left_where_a_table_should_be_is_called_by_its_name(data, text, words):
    (data / "train.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        inspect_folder(data, Options())


def test_lists_of_images_without_a_header(data, made):
    for number in range(12):
        picture = np.random.default_rng(number).integers(0, 255, (12, 12, 3), np.uint8)
        write_image(data / "images" / f"{number:03}.jpg", picture)
    (data / "train_list.txt").write_text("".join(f"images/{n:03}.jpg {n % 2}\n" for n in range(8)))
    (data / "test_list.txt").write_text("".join(f"images/{n:03}.jpg\n" for n in range(8, 12)))
    task, found = made()
    assert (found.counts, found.targets, found.classes) == ({"train": 8, "test": 4}, ("label",), ("0", "1"))
    assert [(s.id, s.y) for s in task.reader(data, "train")][:2] == [("images/000.jpg", 0), ("images/001.jpg", 1)]
    assert ids(task.reader(data, "test")) == [f"images/{n:03}.jpg" for n in range(8, 12)]


def test_a_column_divides_the_only_table(data, made):
    rows = [[*row, "train" if row[0] < 25 else "val" if row[0] < 30 else "test"] for row in PEOPLE[1:]]
    write_rows(data / "people.csv", [[*PEOPLE[0], "Split"], *rows])
    task, found = made(target=("left",))
    assert (found.counts, found.targets, found.source["part_column"]) == ({"train": 30, "test": 10}, ("left",), "Split")
    assert inspect_folder(data, Options()).targets == ("left",)
    assert ids(task.reader(data, "train")) == [str(n) for n in range(30)]
    assert ids(task.reader(data, "test")) == [str(n) for n in range(30, 40)]


def test_a_column_divides_the_only_table_of_images(data, made):
    for number in range(12):
        picture = np.random.default_rng(number).integers(0, 255, (12, 12, 3), np.uint8)
        write_image(data / "images" / f"{number:03}.png", picture)
    rows = [[f"{n:03}.png", ["wren", "gull"][n % 2], "train" if n < 8 else "test"] for n in range(12)]
    write_rows(data / "labels.csv", [["filename", "species", "split"], *rows])
    task, found = made()
    assert (found.counts, found.targets, found.classes) == ({"train": 8, "test": 4}, ("species",), ("gull", "wren"))
    assert len(task.reader(data, "train")) == 8
    assert ids(task.reader(data, "test")) == [f"{n:03}.png" for n in range(8, 12)]


def test_numbers_with_units_are_numbers(data, made):
    rows = [[n, f"{n / 4:.2f}%", f"${1000 * n + 5:,}", f"{900 * n:,} mi.", f"{n}xx", n % 2] for n in range(40)]
    rows[3][2] = ""
    write_rows(data / "train.csv", [["id", "rate", "income", "milage", "zip", "bad"], *rows])
    write_rows(data / "test.csv", [["id", "rate", "income", "milage", "zip"], *[[40, "7%", "$2,000", "5 mi.", "1xx"]]])
    task, found = made()
    assert found.features("number") == ("rate", "income", "milage") and found.features("left out") == ("zip",)
    assert next(fact.value for fact in found.facts if fact.name == "units") == "rate (%), income ($), milage (mi.)"
    frame = task.reader(data, "train")
    assert len(frame) == 40 and np.isfinite([sample.x for sample in frame if sample.id != "3"]).all()
    first, second = (frame[row].x for row in (8, 16))
    assert (second > first).sum() >= 3
    assert len(task.reader(data, "test")) == 1


@pytest.mark.parametrize(("delimiter", "expected"), [(",", 1250.0), (";", 1.25)])
def test_a_comma_before_three_digits_divides_thousands_unless_semicolons_divide_cells(data, made, delimiter, expected):
    rows = [[n, f"{1 + n // 4},{250 * (n % 4):03}", f"{1 + n // 3},{100 + n}"] for n in range(1, 41)]
    write_rows(data / "train.csv", [["id", "price", "area"], *rows], delimiter=delimiter)
    write_rows(data / "test.csv", [["id", "area"], *[[99, "1,500"]]], delimiter=delimiter)
    task, found = made()
    assert found.targets == ("price",) and found.features("number") == ("area",)
    assert task.reader(data, "train")[0].y == expected


@pytest.mark.parametrize("words", [False, True])
def test_a_submission_that_names_its_rows_by_several_columns(data, made, tmp_path, words):
    def cases(n: int) -> object:
        return ["low", "high"][n % 2] if words else n * 1.5

    rows = [[city, year, n % 5, cases(n)] for city in ("sj", "iq") for n, year in enumerate(range(1980, 2010))]
    write_rows(data / "train.csv", [["city", "year", "rain", "cases"], *[row for row in rows if row[1] < 2000]])
    asked = [row for row in rows if row[1] >= 2000]
    write_rows(data / "test.csv", [["city", "year", "rain"], *[row[:3] for row in asked]])
    sample = [[*row[:2], "low" if words else 0.5] for row in reversed(asked)]
    write_rows(data / "submission_format.csv", [["city", "year", "cases"], *sample])
    task, found = made()
    assert found.counts == {"train": 40, "test": 20} and task.format.names == ("city", "year", "cases")
    test = task.reader(data, "test")
    right = list(task.writer(test, [np.zeros(1, np.float32)] * 20, {}))
    assert [list(row[:2]) for row in right] == [[row[0], str(row[1])] for row in reversed(asked)]
    assert list(task.truth(task.reader(data, "train")))[1] == ("sj", "1981", cases(1))
    for number, rows in enumerate((right, right[1:] + right[:1])):
        write_rows(tmp_path / f"{number}.csv", [task.format.names, *rows])
    assert kit.check(task, tmp_path / "0.csv", data).ok
    assert kit.score(task, tmp_path / "0.csv", tmp_path / "0.csv").score == (1.0 if words else 0.0)
    faults = kit.check(task, tmp_path / "1.csv", data)
    assert not faults.ok and "iq, 2009" in str(faults)


def draw_parts(data: Path) -> None:
    for number in range(12):
        picture = np.random.default_rng(number).integers(0, 255, (12, 12, 3), np.uint8)
        write_image(data / ("train_images" if number < 9 else "test_images") / f"im{number}.jpg", picture)


@pytest.mark.parametrize(
    ("header", "rows", "sample", "words"),
    [
        (
            ["image_id", "width", "bbox"],
            [[f"im{n // 2}", 12, "[1.0, 2.0, 3.0, 4.0]"] for n in range(18)],
            ["image_id", "PredictionString"],
            "boxes of objects",
        ),
        (
            ["Image_Label", "EncodedPixels"],
            [[f"im{n}.jpg_{label}", "1 3 14 3"] for n in range(9) for label in ("Fish", "Sugar")],
            ["Image_Label", "EncodedPixels"],
            "an image and a class together",
        ),
        (
            ["ImageId", "ClassId", "EncodedPixels"],
            [[f"im{n}.jpg", 1 + n % 3, "1 3 14 3"] for n in range(9)],
            ["ImageId", "EncodedPixels", "ClassId"],
            "masks of several classes",
        ),
    ],
)
def test_contests_of_boxes_and_of_several_classes_are_called_so(data, header, rows, sample, words):
    draw_parts(data)
    write_rows(data / "train.csv", [header, *rows])
    write_rows(data / "sample_submission.csv", [sample, *[["im9.jpg", "1 1", 1][: len(sample)]]])
    with pytest.raises(DataError, match=words) as caught:
        inspect_folder(data, Options())
    assert "to do" in str(caught.value)


def test_annotations_of_boxes_beside_images_are_called_so(data):
    draw_parts(data)
    for number in range(9):
        path = data / "labels" / f"im{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(DataError, match="boxes of objects"):
        inspect_folder(data, Options())


def test_several_masks_of_an_image_are_called_so(data):
    for number in range(4):
        picture = np.random.default_rng(number).integers(0, 255, (12, 12, 3), np.uint8)
        folder = data / "stage1_train" / f"cell{number}"
        write_image(folder / "images" / f"cell{number}.png", picture)
        for half in "ab":
            write_image(folder / "masks" / f"{number}{half}.png", picture[..., 0])
    with pytest.raises(DataError, match="no mask has the name of an image") as caught:
        inspect_folder(data, Options())
    assert "join the masks" in str(caught.value)


def test_ids_that_the_two_tables_write_differently_are_refused_before_a_run(data):
    write_rows(data / "train.csv", PEOPLE)
    write_rows(data / "test.csv", ASKED)
    write_rows(data / "sample_submission.csv", [["id", "left"], *[[f"{row[0]}.0", 0] for row in ASKED[1:]]])
    with pytest.raises(DataError, match=r"'40'.*\n.*'40\.0'"):
        inspect_folder(data, Options())


def test_rows_of_a_validation_table_are_named_where_they_are_not_used(data):
    write_rows(data / "train.tsv", PEOPLE, delimiter="\t")
    write_rows(data / "dev.tsv", PEOPLE[:11], delimiter="\t")
    write_rows(data / "test.tsv", ASKED, delimiter="\t")
    assert any("10 rows of dev.tsv have labels" in warning for warning in inspect_folder(data, Options()).warnings)
