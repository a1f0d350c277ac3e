"""Readers of tables, images and arrays."""

from __future__ import annotations

import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image

from kit.blocks import readers
from kit.errors import DataError

TRAIN = "id,age,code,town,y,who\n007,3,01,Rome,cat,a\n008,,02,NA,dog,a\n009,-1.5e2,03,Oslo,cat,b\n"
TEST = "id,age,code,town\n010,4,1,Rome\n"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def rows(folder, part="train", **changes):
    return readers.csv_table(folder, part, **{"id": "id", "target": "y", "classes": ("cat", "dog"), **changes})


@pytest.fixture
def table(tmp_path):
    write(tmp_path / "train.csv", "\ufeff" + TRAIN)
    write(tmp_path / "test.csv", TEST)
    return tmp_path


def test_a_row_keeps_numbers_texts_leading_zeros_and_what_is_missing(table):
    first, second, third = rows(table, group="who")
    assert (first.id, first.y, first.group) == ("007", 0, "a")
    assert first.x == {"age": 3.0, "code": "01", "town": "Rome"}
    assert np.isnan(second.x["age"])
    assert (second.x["town"], second.y) == (None, 1)
    assert third.x["age"] == -150


def test_the_test_part_has_the_types_of_the_training_part_and_no_labels(table):
    (sample,) = rows(table, "test", group="who")
    assert (sample.id, sample.y, sample.group) == ("010", None, None)
    assert (sample.x["code"], sample.x["age"]) == ("1", 4.0)


def test_targets_may_be_in_a_table_of_their_own(table):
    write(table / "train.csv", "id,age\n1,3\n2,4\n")
    write(table / "labels.csv", "id,y\n2,dog\n1,cat\n3,dog\n")
    assert [(sample.x, sample.y) for sample in rows(table, answers="labels.csv")] == [({"age": 3}, 0), ({"age": 4}, 1)]
    write(table / "labels.csv", "id,y\n2,dog\n")
    with pytest.raises(DataError, match="no answer") as error:
        rows(table, answers="labels.csv")
    assert "train.csv, line 2, column 'id'" in str(error.value)


def test_targets_are_numbers_or_vectors(tmp_path):
    write(tmp_path / "train.csv", "id,a,b\n1,0.5,2\n2,1,0\n")
    assert [sample.y for sample in rows(tmp_path, target="a", classes=None)] == [0.5, 1.0]
    both = rows(tmp_path, target=("a", "b"), classes=None)
    assert both[0].y.tolist() == [0.5, 2]
    assert (both[0].y.dtype, both[0].x) == (np.float32, {})


@pytest.mark.parametrize(
    ("text", "problem", "where"),
    [
        (TRAIN.replace("008", "007"), "repeats", "line 3, column 'id'"),
        (TRAIN.replace("dog", "cow"), "class is not known", "line 3, column 'y'"),
        (TRAIN.replace("dog,a", "dog"), "does not fit the header", "train.csv:3"),
        (TRAIN.replace("town", "age"), "one name", "train.csv"),
        (TRAIN.replace("y,who", "z,who"), "column is missing", "train.csv"),
        (TRAIN.replace("Rome", '"Rome'), "cannot be read", "train.csv"),
        ("", "empty", "train.csv"),
    ],
)
def test_a_damaged_table_is_refused_with_its_file_line_and_column(tmp_path, text, problem, where):
    write(tmp_path / "train.csv", text)
    with pytest.raises(DataError, match=problem) as error:
        rows(tmp_path)
    assert where in str(error.value)


def test_a_text_among_the_numbers_of_the_test_part_is_refused(table):
    write(table / "test.csv", TEST.replace("010,4", "010,four"))
    with pytest.raises(DataError, match="no number") as error:
        rows(table, "test")
    assert "test.csv, line 2, column 'age'" in str(error.value)


@pytest.fixture
def pictures(tmp_path):
    for name in ("train/cat/1.png", "train/dog/2.png", "test/3.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    return tmp_path


def test_the_folder_of_an_image_is_its_class_in_an_archive_too(pictures, monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("zipped")
    monkeypatch.setenv("KIT_CACHE", str(tmp_path_factory.mktemp("cache")))
    with zipfile.ZipFile(folder / "train.zip", "w") as file:
        for name in ("train/cat/1.png", "train/dog/2.png"):
            file.write(pictures / name, name)
    for source in (pictures, folder):
        samples = readers.image_folder(source, "train", classes=("cat", "dog"))
        assert [(sample.y, sample.x.name) for sample in samples] == [(0, "1.png"), (1, "2.png")]
    grouped = readers.image_folder(pictures, "train", classes=("cat", "dog"), group=lambda name: name.stem)
    assert [sample.group for sample in grouped] == ["1", "2"]
    assert [sample.id for sample in readers.image_folder(pictures, "test", classes=())] == ["3"]
    with pytest.raises(DataError, match="no folder of a class"):
        readers.image_folder(pictures, "train", classes=("cat",))
    with pytest.raises(DataError, match="no images"):
        readers.image_folder(folder, "test", classes=("cat",))


def test_a_table_names_images(pictures):
    write(pictures / "labels.csv", "image,a,b\n1,0,1\n2,1,1\n")
    layout = {"csv": "labels.csv", "images": "train", "id": "image", "target": ("a", "b"), "extension": ".png"}
    samples = readers.images_by_csv(pictures, "train", **layout)
    assert [(sample.id, sample.x.name, sample.y.tolist()) for sample in samples] == [
        ("1", "1.png", [0, 1]),
        ("2", "2.png", [1, 1]),
    ]
    write(pictures / "labels.csv", "image,a,b,farm\n1,0,1,x\n2,1,1,y\n")
    assert [sample.group for sample in readers.images_by_csv(pictures, "train", group="farm", **layout)] == ["x", "y"]
    write(pictures / "labels.csv", "image,a,b\n1,0,1\n9,1,1\n")
    with pytest.raises(DataError, match="image is missing") as error:
        readers.images_by_csv(pictures, "train", **layout)
    assert "line 3, column 'image'" in str(error.value)


@pytest.mark.parametrize("suffix", ["npz", "h5"])
def test_arrays_are_read_by_key(tmp_path, suffix):
    stored = {"x": np.arange(12.0).reshape(3, 4), "y": np.array([2, 0, 1]), "short": np.zeros(2)}
    path = tmp_path / f"data.{suffix}"
    if suffix == "npz":
        np.savez(path, **stored)
    else:
        with h5py.File(path, "w") as file:
            for key, array in stored.items():
                file[key] = array
    samples = readers.arrays(tmp_path, "train", file=path.name, x="x", y="y", first_id=1)
    assert [(sample.id, sample.y) for sample in samples] == [("1", 2), ("2", 0), ("3", 1)]
    assert np.array_equal(samples[1].x, stored["x"][1])
    assert readers.arrays(tmp_path, "test", file=path.name, x="x", y="y")[0].y is None
    for keys, problem in (({"x": "z"}, "array is missing"), ({"x": "x", "y": "short"}, "differ in their rows")):
        with pytest.raises(DataError, match=problem):
            readers.arrays(tmp_path, "train", file=path.name, **keys)
    path.write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(DataError, match="cannot be read"):
        readers.arrays(tmp_path, "train", file=path.name, x="x")


def test_stored_python_objects_are_refused(tmp_path):
    np.savez(tmp_path / "data.npz", x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(DataError, match="cannot be read"):
        readers.arrays(tmp_path, "train", file="data.npz", x="x")


def test_masks_are_in_a_folder_or_in_a_table(tmp_path):
    for name in ("train/images/1.png", "train/images/2.png", "train/masks/1.png", "train/masks/2.png", "test/3.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4)).save(tmp_path / name)
    write(tmp_path / "train.csv", "image,runs\n1.png,1 2\n1.png,5 1\n2.png,\n")
    pairs = readers.masks(tmp_path, "train", images="images", masks="masks")
    assert [(sample.x.parent.name, sample.y.parent.name, sample.y.stem) for sample in pairs] == [
        ("images", "masks", "1"),
        ("images", "masks", "2"),
    ]
    table = {"images": "images", "csv": "train.csv", "id": "image", "rle": "runs"}
    assert [sample.y for sample in readers.masks(tmp_path, "train", **table)] == [("1 2", "5 1"), ()]
    grouped = readers.masks(tmp_path, "train", group=lambda name: f"slide {name}", **table)
    assert [sample.group for sample in grouped] == ["slide 1", "slide 2"]
    assert [(s.id, s.y) for s in readers.masks(tmp_path, "test", images="test", masks="masks")] == [("3", None)]
    (tmp_path / "train/masks/2.png").unlink()
    with pytest.raises(DataError, match="belong together") as error:
        readers.masks(tmp_path, "train", images="images", masks="masks")
    assert "2" in str(error.value)
