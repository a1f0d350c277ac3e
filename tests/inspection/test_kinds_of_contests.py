"""What an inspection says about the eight kinds of contests, drawn small."""

from __future__ import annotations

import json

import pytest

from kit.inspection import Options, inspect_folder
from tests.inspection.drawn_contests import EIGHT

SIZES = {"folder classes": 24, "multi-label images": 24, "rle masks": 16}
EXPECTED = {
    "binary table": ("table", "binary", "PassengerId", ("Survived",), "class", "accuracy"),
    "regression table": ("table", "regression", "Id", ("SalePrice",), "numbers", "RMSE"),
    "class table": ("table", "classes", "flower_id", ("species",), "class", "accuracy"),
    "several targets": ("table", "several numbers", "id", ("fruit", "leaf"), "numbers", "mean column-wise RMSE"),
    "folder classes": ("images", "classes", None, ("class",), "class", "accuracy"),
    "multi-label images": (
        *("images", "multi-label", "image_id"),
        *(("disc", "square", "cross"), "probabilities", "mean column-wise AUC"),
    ),
    "rle masks": ("masks", "masks", "id", ("rle_mask",), "rle", "Dice"),
    "text classes": ("table", "classes", "id", ("subject",), "class", "accuracy"),
}


@pytest.mark.parametrize("name", EIGHT)
def test_it_names_layout_kind_id_targets_values_and_a_metric(name, data):
    contest = EIGHT[name](data, SIZES.get(name, 120))
    found = inspect_folder(data, Options())
    labels = found.submission.labels
    assert (found.layout, found.kind, found.id, found.targets, labels, found.metric) == EXPECTED[name]
    assert [column.name for column in found.submission.columns] == contest.answers[0]
    assert found.counts["test"] == len(contest.answers) - 1
    assert json.loads(json.dumps(found.as_dict()))["kind"] == found.kind
    assert found.warnings == ()


def test_features_are_numbers_categories_texts_and_what_is_left_out(data):
    EIGHT["binary table"](data)
    found = inspect_folder(data, Options())
    assert found.features("number") == ("Pclass", "Age")
    assert found.features("category") == ("Sex", "Embarked")
    assert found.features("left out") == ("Name", "Ticket")
    assert found.columns[3].missing["empty"] > 0


def test_a_word_for_missing_is_counted_as_it_is_written(data, facts):
    EIGHT["regression table"](data)
    missing = facts(data)["missing values"].value
    assert "Alley 'NA' x" in missing and "LotFrontage 'NA' x" in missing


def test_a_skewed_target_is_said_to_be_one(data, facts):
    EIGHT["regression table"](data)
    found = facts(data)
    assert "skewed" in found["range of the target"].value
    assert "RMSLE" in found["metric"].reason
    assert facts(data, metric="rmse of log")["metric"].value == "RMSLE"


def test_ids_with_leading_zeros_are_text(data):
    EIGHT["class table"](data)
    assert inspect_folder(data, Options()).submission.columns[0].kind == "text"


def test_texts_are_prose_and_not_names(data):
    EIGHT["text classes"](data)
    assert inspect_folder(data, Options()).features("text") == ("text",)


def test_a_metric_that_does_not_fit_is_refused_with_those_that_do(data, facts):
    from kit.errors import KitError

    EIGHT["regression table"](data)
    with pytest.raises(KitError, match="RMSE, RMSLE, MAE, R2"):
        facts(data, metric="AUC")
    with pytest.raises(KitError, match="is not known"):
        facts(data, metric="furlongs")


def test_options_are_believed_and_said_to_be_given(data, facts):
    EIGHT["binary table"](data)
    found = facts(data, metric="roc auc", positive="0", group="Pclass")
    assert found["metric"].value == "AUC" and found["metric"].confidence == "given"
    assert found["values"].value == "probability of 0"
    assert found["group"].confidence == "given"


def test_masks_show_the_direction_of_their_runs(data, facts):
    EIGHT["rle masks"](data, 16)
    found = facts(data)
    assert found["encoding"].value == "pairs of start and length down the columns"
    assert found["encoding"].confidence == "likely"
    assert found["first pixel"].confidence == "unclear", "no run begins at 0 and none ends at the last pixel"
