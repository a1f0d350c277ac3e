"""Every metric that new-task knows is written as code that gives a perfect submission the best score."""

from __future__ import annotations

import numpy as np
import pytest

from kit.discovery import discover
from kit.discovery.scaffold import new_task
from kit.inspection import Options, inspect_folder
from kit.inspection.metric_names import METRICS
from kit.scoring.arrays import evaluate, metric_arrays
from kit.scoring.default_rows import truth_of
from kit.scoring.rows import rows_table
from tests.inspection.drawn_contests import write_rows

LOWER = ("RMSE", "RMSLE", "MAE", "log loss", "mean column-wise RMSE", "mean column-wise log loss")
# Masks, and submissions with several labels in one cell, are laid out differently.
PLAIN = [metric for metric in METRICS if metric.values != ("labels",)]
CASES = [(metric.name, kind) for metric in PLAIN for kind in metric.kinds if kind != "masks"]
CASES += [("MAP@2", "classes"), ("NDCG@2", "classes")]
# What a row of the training part holds behind id and x, by the number of the row.
TARGETS = {
    "binary": (["y"], lambda n: [n % 2]),
    "classes": (["y"], lambda n: [["low", "middle", "high"][n % 3]]),
    "regression": (["y"], lambda n: [n * 1.5]),
    "several numbers": (["a", "b"], lambda n: [n * 1.5, -n * 2.5]),
    "multi-label": (["a", "b"], lambda n: [n % 2, n // 2 % 2]),
}


@pytest.mark.parametrize(("metric", "kind"), CASES)
def test_a_perfect_submission_has_the_best_score_and_another_one_has_not(metric, kind, tmp_path):
    names, values = TARGETS[kind]
    rows = [[n, n % 7, *values(n)] for n in range(36)]
    write_rows(tmp_path / "data" / "train.csv", [["id", "x", *names], *rows])
    write_rows(tmp_path / "data" / "test.csv", [["id", "x"], [90, 1], [91, 2]])
    columns = names
    if kind == "classes" and metric in ("log loss", "mean column-wise AUC"):
        columns = ["low", "middle", "high"]
    write_rows(tmp_path / "data" / "sample_submission.csv", [["id", *columns], [90, *[0.5] * len(columns)]])
    found = inspect_folder(tmp_path / "data", Options(metric=metric, kind="regression" if "numbers" in kind else ""))
    assert (found.kind, found.metric) == (kind, metric)
    new_task("scored", tmp_path / "plugins", "", found)
    task = discover([tmp_path / "plugins"]).task("scored")
    samples = task.reader(tmp_path / "data", "train")
    truth = rows_table(task.format, truth_of(task)(samples))
    reversed_ids = [(row[0], *other[1:]) for row, other in zip(rows, list(truth_of(task)(samples))[::-1], strict=True)]
    wrong = rows_table(task.format, reversed_ids)
    perfect, worse = (
        evaluate(task.metric, *metric_arrays(task.metric, task.format, truth, guess, len(samples)))
        for guess in (truth, wrong)
    )
    best = 0.0 if metric in LOWER else 1.0
    assert perfect == pytest.approx(best, abs=1e-6)
    assert task.metric.higher_is_better is (metric not in LOWER)
    assert worse < perfect if task.metric.higher_is_better else worse > perfect
    assert np.isfinite(worse)
