"""Cells of numbers as vectors."""

from __future__ import annotations

import numpy as np
import pandas
import pytest

from kit.blocks.vectors import vectors


@pytest.mark.filterwarnings("error")
def test_a_number_that_no_double_holds_is_missing():
    rows = pandas.DataFrame({"x": ["1", "1e400", "3", "-1e999"]}, dtype=object)
    found = vectors(rows, rows, numbers=["x"])
    assert np.isfinite(found).all() and found[:, 1].tolist() == [0, 1, 0, 1]
