"""Dogs vs. Cats: every photograph is read by its name, and what cannot be read is named."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.cats_dogs import TASK
from kit_plugins.cats_dogs.audit import audit
from kit_plugins.cats_dogs.baseline import Histograms
from kit_plugins.cats_dogs.config import PhotographConfig
from kit_plugins.cats_dogs.inputs import decode, example
from kit_plugins.cats_dogs.reader import ids, read
from kit_plugins.cats_dogs.sample import write

from kit import DataError, KitError, SampleError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    write(data, 12, 0)
    return data


def test_training_photographs_are_labelled_by_their_names_and_sorted_by_their_numbers(folder):
    (folder / "train" / "cat.2.jpg").rename(folder / "train" / "cat.10.jpg")
    samples = read(folder, "train")
    assert [sample.id for sample in samples[:6]] == ["cat.0", "cat.1", "cat.3", "cat.4", "cat.5", "cat.10"]
    assert [sample.y for sample in samples] == [0] * 6 + [1] * 6


def test_test_photographs_are_sorted_as_numbers(folder):
    (folder / "test" / "2.jpg").rename(folder / "test" / "11.jpg")
    assert ids(folder) == ["1", "3", "11"] or ids(folder) == sorted(ids(folder), key=int)
    assert all(sample.y is None for sample in read(folder, "test"))


def test_equal_photographs_are_one_group(folder):
    shutil.copy(folder / "train" / "cat.0.jpg", folder / "train" / "cat.7.jpg")
    groups = {sample.id: sample.group for sample in read(folder, "train")}
    assert groups["cat.0"] == groups["cat.7"] != groups["cat.1"]


@pytest.mark.parametrize("wrapped", [False, True])
def test_archives_are_read_as_downloaded(folder, tmp_path, wrapped):
    expected = [(sample.id, sample.group) for sample in read(folder, "train")]
    zipped = tmp_path / "zipped"
    zipped.mkdir()
    for part in ("train", "test"):
        with zipfile.ZipFile(zipped / f"{part}.zip", "w") as archive:
            for path in sorted((folder / part).iterdir()):
                archive.write(path, f"{part}/{path.name}")
    if wrapped:
        with zipfile.ZipFile(tmp_path / "dogs-vs-cats-redux-kernels-edition.zip", "w") as archive:
            for path in zipped.iterdir():
                archive.write(path, path.name)
        zipped = tmp_path / "dogs-vs-cats-redux-kernels-edition.zip"
    assert [(sample.id, sample.group) for sample in read(zipped, "train")] == expected
    assert ids(zipped) == ids(folder)


@pytest.mark.parametrize("name", ["kitten.jpg", "cat.1.png", "cat.x.jpg", "bird.3.jpg"])
def test_an_image_of_another_name_is_an_error_not_an_absence(folder, name):
    shutil.copy(folder / "train" / "cat.0.jpg", folder / "train" / name)
    with pytest.raises(DataError, match=name.replace(".", r"\.")):
        read(folder, "train")


def test_files_of_the_system_beside_the_photographs_change_nothing(folder):
    before = [sample.id for sample in read(folder, "train")]
    for name in ("._cat.0.jpg", ".DS_Store", "Thumbs.db"):
        (folder / "train" / name).write_bytes(b"\0\5\x16\7")
    assert [sample.id for sample in read(folder, "train")] == before


def test_one_class_alone_is_refused(folder):
    for path in (folder / "train").glob("dog.*"):
        path.unlink()
    with pytest.raises(DataError, match="cats and dogs"):
        read(folder, "train")


def test_half_a_photograph_is_an_error_with_its_name(folder):
    path = folder / "train" / "cat.0.jpg"
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(SampleError, match=r"cat\.0\.jpg"):
        decode(path)


def test_a_photograph_that_is_gone_is_an_error_of_its_sample(folder):
    path = folder / "train" / "cat.0.jpg"
    path.unlink()
    path.symlink_to("nowhere.jpg")
    sample = read(folder, "train")[0]
    assert sample.id == "cat.0" and sample.group is None
    with pytest.raises(SampleError, match=r"cat\.0\.jpg"):
        example(sample, None, PhotographConfig())


def test_an_input_is_a_square_in_0_to_1_and_augmentation_is_repeatable(folder):
    sample = read(folder, "train")[0]
    config = PhotographConfig(image_size=40)
    plain, label = example(sample, None, config)
    assert plain.shape == (3, 40, 40) and plain.dtype == np.float32 and 0 <= plain.min() <= plain.max() <= 1
    assert label == 0 and label.dtype == np.float32
    first, second = (example(sample, np.random.default_rng(5), config)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, plain)


def test_a_grey_photograph_becomes_colour(tmp_path):
    path = tmp_path / "1.jpg"
    cv2.imwrite(str(path), np.full((20, 30), 77, np.uint8))
    assert decode(path).shape == (20, 30, 3)


def test_histograms_are_shares():
    features = Histograms().fit(None).transform(np.random.default_rng(0).random((2, 3, 32, 32)))
    assert features.shape == (2, 152)
    np.testing.assert_allclose(features.sum(axis=1), 4)


def test_gaps_in_the_test_part_are_found(folder):
    assert list(audit(folder)) == []
    (folder / "test" / "2.jpg").unlink()
    [finding] = audit(folder)
    assert finding.kind == "missing photographs" and finding.message.endswith(": 2")


def test_a_download_is_found_in_further_folders_and_under_the_names_of_2013(folder, tmp_path):
    expected = [sample.id for sample in read(folder, "train")]
    (folder / "test").rename(folder / "test1")
    (folder / "train").rename(folder / "Train")
    deep = tmp_path / "a b" / "数据" / "dogs"
    shutil.copytree(folder, deep)
    assert [sample.id for sample in read(tmp_path / "a b", "train")] == expected
    assert ids(tmp_path / "a b") == ids(folder) and len(ids(folder)) == 4


def test_a_7z_archive_is_said_to_be_unpacked_first(folder):
    shutil.rmtree(folder / "train")
    (folder / "train.7z").write_bytes(b"7z")
    with pytest.raises(DataError, match=r"7z x train\.7z"):
        read(folder, "train")


def test_too_small_a_sample_is_refused(tmp_path):
    with pytest.raises(KitError, match="too small"):
        write(tmp_path, 3, 0)


def test_the_metric_is_kaggles_log_loss():
    score = TASK.metric.function(np.array([1, 0]), np.array([0.8, 0.4]))
    assert round(score, 6) == 0.366985
    assert TASK.metric.details is not None
    assert TASK.metric.details(np.array([1, 0]), np.array([0.8, 0.6]))["accuracy"] == 0.5
