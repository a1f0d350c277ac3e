"""Gradient boosting and linear models on vectors; libraries that are not installed are named."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from kit.blocks.estimators import LIBRARIES, gradient_boosting, linear_model
from kit.errors import KitError


@pytest.fixture(scope="module")
def rows():
    """Vectors of two numbers and a category, whose effect on the target is known."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=(300, 2)), rng.integers(0, 4, 300)]).astype(np.float32)
    y = 2 * x[:, 0] - x[:, 1] + np.array([0, 3, -3, 1])[x[:, 2].astype(int)]
    return x, y


@pytest.mark.parametrize("library", LIBRARIES)
def test_boosting_learns_numbers_and_classes_alike(library, rows):
    if library != "sklearn" and importlib.util.find_spec(library) is None:
        with pytest.raises(KitError, match=f"{library} is not installed"):
            gradient_boosting(library, regression=True)
        return
    x, y = rows
    how = {"rounds": 60, "learning_rate": 0.2, "categories": [2], "seed": 3}
    numbers = gradient_boosting(library, regression=True, **how).fit(x[:200], y[:200]).predict(x[200:])
    assert np.corrcoef(numbers, y[200:])[0, 1] > 0.9
    classes = gradient_boosting(library, regression=False, **how).fit(x[:200], y[:200] > 0)
    assert (classes.predict(x[200:]) == (y[200:] > 0)).mean() > 0.85


def test_a_linear_model_has_a_column_for_each_category(rows):
    x, y = rows
    numbers = linear_model(2, 1, regression=True, strength=0.01).fit(x[:200], y[:200]).predict(x[200:])
    assert np.abs(numbers - y[200:]).max() < 0.1
    assert linear_model(2, 1, regression=False).fit(x[:200], y[:200] > 0).score(x[200:], y[200:] > 0) > 0.9


def test_another_library_is_refused():
    with pytest.raises(KitError, match="no such gradient boosting"):
        gradient_boosting("treelite", regression=True)
