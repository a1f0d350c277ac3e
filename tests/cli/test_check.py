"""``kit check``: what it prints, where, and how it ends."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def answers(toy_folder, toy_plugins):
    return toy_folder / "answers.csv"


def test_a_good_file_ends_with_zero_and_its_number_of_rows(kit_cli, toy_folder, answers):
    result = kit_cli("check", "bars", answers, "--data", toy_folder)
    assert result.exit_code == 0
    assert result.stdout == f"{answers}: 20 rows, no faults\n"


def test_without_data_a_note_says_that_ids_were_not_checked(kit_cli, answers):
    result = kit_cli("check", "bars", answers)
    assert result.exit_code == 0
    assert "ids were not checked" in result.stdout and "--data DIR" in result.stdout


def test_every_fault_is_a_line_and_the_end_is_one(kit_cli, toy_folder, answers):
    lines = answers.read_text().splitlines()
    lines[3], lines[8] = "3,1.0", "8,2"
    del lines[12]
    answers.write_text("\n".join(lines))
    result = kit_cli("check", "bars", answers, "--data", toy_folder)
    assert result.exit_code == 1
    printed = result.stdout.splitlines()
    assert printed[0] == "row_count: expected 20 rows, found 19 rows. write one row for every id of the test set"
    assert printed[1].startswith("line 4, id 3: integer: expected integer from 0 to 1, found 1.0. write 1, not 1.0")
    assert printed[2] == "line 9, id 8: range: expected integer from 0 to 1, found 2. write an integer from 0 to 1"
    assert printed[3].startswith("id 12: missing_id:")
    assert printed[4] == f"{answers}: 19 rows, 4 faults (1 integer, 1 range, 1 row_count, 1 missing_id)"


def test_json_is_the_documented_form_of_a_fault(kit_cli, answers):
    answers.write_text(answers.read_text().replace("\n5,", "\n5,x"))
    result = kit_cli("check", "bars", answers, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert list(found["faults"][0]) == ["kind", "line", "id", "expected", "found", "remedy"]
    assert (found["faults"][0]["line"], found["faults"][0]["id"]) == (6, "5")
    assert "ids were not checked" in found["note"]


def test_lists_are_cut_at_the_limit(kit_cli, answers):
    answers.write_text("id,label\n" + "".join(f"{number},9\n" for number in range(1, 21)))
    result = kit_cli("check", "bars", answers, "--limit", 3)
    assert result.stdout.count("range: ") == 3
    assert "... and 17 more" in result.stdout and "20 faults" in result.stdout
    found = json.loads(kit_cli("check", "bars", answers, "--limit", 3, "--json").stdout)
    assert len(found["faults"]) == 3 and found["total_faults"] == 20


def test_warnings_leave_the_exit_code_alone(kit_cli, toy_folder, answers):
    answers.write_bytes(b"\xef\xbb\xbf" + answers.read_bytes())
    result = kit_cli("check", "bars", answers, "--data", toy_folder)
    assert result.exit_code == 0
    assert result.stdout.startswith("warning: line 1: encoding")


def test_what_a_file_holds_cannot_disturb_the_terminal(kit_cli, answers):
    answers.write_text(answers.read_text().replace("\n5,", "\n5,\x1b[2J\u202e"))
    result = kit_cli("check", "bars", answers)
    assert result.exit_code == 1
    assert "\x1b" not in result.stdout and "\u202e" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["bars"], 2, "FILE"),
        (["bars", "nowhere.csv"], 2, "nowhere.csv"),
        (["bars", "{answers}", "--limit", "-1"], 2, "--limit"),
        (["bars", "{answers}", "--data", "nowhere"], 2, "nowhere"),
        (["barz", "{answers}"], 1, "bars"),
    ],
)
def test_wrong_use_ends_with_two_and_a_wrong_task_with_one(kit_cli, answers, arguments, code, message):
    result = kit_cli("check", *(argument.format(answers=answers) for argument in arguments))
    assert result.exit_code == code
    assert message in result.stderr


def test_help_has_an_example(kit_cli):
    assert "Example: kit check digit_recognizer submission.csv" in kit_cli("check", "--help").stdout
