from __future__ import annotations

import base64
import dataclasses
import xml.etree.ElementTree as ET
from typing import Any

import matplotlib as mpl
import numpy as np

from kit.report.calibration import Calibration
from kit.report.learning_curves import learning_curves
from kit.report.plots import Plot
from kit.report.reliability import reliability_plot
from kit.runs.records import EpochRecord


def svg(uri: str) -> str:
    start = "data:image/svg+xml;base64,"
    assert uri.startswith(start)
    return base64.b64decode(uri[len(start) :]).decode()


def rows(folds: int = 1, epochs: int = 4, **changes: Any) -> list[EpochRecord]:
    made = [
        EpochRecord(
            fold=str(fold),
            epoch=epoch,
            learning_rate=0.1,
            train_loss=1 / epoch,
            valid_loss=1.2 / epoch,
            valid_score=epoch / 10,
            seconds=1.0,
            samples_per_second=9.0,
        )
        for fold in range(folds)
        for epoch in range(1, epochs + 1)
    ]
    return [dataclasses.replace(record, **changes) for record in made]


def texts(plot: Plot) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg(plot.light)).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  our own SVG


def test_the_curves_are_loss_and_score_with_both_themes() -> None:
    loss, score = learning_curves(rows(2), {"0": 3, "1": 4}, "accuracy")
    assert (loss.title, score.title) == ("Loss", "Held-out accuracy")
    assert loss.light != loss.dark
    assert {"train", "held-out", "epoch", "loss"} <= set(texts(loss))
    assert {"fold 0", "fold 1", "accuracy"} <= set(texts(score))
    assert score.alt == "Held-out accuracy over 2 folds: from 0.1 in epoch 1 to 0.4 in epoch 4."


def test_where_the_metric_is_another_the_accuracy_of_training_and_held_out_has_a_plot_of_its_own() -> None:
    found = learning_curves(rows(train_accuracy=0.75, valid_details={"accuracy": 0.5}), {"0": 3}, "log loss")
    assert [plot.title for plot in found] == ["Loss", "Held-out log loss", "Training and held-out accuracy"]
    assert "from 0.5 in epoch 1" in found[2].alt and "from 0.75 in epoch 1" in found[2].alt
    assert len(learning_curves(rows(train_accuracy=0.75, valid_details={"other": 0.5}), {}, "log loss")) == 2


def test_the_chosen_epoch_changes_the_plot() -> None:
    assert learning_curves(rows(), {"0": 2}, "accuracy")[1] != learning_curves(rows(), {"0": 3}, "accuracy")[1]


def test_plots_are_the_same_byte_for_byte_and_hold_no_date() -> None:
    first, again = (learning_curves(rows(3), {"1": 2}, "accuracy") for _ in range(2))
    assert first == again
    assert "<dc:date>" not in svg(first[0].light)


def test_the_users_own_settings_do_not_change_a_plot() -> None:
    plain = learning_curves(rows(), {}, "accuracy")
    with mpl.rc_context({"axes.facecolor": "red", "font.size": 30, "svg.hashsalt": "other"}):
        assert learning_curves(rows(), {}, "accuracy") == plain


def test_what_was_not_measured_is_left_out() -> None:
    assert [plot.title for plot in learning_curves(rows(valid_score=None), {}, "accuracy")] == ["Loss"]
    assert learning_curves([], {}, "accuracy") == []


def test_a_loss_that_was_not_measured_is_not_in_the_legend_or_the_caption() -> None:
    (loss, _) = learning_curves(rows(valid_loss=None), {"0": 4}, "accuracy")
    assert "held-out" not in texts(loss) and "held-out" not in loss.caption and "Held-out" not in loss.alt


def test_one_epoch_and_twenty_folds_are_drawn() -> None:
    assert len(learning_curves(rows(epochs=1), {"0": 1}, "accuracy")) == 2
    assert not {text for text in texts(learning_curves(rows(20), {}, "accuracy")[1]) if text.startswith("fold")}


def test_names_with_markup_and_dollars_are_plain_text() -> None:
    hostile = "</text><script>alert(1)</script> $\\frac{1}{$"
    records = [dataclasses.replace(row, fold=f"{row.fold}{hostile}") for row in rows(2)]
    score = learning_curves(records, {}, hostile)[1]
    assert hostile in texts(score)
    assert "<script" not in svg(score.light)


def test_a_loss_of_many_magnitudes_gets_a_logarithmic_axis() -> None:
    steep = [dataclasses.replace(row, train_loss=10.0**-row.epoch) for row in rows(valid_loss=None)]
    flat = rows(valid_loss=None)
    assert svg(learning_curves(steep, {}, "a")[0].light) != svg(learning_curves(flat, {}, "a")[0].light)


def test_the_reliability_plot_shows_its_error_and_counts_samples() -> None:
    calibration = Calibration(np.array([0.55, 0.95]), np.array([0.5, 1.0]), np.array([40, 1160]), 0.05, 10, False)
    plot = reliability_plot(calibration)
    assert "0.0500" in plot.caption and "0.0500" in plot.alt
    assert {"40", "1,160", "probability of the predicted class"} <= set(texts(plot))
