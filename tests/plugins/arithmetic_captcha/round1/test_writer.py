"""The submission: what the contest accepts, what a user is warned of, and what it scores."""

import time

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import TEXT, metric
from kit_plugins.arithmetic_captcha.round1 import TASK
from kit_plugins.arithmetic_captcha.round1.grammar import EXPRESSIONS
from kit_plugins.arithmetic_captcha.round1.result import answer_fault, result_of

from kit.scoring import score
from kit.submission import check


def perfect(count, seed=0):
    rng = np.random.default_rng(seed)
    drawn = [EXPRESSIONS.random_text(rng) for _ in range(count)]
    return [f"{expression} {result_of(expression)}" for expression in drawn]


def written(folder, lines, name="submission.txt"):
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def checked(folder, lines, count=None):
    ids = [str(number) for number in range(len(lines) if count is None else count)]
    return check(written(folder, lines), TASK.format, ids)


def test_a_right_submission_has_neither_fault_nor_warning(tmp_path):
    report = checked(tmp_path, perfect(50))
    assert report.ok
    assert not report.warnings


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("(1+2*3 7", "expression"),
        ("1+2 3", "expression"),
        ("1+2*3 ", "result"),
        ("1+2*3 9", "result"),
        ("1+2*3 7.0", "result"),
        ("1+2*3 nan", "result"),
        ("1+2*3 07", "result"),
    ],
)
def test_a_wrong_line_is_a_warning_that_names_it(line, kind, tmp_path):
    lines = perfect(9)
    lines[4] = line
    report = checked(tmp_path, lines)
    assert report.ok
    assert [(warning.kind, warning.line) for warning in report.warnings] == [(kind, 5)]


@pytest.mark.parametrize(
    ("change", "kind", "line"),
    [
        (lambda lines: lines[:-1], "row_count", None),
        (lambda lines: [*lines, "1+1+1 3"], "row_count", 10),
        (lambda lines: [*lines[:3], lines[3].replace(" ", "  "), *lines[4:]], "spaces", 4),
        (lambda lines: [*lines[:3], lines[3].replace(" ", ""), *lines[4:]], "fields", 4),
        (lambda lines: [*lines[:3], "", *lines[4:]], "blank_line", 4),
        (lambda lines: [*lines[:3], lines[3] + " 7", *lines[4:]], "fields", 4),
    ],
    ids=["missing", "extra", "two spaces", "no space", "blank line", "three cells"],
)
def test_what_the_contest_would_not_accept_is_a_fault(change, kind, line, tmp_path):
    report = checked(tmp_path, change(perfect(9)), 9)
    assert not report.ok
    assert (kind, line) in [(fault.kind, fault.line) for fault in report.faults]


def test_bytes_that_are_not_utf8_are_a_fault_with_their_line(tmp_path):
    path = written(tmp_path, perfect(5))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\xe9\n", 2))
    report = check(path, TASK.format, [str(i) for i in range(5)])
    assert not report.ok
    assert {fault.line for fault in report.faults} == {1, 2}


def test_a_file_of_the_contests_size_is_checked_in_seconds_and_every_broken_line_named(tmp_path):
    lines = perfect(2_000) * 100
    broken = np.random.default_rng(1).choice(len(lines), 129, replace=False)
    for position in broken:
        expression, _, result = lines[position].partition(" ")
        lines[position] = f"{expression[:-1]} {result}"
    start = time.process_time()
    report = checked(tmp_path, lines)
    assert time.process_time() - start < 10
    assert report.ok
    assert sorted(warning.line - 1 for warning in report.warnings) == sorted(broken.tolist())


def test_the_score_is_the_fraction_of_whole_lines(tmp_path):
    lines = perfect(40)
    written(tmp_path, lines, "answers.txt")
    guess = list(lines)
    guess[0] = guess[0].partition(" ")[0] + " 1000"  # the result is wrong
    guess[1] = "0*0*0 " + guess[1].partition(" ")[2]  # the expression is wrong
    guess[2] = "(1+2*3 -9999"
    found = score(TASK, written(tmp_path, guess), tmp_path)
    assert found.score == pytest.approx(37 / 40)
    assert found.details["wrong"] == 3
    assert found.details["wrong_expressions"] == 2
    assert found.interval[0] <= found.score <= found.interval[1]


def test_a_file_in_another_order_scores_what_its_lines_are_worth(tmp_path):
    lines = perfect(40)
    written(tmp_path, lines, "answers.txt")
    assert score(TASK, written(tmp_path, lines[::-1]), tmp_path).score < 0.5


def test_the_quick_bootstrap_has_the_spread_of_resampling():
    truth = np.array(["a"] * 400, dtype=object)
    guess = np.where(np.arange(400) < 360, "a", "b").astype(object)
    rng = np.random.default_rng(0)
    quick = metric.bootstrap(truth, guess, 4000, rng)
    slow = [metric.exact_match(truth[rows], guess[rows]) for rows in rng.integers(400, size=(4000, 400))]
    assert np.mean(quick) == pytest.approx(np.mean(slow), abs=2e-3)
    assert np.std(quick) == pytest.approx(np.std(slow), rel=0.1)


def test_a_text_captchas_answer_must_be_four_characters(tmp_path):
    path = tmp_path / "submission.csv"
    path.write_text("id,text\n0,0O0O\n1,abc\n")
    report = check(path, TEXT.format, ["0", "1"])
    assert [(fault.kind, fault.line) for fault in report.faults] == [("rule", 3)]


def test_nothing_is_found_wrong_with_a_right_line():
    assert answer_fault("(4*8)+8", "40") is None
