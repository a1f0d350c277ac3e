import csv
import random
import re
import shutil
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
from kit_plugins.eye_disease import TASK
from kit_plugins.eye_disease.audit import audit
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


def test_only_a_workbook_needs_openpyxl(eyes, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)  # as if it were not installed
    assert answers(eyes / "answers.csv")
    with pytest.raises(DataError, match=r"pip install 'contest-kit\[eye\]'"):
        answers(eyes / "PALM-Validation-GT" / "PM_Label_and_Fovea_Location.xlsx")
    TASK.sample(tmp_path, 8, 0)
    assert answers(tmp_path / "PALM-Validation-GT" / "labels.csv") == answers(tmp_path / "answers.csv")
    (finding,) = [finding for finding in audit(eyes) if finding.kind == "label table"]
    assert finding.level == "warning" and "openpyxl" in finding.message and "contest-kit[eye]" in finding.remedy


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
        ([HEAD, ROWS[0], ROWS[0]], r"V0001\.jpg is twice.*lines 2 and 3"),
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


def test_a_lock_file_and_a_submission_are_no_label_tables(folder):
    (folder / "answers.csv").unlink()
    (folder / "PALM-Validation-GT" / "~$PM_Label_and_Fovea_Location.xlsx").write_bytes(b"\5admin" + bytes(160))
    names = [f"V000{number}.jpg" for number in range(1, 7)]
    table(folder / "classification_results.csv", [["FileName", "PM Risk"], *[[name, 0.3] for name in names]])
    table(folder / "mine.csv", [["FileName", "PM Risk"], *[[name, 1] for name in names]])
    table(folder / "bare.csv", [[name, 0] for name in names])
    assert list(answers(folder)) == names


def test_a_submission_alone_is_not_scored_against_itself(folder, kit_cli):
    (folder / "answers.csv").unlink()
    (folder / "PALM-Validation-GT" / "PM_Label_and_Fovea_Location.xlsx").unlink()
    rows = [[f"V000{number}.jpg", number % 2] for number in range(1, 7)]
    mine = table(folder / "mine.csv", [["FileName", "PM Risk"], *rows])
    result = kit_cli("score", "eye_disease", mine, "--answers", folder)
    assert result.exit_code == 1 and "no label table" in result.stderr


@pytest.mark.parametrize("name", ["V0001", "V0001.JPG", "V0001.png", "PALM-Validation400/V0001.jpg", "a\\V0001.jpg"])
def test_a_name_in_another_form_is_the_contests(tmp_path, name):
    assert answers(table(tmp_path / "labels.csv", [HEAD[1:3], [name, 1]])) == {"V0001.jpg": 1.0}


def test_tables_of_several_parts_are_no_contradiction(tmp_path):
    for part, letter in (("Training", "P"), ("Validation", "V"), ("Testing", "T")):
        (tmp_path / part).mkdir()
        rows = [[f"{letter}000{number}.jpg", number % 2] for number in range(1, 4)]
        table(tmp_path / part / "Classification Labels.xlsx", [["imgName", "Label"], *rows])
    assert answers(tmp_path) == {"V0001.jpg": 1.0, "V0002.jpg": 0.0, "V0003.jpg": 1.0}


def test_labels_of_a_part_are_named_and_not_the_submission(folder, kit_cli, tmp_path):
    submission = tmp_path / "s.csv"
    submission.write_text((folder / "answers.csv").read_text())
    lines = (folder / "answers.csv").read_text().splitlines(keepends=True)
    (folder / "answers.csv").write_text("".join(lines[:-2]))
    shutil.rmtree(folder / "PALM-Validation-GT")
    result = kit_cli("score", "eye_disease", submission, "--answers", folder)
    assert result.exit_code == 1 and "answers do not have every id" in result.stderr and "answers.csv" in result.stderr
    (finding,) = [finding for finding in audit(folder) if finding.kind == "images without labels"]
    assert finding.level == "error"


@pytest.mark.parametrize("position", ["A2000000000", "ZZZ1000"])
def test_a_small_workbook_that_claims_very_many_cells_is_refused(tmp_path, position):
    path = table(tmp_path / "labels.xlsx", [HEAD, *ROWS])
    row = re.sub(r"\D", "", position)
    extra = f'<row r="{row}"><c r="{position}"><v>1</v></c></row>' * (1 if "A" in position else 100)
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"</sheetData>", extra.encode() + b"</sheetData>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    start = time.process_time()
    with pytest.raises(DataError, match=r"(?s)workbook.*labels\.xlsx"):
        read_answers(path)
    assert time.process_time() - start < 10


@pytest.mark.slow
@pytest.mark.parametrize("name", ["labels.xlsx", "labels.csv"])
def test_mutated_tables_are_read_or_refused_by_name(tmp_path, name):
    path = table(tmp_path / name, [HEAD, *ROWS])
    sound, rng = path.read_bytes(), random.Random(name)
    for _ in range(300):
        data = bytearray(sound)
        for _ in range(rng.randint(1, 6)):
            position, length = rng.randrange(len(data)), rng.choice([1, 1, 4, 60])
            data[position : position + length] = rng.choice([b"", rng.randbytes(length), bytes(length)])
        path.write_bytes(data)
        try:
            read_answers(path)
        except DataError as error:
            assert name in str(error)
