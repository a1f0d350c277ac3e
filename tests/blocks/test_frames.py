"""Tables as frames, rows as vectors, images by their names, and masks as files, as written plugins use them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.blocks.frames import array_frame, class_numbers, in_order, join_frames, latest, numbers_of, read_frame
from kit.blocks.image_names import image_names, images_below
from kit.blocks.inputs import read_mask
from kit.blocks.vectors import TargetScale, number_count, vectors
from kit.errors import DataError, SampleError
from tests.inspection.drawn_contests import write_image


def frame(**columns):
    return pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})


def test_a_table_is_read_as_text_with_its_delimiter_and_encoding(tmp_path):
    (tmp_path / "train.csv").write_bytes("id; Größe\n007; NA\n".encode("cp1252"))
    rows = read_frame(tmp_path, "train.csv", ["id", "Größe"], delimiter=";", encoding="cp1252")
    assert rows.to_dict("list") == {"id": ["007"], "Größe": ["NA"]}
    with pytest.raises(DataError, match="a column is missing"):
        read_frame(tmp_path, "train.csv", ["age"], delimiter=";", encoding="cp1252")
    with pytest.raises(DataError, match="cannot be read"):
        read_frame(tmp_path, "train.csv", encoding="utf-8")


def test_tables_are_joined_by_their_keys_and_a_row_without_partner_is_refused():
    rows, labels = frame(id=["a", "b"], x=["1", "2"]), frame(id=["b", "a"], y=["4", "3"])
    assert join_frames(rows, [labels], ["id"])["y"].tolist() == ["3", "4"]
    with pytest.raises(DataError, match="no partner"):
        join_frames(rows, [labels[:1]], ["id"])
    with pytest.raises(DataError, match="several partners"):
        join_frames(rows, [pd.concat([labels, labels])], ["id"])


def test_rows_come_in_the_order_that_is_asked_for():
    assert in_order(frame(id=["a", "b", "c"]), "id", ["c", "a"])["id"].tolist() == ["c", "a"]
    with pytest.raises(DataError, match="rows are missing"):
        in_order(frame(id=["a"]), "id", ["a", "z"])


def test_labels_are_refused_with_their_column_and_line():
    rows = frame(kind=["cat", "owl"], size=["1,5", "2"])
    assert class_numbers(rows["kind"], ("owl", "cat")) == [1, 0]
    assert numbers_of(rows, ["size"], decimal=",").tolist() == [[1.5], [2.0]]
    with pytest.raises(DataError, match="column 'kind', line 3"):
        class_numbers(rows["kind"], ("cat",))
    with pytest.raises(DataError, match="column 'size', line 2"):
        numbers_of(rows, ["size"])


def test_the_latest_rows_are_those_of_the_last_dates_and_ties_stay_together():
    dates = pd.Series([f"{day:02}/01/2024" for day in (1, 2, 3, 3, 4, 5, 6, 7, 8, 8)], dtype=object)
    assert np.flatnonzero(latest(dates, 0.2, days_first=True)).tolist() == [8, 9]


def test_arrays_become_columns(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([[1, 2], [3, 4]]), y=np.array([1.0, 0.5]))
    rows = array_frame(tmp_path, {"x*": ("a.npz", "x"), "y": ("a.npz", "y")})
    assert rows.to_dict("list") == {"x0": [1.0, 3.0], "x1": [2.0, 4.0], "y": ["1", "0.5"]}
    with pytest.raises(DataError, match="an array is missing"):
        array_frame(tmp_path, {"x*": ("a.npz", "z")})


def test_vectors_are_scaled_by_the_training_part_and_keep_what_is_missing():
    train = frame(age=["1", "3", "NA"], town=["Ulm", "Ulm", "Bonn"], day=["2024-01-01", "2024-01-03", ""])
    test = frame(age=["5"], town=["Rom"], day=["2024-01-05"])
    found = vectors(test, train, numbers=["age"], categories=["town"], dates=["day"])
    assert found.shape == (1, number_count(["age"], ["day"]) + 1)
    assert found[0, :2].tolist() == [3.0, 3.0], "age and days, in deviations from the mean of the training part"
    assert found[0, -1] == 0, "a category that the training part has not"
    assert vectors(train, train, numbers=["age"], categories=["town"])[:, 1].tolist() == [0, 0, 1]
    assert vectors(train, train, numbers=["age"], categories=["town"])[:, 2].tolist() == [1, 1, 2]
    with pytest.raises(DataError, match="column 'age', line 2"):
        vectors(frame(age=["old"], town=["Ulm"]), train, numbers=["age"])


def test_a_target_scale_with_logarithms_gives_the_number_back():
    scale = TargetScale((5.0,), (2.0,), logarithms=True)
    assert scale.from_model(scale.to_model(np.array([250.0]))).tolist() == pytest.approx([250.0])
    assert scale.from_model(np.array([-9.0])).tolist() == [0.0]


def test_images_are_found_by_their_names_those_of_the_part_first_and_masks_never(tmp_path):
    for name in ("train/images/a.png", "train/masks/a.png", "test/images/a.png", "test/images/b.png"):
        write_image(tmp_path / name, np.zeros((2, 2, 3), np.uint8))
    train = image_names(tmp_path, outside=["test"], mask_folders=["masks"])
    test = image_names(tmp_path, inside=["test"], mask_folders=["masks"])
    for name in ("a", "a.png", "images/a.png"):
        assert train.path(name) == tmp_path / "train" / "images" / "a.png"
        assert test.path(name) == tmp_path / "test" / "images" / "a.png"
    assert images_below(tmp_path, ["test"], suffix=False) == ["a", "b"]
    with pytest.raises(DataError, match="an image is missing"):
        train.path("c")


def test_a_mask_is_what_lies_above_the_threshold_and_a_damaged_one_is_refused(tmp_path):
    write_image(tmp_path / "mask.png", np.array([[0, 200], [90, 255]], np.uint8))
    assert read_mask(tmp_path / "mask.png", threshold=127).tolist() == [[False, True], [False, True]]
    (tmp_path / "mask.png").write_bytes(b"no image")
    with pytest.raises(SampleError, match="cannot be read"):
        read_mask(tmp_path / "mask.png")
