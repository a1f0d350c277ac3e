"""Preprocessing of tables learns from the rows that it is fitted on, and from no others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from kit.blocks.tables import preprocessing
from kit.models.estimators import load_estimator, save_estimator

TRAIN = pd.DataFrame({"age": [1.0, np.nan, 3.0, 8.0], "town": ["Rome", "Oslo", None, "Rome"], "note": list("abcd")})
HELD_OUT = pd.DataFrame({"age": [1000.0, np.nan], "town": ["Paris", "Rome"], "note": ["x", "y"]})


def test_numbers_are_scaled_missing_ones_marked_and_categories_coded():
    table = preprocessing(["age"], ["town"]).fit_transform(TRAIN)
    assert table.shape == (4, 3)
    assert table[:, :2].mean(0) == pytest.approx(0)
    assert table[1, 1] > 0 > table[0, 1]
    assert table[:, 2].tolist() == [2, 1, 0, 2]


def test_unscaled_missing_numbers_are_the_median_of_the_training_rows():
    fitted = preprocessing(["age"], ["town"], scale=False).fit(TRAIN)
    assert fitted.transform(HELD_OUT).tolist() == [[1000, 0, -1], [3, 1, 2]]


@pytest.mark.parametrize("missing", [None, np.nan])
def test_a_missing_text_is_the_same_category_in_either_form(missing):
    towns = pd.DataFrame({"town": pd.Series(["Rome", missing, "Oslo"], dtype=object)})
    assert preprocessing([], ["town"]).fit(TRAIN).transform(towns)[:, 0].tolist() == [2, 0, 1]


def test_a_column_for_each_category_and_none_for_one_that_is_unknown():
    fitted = preprocessing([], ["town"], one_hot=True).fit(TRAIN)
    assert fitted.transform(HELD_OUT).tolist() == [[0, 0, 0], [0, 0, 1]]


def test_rare_categories_have_one_code_together():
    codes = preprocessing([], ["town"], fewest=2).fit_transform(TRAIN)[:, 0]
    assert codes[0] == codes[3] != codes[1] == codes[2]


def test_before_an_estimator_held_out_rows_change_nothing():
    model = make_pipeline(preprocessing(["age"], ["town"]), LogisticRegression()).fit(TRAIN, [0, 1, 1, 0])
    alone = model.predict_proba(HELD_OUT[1:])
    assert np.array_equal(model.predict_proba(HELD_OUT)[1:], alone)


@pytest.mark.parametrize("one_hot", [False, True])
def test_a_stored_pipeline_predicts_the_same(one_hot, tmp_path):
    def build():
        return make_pipeline(preprocessing(["age"], ["town"], one_hot=one_hot), LogisticRegression())

    fitted = build().fit(TRAIN, [0, 1, 1, 0])
    save_estimator(fitted, build(), tmp_path / "model.skops")
    loaded = load_estimator(build(), tmp_path / "model.skops")
    assert np.array_equal(loaded.predict_proba(HELD_OUT), fitted.predict_proba(HELD_OUT))
