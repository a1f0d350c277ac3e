"""Columns as contests have them: ids of another name in each part, counts, titles, what only one part fills."""

from __future__ import annotations

import numpy as np
import pytest

from kit.discovery import discover
from kit.discovery.scaffold import new_task
from kit.errors import DataError, KitError
from kit.inspection import Options, inspect_folder
from tests.inspection.drawn_contests import write_rows


def write_parts(folder, header, train, test_header, test, sample=None):
    write_rows(folder / "train.csv", [header, *train])
    write_rows(folder / "test.csv", [test_header, *test])
    if sample:
        write_rows(folder / "sample_submission.csv", sample)


def test_an_id_in_capitals_is_found_without_a_sample_submission(data):
    train = [[n, n % 7, n * 1.5] for n in range(40)]
    write_parts(data, ["Id", "x", "SalePrice"], train, ["Id", "x"], [[90, 1], [91, 2]])
    found = inspect_folder(data, Options())
    assert (found.id, found.features("number")) == ("Id", ("x",))


def test_a_column_that_the_test_part_never_fills_is_left_out(data):
    train = [[n, n % 7, f"2014-01-{n % 28 + 1:02}", n % 2] for n in range(40)]
    write_parts(data, ["id", "x", "booked", "y"], train, ["id", "x", "booked"], [[90, 1, ""], [91, 2, ""]])
    found = inspect_folder(data, Options())
    notes = {column.name: (column.feature, column.note) for column in found.columns}
    assert notes["booked"] == ("left out", "every cell is missing in the test part")


def test_many_whole_numbers_of_which_some_are_rare_are_a_count(data, facts):
    train = [[n, n % 7, n % 6 + n // 6 % 6 + n // 36] for n in range(216)]
    write_parts(data, ["id", "x", "rings"], train, ["id", "x"], [[90, 1], [91, 2]])
    assert (facts(data)["kind"].value, facts(data)["kind"].confidence) == ("a number (regression)", "unclear")
    assert facts(data, kind="classes")["kind"].value == "16 classes"


def test_titles_beside_prose_are_texts(data):
    prose = [f"word{n} and five more plain words {n}" for n in range(40)]
    train = [[n, f"Shirt number {n}", prose[n], n * 1.5] for n in range(40)]
    header = ["id", "name", "item_description"]
    write_parts(data, [*header, "price"], train, header, [[90, "Blue shirt", "some words"], [91, "Bag", "other words"]])
    assert inspect_folder(data, Options()).features("text") == ("name", "item_description")


def test_an_id_that_has_another_name_in_the_training_part_names_test_rows_alone(data, tmp_path):
    train = [[n, n % 7, n % 2] for n in range(40)]
    sample = [["test_id", "y"], [0, 0], [1, 1]]
    write_parts(data, ["train_id", "x", "y"], train, ["test_id", "x"], [[0, 1], [1, 2]], sample)
    new_task("mercari", tmp_path / "plugins", "", inspect_folder(data, Options()))
    task = discover([tmp_path / "plugins"]).task("mercari")
    assert [sample.id for sample in task.reader(data, "test")] == ["0", "1"]
    assert len({sample.id for sample in task.reader(data, "train")}) == 40


def test_a_submission_has_the_delimiter_of_its_example(data, tmp_path):
    train = [[n, n % 7, n % 2] for n in range(40)]
    write_parts(data, ["id", "x", "y"], train, ["id", "x"], [[90, 1], [91, 2]])
    write_rows(data / "sample_submission.csv", [["id", "y"], [90, 0], [91, 1]], delimiter=";")
    new_task("semicolons", tmp_path / "plugins", "", inspect_folder(data, Options()))
    assert discover([tmp_path / "plugins"]).task("semicolons").format.delimiter == ";"


CLASSES = ["DAP", "Urea", "20-20"]


@pytest.mark.parametrize(("metric", "rows"), [("MAP@2", (1, 1)), ("NDCG@2", (1, 2))])
def test_rankings_are_written_in_a_cell_or_in_rows_as_the_metric_has_them(data, tmp_path, metric, rows):

    train = [[n, n % 7, CLASSES[n % 3]] for n in range(40)]
    write_parts(data, ["id", "x", "sold"], train, ["id", "x"], [[90, 1]], [["id", "sold"], [90, "DAP"]])
    new_task("ranked", tmp_path / "plugins", "", inspect_folder(data, Options(metric=metric)))
    task = discover([tmp_path / "plugins"]).task("ranked")
    samples = task.reader(data, "test")
    written = list(task.writer(samples, [np.array([0.2, 0.5, 0.3])], {}))
    listed = [("90", "DAP Urea")] if metric == "MAP@2" else [("90", "DAP"), ("90", "Urea")]
    assert task.format.rows_per_id == rows
    assert written == listed, "classes are in the order of their names: 20-20, DAP, Urea"


def test_classes_that_hold_a_space_are_no_list_in_a_cell(data):
    train = [[n, n % 7, ["red kite", "owl", "jay"][n % 3]] for n in range(40)]
    write_parts(data, ["id", "x", "bird"], train, ["id", "x"], [[90, 1]])
    with pytest.raises(DataError, match="divides the classes"):
        inspect_folder(data, Options(metric="MAP@2"))


def test_features_and_labels_in_two_tables_are_joined_by_their_id(data, tmp_path):
    write_rows(data / "train_values.csv", [["id", "x"], *[[n, n % 7] for n in range(40)]])
    write_rows(data / "train_labels.csv", [["id", "y"], *[[39 - n, (39 - n) % 2] for n in range(40)]])
    write_rows(data / "test_values.csv", [["id", "x"], [90, 1], [91, 2]])
    write_rows(data / "submission_format.csv", [["id", "y"], [90, 0], [91, 1]])
    found = inspect_folder(data, Options())
    assert (found.id, found.targets, found.features("number")) == ("id", ("y",), ("x",))
    new_task("joined", tmp_path / "plugins", "", found)
    samples = discover([tmp_path / "plugins"]).task("joined").reader(data, "train")
    assert [sample.y for sample in samples[:4]] == [0, 1, 0, 1]


def test_arrays_of_vectors_are_a_table_of_numbers(data, tmp_path):
    x = np.random.default_rng(0).normal(size=(50, 5))
    data.mkdir(exist_ok=True)
    np.savez(data / "contest.npz", X_train=x[:40], y_train=x[:40, 0] * 2, X_test=x[40:])
    found = inspect_folder(data, Options())
    assert (found.layout, found.kind, len(found.features("number"))) == ("table", "regression", 5)
    new_task("vectors", tmp_path / "plugins", "", found)
    task = discover([tmp_path / "plugins"]).task("vectors")
    assert [sample.id for sample in task.reader(data, "test")] == [str(n) for n in range(10)]
    assert [float(s.y[0]) for s in task.reader(data, "train")] == pytest.approx((x[:40, 0] * 2).tolist())


def test_probabilities_of_rows_that_several_columns_name_are_refused(data):
    rows = [["sj", n // 4, n % 4, n % 2] for n in range(40)]
    write_parts(data, ["city", "year", "week", "cases"], rows, ["city", "year", "week"], [row[:3] for row in rows[:9]])
    write_rows(
        data / "sample_submission.csv", [["city", "year", "week", "cases"], *[[*row[:3], 0] for row in rows[:9]]]
    )
    with pytest.raises(DataError, match="several columns, which is supported for classes and numbers only"):
        inspect_folder(data, Options(metric="auc"))


def test_logarithms_are_not_offered_for_targets_below_0(data, facts):
    train = [[n, n % 7, n - 20.5] for n in range(40)]
    write_parts(data, ["id", "x", "profit"], train, ["id", "x"], [[90, 1], [91, 2]])
    assert "RMSLE" not in facts(data)["metric"].reason
    with pytest.raises(KitError, match="RMSLE does not fit"):
        inspect_folder(data, Options(metric="rmsle"))
