"""Real downloads: what is said about them is right. They are skipped unless ``KIT_TEST_DATA`` names their folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kit.errors import DataError
from kit.inspection import Options, inspect_folder

REAL = Path(os.environ.get("KIT_TEST_DATA", "/nowhere"))
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="KIT_TEST_DATA names no folder")


def test_dogs_and_cats_are_classes_by_name_with_a_probability_of_one_of_them(facts):
    found = inspect_folder(REAL / "cats_dogs", Options())
    assert (found.layout, found.kind, found.classes) == ("images", "binary", ("cat", "dog"))
    assert found.counts == {"train": 960, "valid": 0, "test": 240}
    assert found.submission.labels == "probability"
    assert facts(REAL / "cats_dogs")["classes"].confidence == "unclear", "the files do not say that 1 is a dog"


def test_cifar10_is_named_in_a_table():
    found = inspect_folder(REAL / "cifar10", Options())
    assert (found.layout, found.kind, len(found.classes)) == ("images", "classes", 10)
    assert found.counts == {"train": 4000, "test": 1000}
    assert (found.source["form"], found.source["side"]) == ("stem", 32)


def test_fundus_photographs_are_classes_by_letter_which_is_unclear(facts):
    found = facts(REAL / "palm")
    assert (found["classes"].value, found["layout"].confidence) == ("H, N, P", "unclear")
    assert found["class balance"].value == "H: 26 (6%), N: 161 (40%), P: 213 (53%)"


def test_cluttered_digits_have_a_validation_part_and_no_test_part(facts):
    found = inspect_folder(REAL / "cluttered_mnist", Options())
    assert (found.layout, found.kind) == ("arrays", "classes")
    assert found.counts == {"train": 10000, "valid": 1000, "test": 0}
    assert facts(REAL / "cluttered_mnist")["input"].value == "1,600 values: 40 x 40"


def test_slides_with_jpeg_masks_have_blurred_values(facts):
    found = facts(REAL / "pathology" / "camelyon")
    assert found["mask"].value == "above 127 is foreground"
    assert found["mask"].confidence == "likely"


@pytest.mark.parametrize(("folder", "name"), [("mnist3d", "cloud_14_digit_1.txt"), ("luna16", "annotations.csv")])
def test_a_folder_that_is_not_understood_is_refused_with_its_files(folder, name):
    with pytest.raises(DataError, match=name):
        inspect_folder(REAL / folder, Options())
