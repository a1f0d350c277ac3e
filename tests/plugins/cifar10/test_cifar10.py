"""CIFAR-10: images and labels belong together, classes are written by name, and what cannot be read is named."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from kit_plugins.cifar10 import TASK
from kit_plugins.cifar10.audit import audit
from kit_plugins.cifar10.config import CLASSES, CifarConfig
from kit_plugins.cifar10.inputs import decode, example
from kit_plugins.cifar10.reader import ids, read
from kit_plugins.cifar10.sample import write
from kit_plugins.cifar10.views import VIEWS
from kit_plugins.cifar10.writer import truth
from kit_plugins.cifar10.writer import write as write_rows

from kit import DataError, KitError, SampleError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    write(data, 40, 0)
    return data


def test_images_are_sorted_as_numbers_and_joined_with_their_labels(folder):
    samples = read(folder, "train")
    assert [sample.id for sample in samples] == [str(number) for number in range(1, 41)]
    assert sorted(sample.y for sample in samples) == sorted(list(range(10)) * 4)
    assert samples[0].x.shape == (32, 32, 3) and samples[0].x.dtype == np.uint8


def test_png_and_jpg_may_stand_side_by_side(folder):
    path = folder / "train" / "3.png"
    cv2.imwrite(str(path.with_suffix(".jpg")), cv2.imread(str(path)))
    path.unlink()
    assert len(read(folder, "train")) == 40


@pytest.mark.parametrize(
    ("line", "text", "words"),
    [
        (3, "2,Frog", "line 3"),
        (3, "2,", "not a class"),
        (3, "two,cat", "whole number"),
        (3, "1,cat", "two labels"),
        (3, "99,cat", "no image for"),
        (1, "number,label", "wrong columns"),
    ],
)
def test_a_faulty_label_is_named_with_its_line(folder, line, text, words):
    path = folder / "trainLabels.csv"
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match=words):
        read(folder, "train")


def test_columns_are_found_by_name_in_any_order(folder):
    path = folder / "trainLabels.csv"
    rows = [line.split(",") for line in path.read_text().splitlines()]
    before = [sample.y for sample in read(folder, "train")]
    path.write_text("\ufeff" + "\r\n".join(f"{label},{number}" for number, label in rows) + "\r\n")
    assert [sample.y for sample in read(folder, "train")] == before


def test_archives_that_are_not_unpacked_are_said_to_be_so(folder):
    (folder / "test").rename(folder / "elsewhere")
    (folder / "test.7z").write_bytes(b"7z\xbc\xaf")
    with pytest.raises(DataError, match=r"7z x test\.7z"):
        ids(folder)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_download_in_further_folders_or_archives_is_found(folder, tmp_path, zipped):
    expected = [(sample.id, sample.y) for sample in read(folder, "train")]
    if zipped:
        for part in ("train", "test"):
            shutil.make_archive(str(folder / part), "zip", folder, part)
            shutil.rmtree(folder / part)
    deep = tmp_path / "my data" / "数据"
    shutil.copytree(folder, deep)
    assert [(sample.id, sample.y) for sample in read(tmp_path / "my data", "train")] == expected
    assert ids(tmp_path / "my data") == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", ".0,").replace("id.0", "id"),
        lambda text: text.replace(",", ".png,").replace("id.png", "id"),
        lambda text: text.replace(",", " , ").replace("\n", "\r\n\r\n"),
    ],
    ids=["semicolons", "1.0", "1.png", "spaces and blank lines"],
)
def test_a_table_that_a_spreadsheet_saved_is_read(folder, edit):
    before = [sample.y for sample in read(folder, "train")]
    path = folder / "trainLabels.csv"
    path.write_text(edit(path.read_text()))
    path.rename(folder / "trainlabels.CSV")
    assert [sample.y for sample in read(folder, "train")] == before


def test_every_damaged_image_is_named_and_may_be_skipped(folder):
    for number in (3, 5):
        (folder / "train" / f"{number}.png").write_bytes(b"\x89PNG half")
    samples = read(folder, "train")
    assert len(samples) == 40 and {sample.group for sample in samples} == {None}
    for number in (3, 5):
        with pytest.raises(SampleError, match=rf"{number}\.png"):
            example(samples[number - 1], None, CifarConfig())


def test_a_gap_in_the_test_part_is_a_warning(folder):
    (folder / "test" / "4.png").unlink()
    [finding] = audit(folder)
    assert finding.kind == "missing images" and finding.message.endswith(": 4")


def test_an_image_of_another_size_or_half_an_image_is_refused_by_name(folder):
    path = folder / "train" / "5.png"
    cv2.imwrite(str(path), np.zeros((31, 32, 3), np.uint8))
    with pytest.raises(SampleError, match=r"5\.png"):
        decode(path)
    path.write_bytes((folder / "train" / "6.png").read_bytes()[:50])
    with pytest.raises(SampleError, match=r"5\.png"):
        decode(path)


def test_a_jpg_with_damaged_data_is_refused_by_name(folder):
    image = cv2.imread(str(folder / "train" / "6.png"))
    path = folder / "train" / "5.jpg"
    data = bytearray(cv2.imencode(".jpg", image)[1].tobytes())
    data[len(data) * 3 // 4 : len(data) * 3 // 4 + 8] = b"\xff\xc4" * 4
    path.write_bytes(data)
    with pytest.raises(SampleError, match=r"5\.jpg"):
        decode(path)


def test_two_files_of_one_number_are_refused(folder):
    cv2.imwrite(str(folder / "test" / "1.jpg"), np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(DataError, match="same image"):
        ids(folder)


def test_the_submission_holds_class_names():
    samples = [SimpleNamespace(id="7", y=3)]
    assert list(write_rows(samples, [np.eye(10)[3]], {})) == [("7", "cat")]
    assert list(truth(samples)) == [("7", "cat")]
    assert TASK.format.columns[1].rule is not None
    rule = TASK.format.columns[1].rule
    assert "airplane, automobile" in str(rule("plane")) and rule("truck") is None
    assert (rule("Frog "), rule("3")) == ("write frog", "write cat")


def test_augmentation_moves_and_mirrors_repeatably(folder):
    sample = read(folder, "train")[0]
    config = CifarConfig(cutout=8)
    plain, label = example(sample, None, config)
    np.testing.assert_array_equal(plain, sample.x.transpose(2, 0, 1).astype(np.float32) / 255)
    assert label == sample.y
    first, second = (example(sample, np.random.default_rng(1), config)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == plain.shape and not np.array_equal(first, plain)


def test_views_move_by_a_pixel_and_mirror():
    batch = np.arange(2 * 3 * 4 * 4, dtype=np.float32).reshape(2, 3, 4, 4)
    views = {view.name: view.apply(batch) for view in VIEWS}
    np.testing.assert_array_equal(views["mirrored"], batch[..., ::-1])
    np.testing.assert_array_equal(views["up left"][..., :-1, :-1], batch[..., 1:, 1:])
    np.testing.assert_array_equal(views["down right"][..., 1:, 1:], batch[..., :-1, :-1])


def test_whitening_makes_patches_uncorrelated():
    pytest.importorskip("paddle")
    from kit_plugins.cifar10.model import MEAN, STD, default, whiten

    from kit.device import paddle

    rng = np.random.default_rng(0)
    images = cv2.GaussianBlur(rng.random((32 * 64, 32, 3)).astype(np.float32), (0, 0), 1.0).reshape(64, 32, 32, 3)
    batch = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    layer = default(CifarConfig(width=8))
    whiten(layer, [SimpleNamespace(x=batch, y=None)], [None] * 64, CifarConfig())
    outputs = layer.whitening((paddle.to_tensor(batch) - MEAN) / STD).numpy()[:, :4]  # the strongest four
    flat = outputs.transpose(1, 0, 2, 3).reshape(4, -1)
    correlation = np.corrcoef(flat)
    assert np.abs(correlation - np.eye(4)).max() < 0.2


def test_a_class_without_an_image_is_a_warning(folder):
    assert list(audit(folder)) == []
    path = folder / "trainLabels.csv"
    path.write_text(path.read_text().replace("ship", "truck"))
    [finding] = audit(folder)
    assert "ship" in finding.message and CLASSES[8] == "ship"


def test_too_small_a_sample_is_refused(tmp_path):
    with pytest.raises(KitError, match="too small"):
        write(tmp_path, 5, 0)
