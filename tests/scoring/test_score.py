from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kit
from kit import metrics
from kit.errors import DataError, KitError, PluginError, SubmissionError
from kit.scoring import Score, held_out_score, score
from kit.scoring.answers import public_rows, read_answers
from kit.scoring.arrays import value_rows
from kit.scoring.default_rows import default_cells, default_truth, default_writer
from kit.scoring.interval import score_interval, wilson_interval
from kit.scoring.rows import row_order, rows_table


@pytest.fixture
def auc(toy: kit.Task) -> kit.Task:
    """The toy task with probabilities and ROC AUC."""
    rows = kit.Format(columns=(kit.text("name"), kit.number("p", 0, 1)), id="name")
    metric = kit.Metric(name="auc", function=metrics.roc_auc, higher_is_better=True)
    return dataclasses.replace(toy, name="auc", format=rows, metric=metric)


def write(path: Path, header: str, rows: list[tuple[Any, ...]]) -> Path:
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    return write(tmp_path / "answers.csv", "id,label", [(i, i % 2) for i in range(1, 401)])


@pytest.fixture
def guess(tmp_path: Path) -> Path:
    """A tenth of the labels is wrong."""
    return write(tmp_path / "guess.csv", "id,label", [(i, (i % 2) ^ (i % 10 == 0)) for i in range(1, 401)])


def test_answers_score_perfectly_with_the_documented_json(toy: kit.Task, answers: Path) -> None:
    result = score(toy, answers, answers).as_dict()
    assert result == {
        "task": "bars",
        "metric": "accuracy",
        "score": 1.0,
        "higher_is_better": True,
        "interval": list(wilson_interval(400, 400)),
        "rows": 400,
        "details": {},
    }
    assert list(result) == ["task", "metric", "score", "higher_is_better", "interval", "rows", "details"]


def test_the_interval_of_an_accuracy_is_that_of_a_fraction(toy: kit.Task, answers: Path, guess: Path) -> None:
    first = score(toy, guess, answers)
    assert first == score(toy, guess, answers)
    assert first.score == 0.9
    assert first.interval is not None
    half = 1.96 * math.sqrt(0.9 * 0.1 / 400)
    assert first.interval == pytest.approx((0.9 - half, 0.9 + half), abs=0.006)
    assert score(toy, guess, answers, seed=1).interval == first.interval
    assert score(toy, guess, answers, bootstrap=False).interval is None


def test_neither_file_s_order_changes_the_score_the_interval_or_the_parts(
    toy: kit.Task, answers: Path, guess: Path, tmp_path: Path
) -> None:
    shuffled = []
    for path in (answers, guess):
        head, *lines = path.read_text().splitlines()
        np.random.default_rng(5).shuffle(lines)
        shuffled.append(tmp_path / f"shuffled-{path.name}")
        shuffled[-1].write_text("\n".join([head, *lines]) + "\n")
    plain, other = score(toy, guess, answers), score(toy, shuffled[1], shuffled[0])
    assert (plain.score, plain.public, plain.private) == (other.score, other.public, other.private)
    again = score(toy, shuffled[1], answers)
    assert (plain.interval, plain.public_interval) == (again.interval, again.public_interval)


def test_the_parts_are_disjoint_and_their_scores_make_up_the_whole(toy: kit.Task, answers: Path, guess: Path) -> None:
    result = score(toy, guess, answers)
    fraction = public_rows([str(i) for i in range(1, 401)]).mean()
    assert result.public is not None and result.private is not None
    assert fraction * result.public + (1 - fraction) * result.private == pytest.approx(result.score)


def test_without_parts_nothing_is_split(toy: kit.Task, answers: Path, guess: Path) -> None:
    result = score(toy, guess, answers, parts=False)
    assert result.public is result.private is result.public_interval is None
    assert result.notes == ()


@pytest.mark.parametrize(
    ("count", "public"), [(1, 0), (2, 1), (3, 1), (10, 5), (99, 49), (300, 100), (1000, 300), (28000, 8400)]
)
def test_the_public_part_is_three_tenths_or_half_of_a_small_set(count: int, public: int) -> None:
    assert public_rows([f"image-{i}" for i in range(count)]).sum() == public


def test_the_public_part_depends_on_the_ids_alone() -> None:
    ids = [str(i) for i in range(500)]
    mask = public_rows(ids)
    chosen = {id for id, public in zip(ids, mask, strict=True) if public}
    backwards = public_rows(ids[::-1])
    assert {id for id, public in zip(ids[::-1], backwards, strict=True) if public} == chosen
    assert sorted(chosen)[:3] == ["105", "109", "111"]  # fixed for good: a change would mix boards


def test_a_single_answer_has_no_private_part_and_no_interval(toy: kit.Task, tmp_path: Path) -> None:
    one = write(tmp_path / "one.csv", "id,label", [(1, 1)])
    result = score(toy, one, one)
    assert (result.public, result.private, result.interval) == (1.0, None, None)
    assert "too few answers for a private part" in result.notes[0]


def test_a_file_that_fails_the_check_is_not_scored(toy: kit.Task, answers: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "my file.csv", "id,label", [(i, 7 if i == 3 else 0) for i in range(1, 400)])
    with pytest.raises(SubmissionError) as caught:
        score(toy, bad, answers)
    message = str(caught.value)
    assert "id 3" in message and "id 400" in message
    assert f"kit check bars '{bad}'" in message


def test_broken_answers_are_called_answers(toy: kit.Task, guess: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "truth.csv", "id,label", [(1, 0), (1, 1)])
    with pytest.raises(DataError, match="the answers are not a perfect submission"):
        score(toy, guess, bad)


def test_a_folder_that_holds_the_answers_will_do(toy: kit.Task, answers: Path, guess: Path) -> None:
    by_folder = score(toy, guess, answers.parent)
    assert by_folder == score(toy, guess, answers)


def test_a_folder_without_answers_is_named(toy: kit.Task, guess: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as caught:
        score(toy, guess, tmp_path / "empty")
    assert "answers.csv" in str(caught.value) and str(tmp_path / "empty") in str(caught.value)


def test_a_task_may_read_answers_of_its_own(toy: kit.Task, guess: Path, tmp_path: Path) -> None:
    def read(path: Path) -> kit.Answers:
        return kit.Answers([str(i) for i in range(1, 401)], json.loads((path / "truth.json").read_text()))

    def prepare(truth: list[int], table: kit.Table) -> tuple[np.ndarray, np.ndarray]:
        return np.array(truth), table["label"]

    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "truth.json").write_text(json.dumps([i % 2 for i in range(1, 401)]))
    metric = dataclasses.replace(toy.metric, prepare=prepare)
    task = dataclasses.replace(toy, read_answers=read, metric=metric, answers="tables")
    assert score(task, guess, folder).score == score(task, guess, tmp_path).score == 0.9


def test_the_hashes_are_those_of_the_files(toy: kit.Task, answers: Path, guess: Path) -> None:
    result = score(toy, guess, answers)
    assert result.file == "guess.csv"
    assert result.file_sha256 == kit.files.sha256(guess)  # type: ignore[attr-defined]
    assert result.answers_sha256 == kit.files.sha256(answers)  # type: ignore[attr-defined]


def test_several_value_columns_become_rows_with_named_fields(toy: kit.Task, tmp_path: Path) -> None:
    format = kit.Format(columns=(kit.text("a"), kit.integer("b")), id=None, header="absent", delimiter=" ")
    both = dataclasses.replace(
        toy, format=format, metric=kit.Metric(name="both", function=metrics.accuracy, higher_is_better=True),
        writer=lambda s, p, t: [], truth=lambda s: [],
    )  # fmt: skip
    truth, guess = tmp_path / "t.txt", tmp_path / "g.txt"
    truth.write_text("1+1 2\n2+2 4\n3+3 6\n4+4 8\n")
    guess.write_text("1+1 2\n2+2 5\n3+4 6\n4+4 8\n")
    result = score(both, guess, truth)
    assert (result.score, result.rows) == (0.5, 4)
    assert result.interval is not None


def test_an_unlucky_resample_is_left_out_and_told(auc: kit.Task, tmp_path: Path) -> None:
    truth = write(tmp_path / "t.csv", "name,p", [(f"i{i}", int(i < 2)) for i in range(12)])
    guess = write(tmp_path / "g.csv", "name,p", [(f"i{i}", 0.9 if i < 1 else 0.2) for i in range(12)])
    result = score(auc, guess, truth)
    assert result.interval is not None and result.interval[1] == 1.0
    undefined = result.details["undefined_resamples"]
    assert 50 < undefined < 300
    assert f"no value on {undefined} of 1000 resamples" in result.notes[0]


def test_one_class_in_the_answers_is_said_not_scored(auc: kit.Task, tmp_path: Path) -> None:
    truth = write(tmp_path / "t.csv", "name,p", [("a", 0), ("b", 0)])
    with pytest.raises(KitError, match="auc has no value on these rows"):
        score(auc, truth, truth)


def test_a_part_without_a_value_makes_all_rows_public(auc: kit.Task, tmp_path: Path) -> None:
    truth = write(tmp_path / "t.csv", "name,p", [("a", 0), ("b", 1)])
    result = score(auc, truth, truth)
    assert (result.public, result.private) == (1.0, None)
    assert any("too few answers" in note for note in result.notes)


def test_mostly_undefined_resamples_give_no_interval() -> None:
    metric = kit.Metric(name="auc", function=metrics.roc_auc, higher_is_better=True)
    truth = np.array([1] + [0] * 1)
    interval = score_interval(metric, truth, truth, rounds=200)
    assert interval.undefined > 60
    never = kit.Metric(name="m", function=lambda t, p: math.nan, higher_is_better=True)
    assert score_interval(never, truth, truth, rounds=10).ends is None


def test_a_metric_s_own_bootstrap_is_used_and_held_to_its_shape(toy: kit.Task, answers: Path, guess: Path) -> None:
    own = dataclasses.replace(toy.metric, bootstrap=lambda t, p, rounds, rng: np.linspace(0, 1, rounds))
    interval = score(dataclasses.replace(toy, metric=own), guess, answers).interval
    assert interval == pytest.approx((0.025, 0.975))
    short = dataclasses.replace(toy.metric, bootstrap=lambda t, p, rounds, rng: np.zeros(3))
    with pytest.raises(PluginError, match="bootstrap"):
        score(dataclasses.replace(toy, metric=short), guess, answers)


def test_the_accuracy_of_a_large_file_is_resampled_at_once() -> None:
    truth = np.zeros(200_000, dtype=np.int64)
    guess = (np.arange(200_000) % 100 == 0).astype(np.int64)
    quick = kit.Metric(name="accuracy", function=metrics.accuracy, higher_is_better=True)
    start = time.perf_counter()
    ends = score_interval(quick, truth, guess).ends
    assert time.perf_counter() - start < 1
    assert ends == pytest.approx((0.99 - 0.00044, 0.99 + 0.00044), abs=0.0001)


def test_prepared_arrays_must_follow_the_ids(toy: kit.Task, answers: Path, guess: Path) -> None:
    metric = dataclasses.replace(toy.metric, prepare=lambda truth, table: (truth["label"][:5], table["label"][:5]))
    with pytest.raises(PluginError, match="prepare gave a wrong y_true"):
        score(dataclasses.replace(toy, metric=metric), guess, answers)


def test_details_are_safe_for_json(toy: kit.Task, answers: Path, guess: Path) -> None:
    def details(y_true: Any, y_pred: Any) -> dict[Any, Any]:
        return {
            "matrix": metrics.confusion_matrix(y_true, y_pred),
            0.5: np.float32(0.25),
            "bad": np.nan,
            "inf": math.inf,
        }

    metric = dataclasses.replace(toy.metric, details=details)
    result = score(dataclasses.replace(toy, metric=metric), guess, answers).as_dict()
    assert result["details"] == {"matrix": [[160, 40], [0, 200]], "0.5": 0.25, "bad": None, "inf": None}
    json.dumps(result, allow_nan=False)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_score_is_a_finite_number_or_an_error(toy: kit.Task, answers: Path, value: float) -> None:
    metric = dataclasses.replace(toy.metric, function=lambda t, p: value)
    with pytest.raises(KitError, match="no value on these rows"):
        score(dataclasses.replace(toy, metric=metric), answers, answers)


def labelled(count: int) -> list[kit.Sample]:
    return [kit.Sample(f"train/{i}", None, i % 2) for i in range(count)]


def test_held_out_predictions_score_as_a_file_would(toy: kit.Task) -> None:
    samples = labelled(10)
    values = [np.array([0.2, 0.8]) if i % 2 and i > 2 else np.array([0.7, 0.3]) for i in range(10)]
    assert held_out_score(toy, samples, values, {}) == (0.9, {})


@pytest.mark.parametrize("objective", ["classification", "binary", "multilabel", "regression"])
@pytest.mark.parametrize("kinds", ["integer", "number", "integer number", "number number number"])
@pytest.mark.parametrize("width", [1, 2, 3])
def test_the_cells_of_all_samples_at_once_are_those_of_the_default_writer(
    toy: kit.Task, objective: str, kinds: str, width: int
) -> None:
    columns = [getattr(kit, kind)(f"c{number}") for number, kind in enumerate(kinds.split())]
    form = kit.Format(columns=(kit.text("name"), *columns), id="name")
    task = dataclasses.replace(toy, writer=None, truth=None, objective=objective, format=form)
    values = np.random.default_rng(0).random((20, width)).astype(np.float32) * (1 if objective != "regression" else 9)
    samples = [kit.Sample(str(number), None) for number in range(20)]
    cells = default_cells(task, values)
    assert (cells is None) == (len(columns) not in (1, width))
    if cells is not None:
        table = rows_table(form, default_writer(form, objective)(samples, list(values), {}))
        for column in columns:
            np.testing.assert_array_equal(cells[column.name], table[column.name])
            assert cells[column.name].dtype == table[column.name].dtype
    assert default_cells(task, [np.zeros(2), np.zeros(3)]) is None
    assert default_cells(task, np.full((2, len(columns)), np.nan)) is None


def test_held_out_rows_are_joined_by_id_and_get_the_tuned_values(toy: kit.Task) -> None:
    def writer(samples: Any, predictions: Any, tuned: Any) -> list[tuple[str, int]]:
        rows = [(s.id, int(p[1] > tuned["threshold"])) for s, p in zip(samples, predictions, strict=True)]
        return rows[::-1]

    task = dataclasses.replace(toy, writer=writer)
    values = [np.array([0.9, 0.1]) if i % 2 == 0 else np.array([0.7, 0.3]) for i in range(10)]
    assert held_out_score(task, labelled(10), values, {"threshold": 0.2})[0] == 1.0
    assert held_out_score(task, labelled(10), values, {"threshold": 0.5})[0] == 0.5


def test_a_task_may_evaluate_by_itself(toy: kit.Task) -> None:
    task = dataclasses.replace(toy, evaluate=lambda s, p, t: (np.float32(0.5), {"n": np.int64(len(s))}))
    value, details = held_out_score(task, labelled(4), [np.zeros(2)] * 4, {})
    assert (value, details) == (0.5, {"n": 4})
    assert type(value) is float and type(details["n"]) is int


def test_a_held_out_part_of_one_class_is_nan_with_its_reason(auc: kit.Task) -> None:
    samples = [kit.Sample(str(i), None, 1) for i in range(3)]
    value, details = held_out_score(auc, samples, [np.array([0.5])] * 3, {})
    assert math.isnan(value)
    assert "only class 1" in details["undefined"]


def test_a_writer_that_forgets_a_sample_is_told_which(toy: kit.Task) -> None:
    task = dataclasses.replace(toy, writer=lambda s, p, t: [(sample.id, 1) for sample in s[1:]])
    with pytest.raises(PluginError, match=r"train/0"):
        held_out_score(task, labelled(4), [np.zeros(2)] * 4, {})


FORMATS: dict[str, kit.Format] = {
    "integer": kit.Format(columns=(kit.integer("id"), kit.integer("v", 0)), id="id"),
    "number": kit.Format(columns=(kit.number("v"), kit.text("id")), id="id"),
    "text": kit.Format(columns=(kit.text("id"), kit.text("v")), id="id"),
}


@pytest.mark.parametrize(
    ("kind", "prediction", "row"),
    [
        ("integer", np.array([0.1, 0.6, 0.3]), ("7", 1)),
        ("integer", np.array([0.5]), ("7", 1)),
        ("integer", np.float32(0.4), ("7", 0)),
        ("number", np.array([0.25, 0.75]), (0.75, "7")),
        ("number", np.array([0.25]), (0.25, "7")),
    ],
)
def test_the_default_writer_follows_the_column(kind: str, prediction: np.ndarray, row: tuple[Any, Any]) -> None:
    rows = list(default_writer(FORMATS[kind])([kit.Sample("7", None)], [prediction], {}))
    assert rows == [row]


TWO = kit.Format(columns=(kit.number("a"), kit.text("id"), kit.number("b")), id="id")
FLAGS = kit.Format(columns=(kit.text("id"), kit.integer("a"), kit.integer("b")), id="id")


@pytest.mark.parametrize(
    ("form", "objective", "prediction", "row"),
    [
        (TWO, "multilabel", [0.25, 0.75], (0.25, "7", 0.75)),
        (TWO, "regression", [-3.5, 8], (-3.5, "7", 8.0)),
        (FLAGS, "multilabel", [0.5, 0.4], ("7", 1, 0)),
        (FLAGS, "regression", [2.6, -1.2], ("7", 3, -1)),
        (FORMATS["integer"], "regression", [6.7], ("7", 7)),
    ],
)
def test_the_default_writer_writes_as_many_values_as_there_are_columns(form, objective, prediction, row) -> None:
    assert list(default_writer(form, objective)([kit.Sample("7", None)], [np.array(prediction)], {})) == [row]


@pytest.mark.parametrize(
    ("form", "label", "row"),
    [
        (TWO, np.array([0.5, 2.0]), (0.5, "7", 2.0)),
        (FLAGS, [1, 0], ("7", 1, 0)),
        (TWO, 1, (0.0, "7", 1.0)),
    ],
)
def test_the_default_truth_gives_the_values_of_a_label_or_the_column_of_a_class(form, label, row) -> None:
    assert list(default_truth(form)([kit.Sample("7", None, label)])) == [row]


def test_a_metric_gets_the_values_of_several_number_columns_as_a_matrix() -> None:
    table = rows_table(TWO, [(0.5, "x", 2), (1, "y", 3)])
    np.testing.assert_array_equal(value_rows(TWO, table), [[0.5, 2], [1, 3]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: list(default_writer(TWO)([kit.Sample("7", 0)], [np.zeros(3)], {})), "2 values: a, b"),
        (lambda: list(default_truth(TWO)([kit.Sample("7", None, np.zeros(3))])), r"label of shape \(3,\)"),
        (lambda: default_writer(FORMATS["text"]), "text column 'v'"),
        (lambda: default_writer(kit.Format(columns=(kit.integer("v"),), id=None)), "no default writer"),
        (lambda: list(default_writer(FORMATS["integer"])([kit.Sample("7", 0)], [np.zeros((2, 2))], {})), r"\(2, 2\)"),
        (lambda: list(default_truth(FORMATS["integer"])([kit.Sample("7", 0)])), "sample '7' has no label"),
        (lambda: rows_table(FORMATS["integer"], [(1, 2, 3)]), "row 1 is wrong"),
        (lambda: rows_table(FORMATS["integer"], [(1, 2), (2, 2.5)]), "row 2 is wrong"),
        (lambda: rows_table(FORMATS["number"], [(math.nan, 1)]), "row 1 is wrong"),
        (lambda: row_order(["1", "1"], ["1"]), "each id once"),
    ],
)
def test_rows_that_break_the_format_are_named(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(PluginError, match=message):
        call()


def test_answers_keep_the_order_of_their_file(toy: kit.Task, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,label", [(3, 0), (1, 1), (2, 0)])
    assert list(read_answers(toy, path).ids) == ["3", "1", "2"]


def test_a_score_cannot_be_changed() -> None:
    fields = {"task": "t", "metric": "m", "score": 1.0, "higher_is_better": True, "interval": None, "rows": 1}
    made = Score(**fields, details={}, file="f", file_sha256="", answers_sha256="")  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.score = 2.0  # type: ignore[misc]


def test_answers_that_lack_ids_of_the_submission_are_named_and_not_the_submission(
    toy: kit.Task, guess: Path, tmp_path: Path
) -> None:
    short = write(tmp_path / "short.csv", "id,label", [(i, i % 2) for i in range(1, 301)])
    with pytest.raises(DataError, match=r"(?s)answers do not have every id.*300; without an answer: 301.*short\.csv"):
        score(toy, guess, short)


def test_a_submission_that_lacks_ids_is_still_the_submissions_fault(
    toy: kit.Task, answers: Path, tmp_path: Path
) -> None:
    few = write(tmp_path / "few.csv", "id,label", [(i, 0) for i in range(1, 301)])
    with pytest.raises(SubmissionError, match=r"few\.csv"):
        score(toy, few, answers)


def test_a_folder_in_the_position_of_the_answers_is_called_answers(toy: kit.Task, guess: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "answers.csv").mkdir(parents=True)
    with pytest.raises(DataError, match="the answers cannot be read"):
        score(toy, guess, tmp_path / "data")


def test_groups_are_drawn_as_wholes_and_make_the_interval_wider() -> None:
    rng = np.random.default_rng(0)
    right = np.repeat(rng.random(20) < 0.7, 10)  # rows of a group are all right or all wrong
    y_true, y_pred = np.ones(200, int), right.astype(int)
    metric = kit.Metric(name="accuracy", function=metrics.accuracy, higher_is_better=True, best=1.0)
    alone = score_interval(metric, y_true, y_pred).ends
    grouped = score_interval(metric, y_true, y_pred, groups=np.repeat(np.arange(20), 10).astype(str)).ends
    assert alone is not None and grouped is not None
    assert grouped[1] - grouped[0] > 2 * (alone[1] - alone[0])


def test_kaggles_column_of_usage_is_the_public_part(toy: kit.Task, toy_folder: Path) -> None:
    answers = toy_folder / "answers.csv"
    lines = answers.read_text().splitlines()
    submission = toy_folder / "submission.csv"
    wrong = [f"{line.split(',')[0]},{1 - int(line.split(',')[1])}" for line in lines[1:6]]
    submission.write_text("\n".join([lines[0], *wrong, *lines[6:]]) + "\n")
    usage = ["Usage", *["Public"] * 10, *["Private"] * (len(lines) - 11)]
    answers.write_text("".join(f"{line},{part}\n" for line, part in zip(lines, usage, strict=True)))
    found = score(toy, submission, answers)
    assert found.public == 0.5 and found.private == 1.0 and found.score == 0.75
    answers.write_text(answers.read_text().replace("Private", "Ignored", 1))
    with pytest.raises(DataError, match="line 12"):
        score(toy, submission, answers)
    with pytest.raises(PluginError, match="'groups' does not fit"):
        kit.Answers(["1"], None, groups=["a", "b"])
