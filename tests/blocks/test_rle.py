"""Run-length encoding both ways."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from kit.blocks import rle
from kit.blocks.rle import areas, check, encode
from kit.errors import DataError


@pytest.mark.parametrize("order", ["columns", "rows"])
@pytest.mark.parametrize("start", [0, 1])
def test_a_mask_comes_back_from_its_runs(order, start):
    rng = np.random.default_rng(3)
    for shape in ((1, 1), (1, 9), (7, 5), (0, 4)):
        for fraction in (0, 0.5, 1):
            mask = rng.random(shape) < fraction
            text = rle.encode(mask, order=order, start=start)
            assert np.array_equal(rle.decode(text, shape, order=order, start=start), mask)


def test_pixels_count_from_1_down_the_columns():
    mask = np.zeros((3, 2))
    mask[0, 1] = 255
    assert rle.encode(mask) == "4 1"
    assert rle.encode(mask, order="rows") == "2 1"
    assert rle.encode(mask, start=0) == "3 1"


def test_runs_may_come_in_any_order():
    assert np.array_equal(rle.decode("4 2 1 1", (3, 2)), rle.decode("1 1 4 2", (3, 2)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1", "pairs"),
        ("a 1", "whole numbers"),
        ("-1 2", "whole numbers"),
        ("1 0", "no pixels"),
        ("0 1", "leaves the image"),
        ("6 2", "leaves the image"),
        ("999999999999999999 999999999999999999", "leaves the image"),
        ("4 1 1 4", "overlap"),
        ("1 6 2 1 5 1", "overlap"),
    ],
)
def test_wrong_runs_are_refused_with_their_position(text, message):
    with pytest.raises(DataError, match=message) as error:
        rle.decode(text, (3, 2), where="train.csv, line 2")
    assert "train.csv, line 2" in str(error.value)


def test_the_examples_are_true():
    assert doctest.testmod(rle).failed == 0


def test_runs_are_checked_without_an_image():
    check("1 2 5 3")
    check("0 4", start=0)
    for wrong, words in (("0 4", "leaves"), ("1 4 3 2", "overlap"), ("1", "pairs"), ("1 0", "no pixels")):
        with pytest.raises(DataError, match=words):
            check(wrong)


def test_the_pixels_of_two_masks_are_counted_without_decoding_them():
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 9, 7)) < 0.4
    expected = (first.sum(), second.sum(), (first & second).sum())
    assert areas(encode(first), encode(second)) == expected
    assert areas("", encode(second)) == (0, second.sum(), 0)
