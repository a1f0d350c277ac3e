import csv
from pathlib import Path

import openpyxl
import pytest
from kit_plugins.eye_disease import TASK
from kit_plugins.eye_disease.labels import read_answers

from kit import DataError

HEAD = ["ID", "imgName", "Label", "Fovea_X", "Fovea_Y"]
ROWS = [[1, "V0001.jpg", 0, 1157.74, 1019.87], [2, "V0002.jpg", 1, 1285.82, 1080.47], [3, "V0003.jpg", 1, 0, 0]]
EXPECTED = {"V0001.jpg": 0.0, "V0002.jpg": 1.0, "V0003.jpg": 1.0}


def table(path: Path, rows: list[list[object]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    return path


def answers(path: Path) -> dict[str, float]:
    found = read_answers(path)
    assert list(found.truth["FileName"]) == list(found.ids)
    return dict(zip(found.ids, found.truth["PM Risk"], strict=True))


@pytest.mark.parametrize("name", ["PM_Label_and_Fovea_Location.xlsx", "labels.csv"])
def test_the_contest_s_own_table_is_read(tmp_path, name):
    assert answers(table(tmp_path / name, [HEAD, *ROWS])) == EXPECTED


@pytest.mark.parametrize("name", ["labels.xlsx", "labels.csv"])
def test_columns_are_found_by_name_in_any_order_beside_others(tmp_path, name):
    order = [3, 2, 0, 1]
    rows = [[None, *[HEAD[at] for at in order]], *[[i, *[row[at] for at in order]] for i, row in enumerate(ROWS)]]
    assert answers(table(tmp_path / name, rows)) == EXPECTED


def test_a_submission_with_or_without_its_header_is_read(tmp_path):
    rows = [["V0001.jpg", 0], ["V0002.jpg", 1], ["V0003.jpg", "1.0"]]
    assert answers(table(tmp_path / "a.csv", rows)) == EXPECTED
    assert answers(table(tmp_path / "b.csv", [["FileName", "PM Risk"], *rows])) == EXPECTED


def test_a_byte_order_mark_semicolons_and_blank_lines_do_no_harm(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("\ufeffimgName;Label\r\nV0001.jpg;0\r\n\r\nV0002.jpg;1\r\nV0003.jpg;1\r\n", encoding="utf-8")
    assert answers(path) == EXPECTED


def test_a_second_sheet_that_holds_the_columns_is_found(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["read me"])
    for row in [HEAD, *ROWS]:
        (book["labels"] if "labels" in book else book.create_sheet("labels")).append(row)
    book.save(tmp_path / "labels.xlsx")
    assert answers(tmp_path / "labels.xlsx") == EXPECTED


def test_the_table_of_a_data_folder_is_found(eyes):
    assert answers(eyes) == answers(eyes / "answers.csv")
    assert answers(eyes / "PALM-Validation-GT" / "PM_Label_and_Fovea_Location.xlsx") == answers(eyes / "answers.csv")


def test_tables_of_one_folder_that_contradict_each_other_are_refused(folder):
    text = (folder / "answers.csv").read_text()
    (folder / "answers.csv").write_text(text.replace(",0", ",2").replace(",1", ",0").replace(",2", ",1"))
    with pytest.raises(DataError, match="contradict each other"):
        read_answers(folder)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [["ID", "imgName", "Fovea_X", "Fovea_Y"], [1, "V0001.jpg", 3, 4]],
            r"lacks the columns.*imgName and Label.*ID, imgN",
        ),
        ([HEAD], "label table is empty"),
        ([HEAD, [1, "V0001.jpg", 2, 0, 0]], r"line 2.*0 or 1.*V0001\.jpg: 2"),
        ([HEAD, ROWS[0], [2, "V0002.jpg", None, 0, 0]], r"line 3.*V0002\.jpg: no label"),
        ([HEAD, ROWS[0], [2, None, 1, 0, 0]], r"line 3.*no name: 1"),
        ([HEAD, ROWS[0], ROWS[0]], r"V0001\.jpg stands twice.*lines 2 and 3"),
    ],
)
@pytest.mark.parametrize("name", ["labels.xlsx", "labels.csv"])
def test_a_wrong_table_is_refused_with_the_line_and_what_to_do(tmp_path, rows, words, name):
    with pytest.raises(DataError, match=f"(?s){words}.*to do:|(?s:{words})"):
        read_answers(table(tmp_path / name, rows))


@pytest.mark.parametrize(
    ("name", "data"), [("labels.xlsx", b"PK no"), ("labels.xlsx", b""), ("labels.csv", b"\xff\xfe\x00")]
)
def test_a_file_that_is_no_table_is_named(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=rf"(?s)cannot be read.*{name}"):
        read_answers(tmp_path / name)


def test_a_folder_without_a_table_says_which_is_expected(folder):
    (folder / "answers.csv").unlink()
    (folder / "PALM-Validation-GT" / "PM_Label_and_Fovea_Location.xlsx").unlink()
    with pytest.raises(DataError, match=r"(?s)no label table.*PM_Label_and_Fovea_Location\.xlsx"):
        read_answers(folder)


def test_the_workbook_scores_a_submission(eyes, kit_cli, tmp_path):
    path = tmp_path / TASK.format.filename
    path.write_text((eyes / "answers.csv").read_text())
    workbook = eyes / "PALM-Validation-GT" / "PM_Label_and_Fovea_Location.xlsx"
    result = kit_cli("score", "eye_disease", path, "--answers", workbook, "--json")
    assert result.exit_code == 0 and '"score": 1.0' in result.stdout and '"sensitivity": 1.0' in result.stdout


def test_a_submission_without_its_header_is_accepted(eyes, kit_cli, tmp_path):
    path = tmp_path / TASK.format.filename
    path.write_text("".join((eyes / "answers.csv").read_text().splitlines(keepends=True)[1:]))
    assert kit_cli("check", "eye_disease", path, "--data", eyes).exit_code == 0
