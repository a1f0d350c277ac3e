"""Cluttered MNIST: a fixed split, an npz file that is not trusted, and transformers that start where they should."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from kit_plugins.cluttered_digits import TASK
from kit_plugins.cluttered_digits.audit import audit
from kit_plugins.cluttered_digits.config import ClutterConfig
from kit_plugins.cluttered_digits.figures import figures, parameters, seen, warp
from kit_plugins.cluttered_digits.files import NAME
from kit_plugins.cluttered_digits.inputs import example, picture
from kit_plugins.cluttered_digits.reader import ids, read
from kit_plugins.cluttered_digits.sample import pools, write
from kit_plugins.cluttered_digits.views import VIEWS

from kit import DataError, Evidence, KitError
from kit.data.folds import folds
from kit.scoring.default_rows import default_writer

PNG = b"\x89PNG"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    write(data, 40, 0)
    return data


def arrays_of(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / NAME, allow_pickle=False) as archive:
        return dict(archive)


def change(folder: Path, **arrays: np.ndarray | None) -> None:
    """Write the file again with some arrays replaced, or left out where the value is None."""
    found = {**arrays_of(folder), **arrays}
    np.savez_compressed(folder / NAME, **{key: array for key, array in found.items() if array is not None})


# Reading


def test_training_samples_are_numbered_through_both_parts_and_those_of_validation_are_marked(folder):
    samples = read(folder, "train")
    assert [sample.id for sample in samples] == [str(number) for number in range(1, 41)]
    assert [sample.meta.get("split") for sample in samples] == [None] * 36 + ["valid"] * 4
    arrays = arrays_of(folder)
    np.testing.assert_array_equal(samples[37].x.ravel(), arrays["X_valid"][1])
    assert samples[37].y == arrays["y_valid"][1, 0]
    assert samples[0].x.shape == (40, 40) and samples[0].x.dtype == np.float32


def test_the_files_own_validation_part_is_held_out_by_default(folder):
    assert TASK.config.folds == "split"
    (fold,) = folds(read(folder, "train"), TASK.config)
    assert fold.train.tolist() == list(range(36)) and fold.valid.tolist() == [36, 37, 38, 39]


def test_test_samples_are_the_rows_of_x_test_without_labels(folder):
    samples = read(folder, "test")
    assert [sample.id for sample in samples] == ids(folder) == [str(row) for row in range(1, 11)]
    assert all(sample.y is None for sample in samples)


def test_a_file_without_a_test_part_has_no_test_samples(folder):
    change(folder, X_test=None)
    assert read(folder, "test") == [] and ids(folder) == []
    assert len(read(folder, "train")) == 40


def test_labels_of_the_test_part_are_never_read(folder):
    before = read(folder, "test")
    change(folder, y_test=np.array([{"not": "labels"}], dtype=object))
    assert [sample.y for sample in read(folder, "test")] == [None] * len(before)
    assert len(read(folder, "train")) == 40


@pytest.mark.parametrize("name", [f"{NAME[:-4]}.train_valid.npz", "renamed.npz", "mnist (1).npz"])
def test_the_file_is_found_under_other_names_and_by_its_own_path(folder, name):
    (folder / NAME).rename(folder / name)
    assert len(read(folder, "train")) == len(read(folder / name, "train")) == 40


def test_two_different_files_are_refused(folder):
    (folder / NAME).rename(folder / "a.npz")
    np.savez(folder / "b.npz", X_train=np.zeros(3))
    with pytest.raises(DataError, match="several npz files"):
        read(folder, "train")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=NAME):
        read(tmp_path, "train")


@pytest.mark.parametrize("key", ["X_train", "y_train", "X_valid", "y_valid"])
def test_a_missing_key_is_named(folder, key):
    change(folder, **{key: None})
    with pytest.raises(DataError, match=f"has no {key}"):
        read(folder, "train")


@pytest.mark.parametrize(
    ("key", "edit", "words"),
    [
        ("X_train", lambda x: x.reshape(-1, 40, 40), r"X_train.*\n?.*\(N, 1600\)"),
        ("X_valid", lambda x: x[:, :784], "X_valid has the wrong shape"),
        ("X_train", lambda x: x[:0], "X_train has the wrong shape"),
        ("X_train", lambda x: (255 * x).astype(np.uint8), "uint8"),
        ("y_train", lambda y: y[:-1], "y_train has the wrong shape"),
        ("y_valid", lambda y: y.astype(str), "U"),
        ("y_train", lambda y: np.eye(10, dtype=np.int32)[y.ravel()], "y_train has the wrong shape"),
    ],
    ids=["images", "28x28", "no rows", "bytes", "too few labels", "texts", "one-hot labels"],
)
def test_another_shape_or_type_is_refused(folder, key: str, edit: Callable[[np.ndarray], np.ndarray], words: str):
    change(folder, **{key: edit(arrays_of(folder)[key])})
    with pytest.raises(DataError, match=words):
        read(folder, "train")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("X_train", np.nan, "X_train, row 3"),
        ("X_train", 1.5, "X_train, row 3"),
        ("X_valid", -0.1, "X_valid, row 3"),
        ("y_train", 10, "y_train, row 3"),
        ("y_valid", -1, "y_valid, row 3"),
        ("y_valid", 1.5, "y_valid, row 3"),
        ("y_train", np.nan, "y_train, row 3"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_row(folder, key, value, words):
    array = arrays_of(folder)[key].astype(np.float32)
    array[2, 0] = value
    change(folder, **{key: array})
    with pytest.raises(DataError, match=words):
        read(folder, "train")


def test_labels_may_be_flat_and_whole_numbers_may_be_floats(folder):
    before = [sample.y for sample in read(folder, "train")]
    change(folder, y_train=arrays_of(folder)["y_train"].ravel().astype(float))
    samples = read(folder, "train")
    assert [sample.y for sample in samples] == before and isinstance(samples[0].y, int)


def test_pickled_objects_are_never_loaded(folder):
    change(folder, X_train=np.array([{"a": 1}] * 3, dtype=object))
    with pytest.raises(DataError, match="pickled objects"):
        read(folder, "train")


@pytest.mark.parametrize("start", [b"", b"not a zip archive", b"PK\x03\x04 half"])
def test_a_file_of_another_kind_is_refused_by_its_name(folder, start):
    (folder / NAME).write_bytes(start)
    with pytest.raises(DataError, match=NAME):
        read(folder, "train")


def test_damaged_members_are_refused(folder):
    content = bytearray((folder / NAME).read_bytes())
    for at in range(2000, 2100):
        content[at] ^= 0x5A
    (folder / NAME).write_bytes(content)
    with pytest.raises(DataError, match=f"X_train of {NAME} cannot be read"):
        read(folder, "train")


def test_an_array_that_claims_more_than_the_file_holds_is_refused(folder):
    header = io.BytesIO()
    claimed = {"descr": "<f4", "fortran_order": False, "shape": (10**9, 1600)}
    np.lib.format.write_array_header_1_0(header, claimed)
    with zipfile.ZipFile(folder / NAME, "w") as archive:
        archive.writestr("X_train.npy", header.getvalue())
    with pytest.raises(DataError, match="does not fit"):
        read(folder, "train")


def test_equal_images_share_a_group(folder):
    images = arrays_of(folder)["X_train"].copy()
    images[5] = images[4]
    change(folder, X_train=images)
    samples = read(folder, "train")
    assert samples[4].group == samples[5].group is not None and samples[6].group is None


@pytest.mark.skipif("KIT_TEST_DATA" not in os.environ, reason="needs the contest's files in KIT_TEST_DATA")
def test_the_real_file_is_read():
    samples = read(Path(os.environ["KIT_TEST_DATA"]) / "cluttered_mnist", "train")
    assert len(samples) == 11000 and sum("split" in sample.meta for sample in samples) == 1000


# Sample, examples, audit


def test_the_sample_is_deterministic_and_parts_differ(folder, tmp_path):
    again, other = tmp_path / "again", tmp_path / "other"
    for path, seed in ((again, 0), (other, 1)):
        path.mkdir()
        write(path, 40, seed)
    assert (again / NAME).read_bytes() == (folder / NAME).read_bytes() != (other / NAME).read_bytes()
    arrays = arrays_of(folder)
    assert "y_test" not in arrays and arrays["X_test"].shape == (10, 1600)
    assert arrays["y_train"].shape == (36, 1) and arrays["y_train"].dtype == np.int32
    assert len(np.unique(np.concatenate([arrays["X_train"], arrays["X_valid"], arrays["X_test"]]), axis=0)) == 50


def test_no_digit_is_in_two_parts_of_the_sample():
    found = [set(np.concatenate(positions)) for positions in pools(np.repeat(np.arange(10), 500), 0).values()]
    assert [len(part) for part in found] == [3500, 500, 1000] and len(set.union(*found)) == 5000


def test_too_small_a_sample_is_refused(tmp_path):
    with pytest.raises(KitError, match="too small"):
        write(tmp_path, 5, 0)


def test_augmentation_moves_repeatably_and_only_in_training(folder):
    sample, config = read(folder, "train")[0], ClutterConfig()
    plain, label = example(sample, None, config)
    np.testing.assert_array_equal(plain[0], sample.x)
    assert label == sample.y
    first, second = (example(sample, np.random.default_rng(1), config)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (1, 40, 40) and not np.array_equal(first, plain)
    off = example(sample, np.random.default_rng(1), replace(config, augment=False))[0]
    np.testing.assert_array_equal(off, plain)


def test_views_move_by_a_pixel():
    batch = np.arange(2 * 4 * 4, dtype=np.float32).reshape(2, 1, 4, 4)
    views = {view.name: view.apply(batch) for view in VIEWS}
    np.testing.assert_array_equal(views["up"][..., :-1, :], batch[..., 1:, :])
    np.testing.assert_array_equal(views["right"][..., 1:], batch[..., :-1])
    assert not views["down"][..., 0, :].any()


def test_the_audit_counts_classes_and_finds_blank_images(folder):
    assert {finding.level for finding in audit(folder) if finding.where == NAME} <= {"note", "warning"}
    arrays = arrays_of(folder)
    images, labels = arrays["X_train"].copy(), arrays["y_train"].copy()
    images[6] = 0
    labels[labels == 8] = 3
    change(folder, X_train=images, y_train=labels)
    messages = " ".join(f"{finding.kind}: {finding.message}" for finding in audit(folder))
    assert "blank images: train samples 7 " in messages
    assert "missing classes: no image of y_train shows 8" in messages
    assert "class counts: y_valid holds 0: " in messages


# Networks


@pytest.fixture(scope="module")
def model():
    pytest.importorskip("paddle")
    from kit_plugins.cluttered_digits import model

    return model


def batch_of(count: int) -> np.ndarray:
    return np.random.default_rng(0).random((count, 1, 40, 40), dtype=np.float32)


@pytest.mark.parametrize("name", ["default", "stn", "plain"])
def test_a_network_maps_images_to_ten_logits_and_passes_gradients_back(model, name):
    from kit.device import paddle

    layer = TASK.models[name].build(ClutterConfig(width=4))
    layer.train()
    x = paddle.to_tensor(batch_of(3))
    assert x.stop_gradient
    logits = layer(x)
    assert logits.shape == [3, 10]
    logits.square().sum().backward()
    assert all(weight.grad is not None for weight in layer.parameters() if not weight.stop_gradient)
    assert x.stop_gradient and x.grad is None


def test_the_spatial_transformer_starts_as_the_identity(model):
    from kit.device import paddle

    layer, x = model.stn(ClutterConfig()), batch_of(2)
    layer.eval()
    with paddle.no_grad():
        np.testing.assert_allclose(layer.transform(paddle.to_tensor(x)).numpy(), x, atol=1e-4)


def test_the_attention_zoom_starts_as_the_crop_in_the_middle(model):
    from kit.device import paddle

    layer, x = model.default(ClutterConfig(width=4)), batch_of(2)
    layer.eval()
    with paddle.no_grad():
        cropped = layer.transform(paddle.to_tensor(x)).numpy()
    np.testing.assert_allclose(cropped, x[..., 6:34, 6:34], atol=1e-4)


def test_the_grid_is_that_of_affine_grid(model):
    from kit.device import paddle

    layer, x = model.stn(ClutterConfig()), paddle.to_tensor(batch_of(2))
    theta = np.array([0.8, 0.1, 0.2, -0.1, 1.1, -0.3], np.float32)
    layer.localisation.layers[-1].bias.set_value(theta)
    layer.eval()
    with paddle.no_grad():
        grid = paddle.nn.functional.affine_grid(
            paddle.to_tensor(np.tile(theta.reshape(1, 2, 3), (2, 1, 1))), [2, 1, 40, 40], align_corners=False
        )
        expected = paddle.nn.functional.grid_sample(x, grid, align_corners=False).numpy()
        np.testing.assert_allclose(layer.transform(x).numpy(), expected, atol=1e-4)


@pytest.mark.parametrize("name", ["default", "stn"])
def test_a_transformer_is_exported_for_prediction(model, name):
    from tests.prediction.exports import in_every_engine

    layer = TASK.models[name].build(ClutterConfig(width=4))
    for exported in in_every_engine(layer, batch_of(4)).values():
        assert exported(batch_of(7)).shape == (7, 10)


def test_explanations_are_the_parameters_of_each_image(model):
    for name in ("default", "stn", "plain"):
        layer = TASK.models[name].build(ClutterConfig(width=4))
        layer.eval()
        zoom = 0.7 if name == "default" else 1.0
        np.testing.assert_allclose(model.explain(layer, batch_of(3)), [[zoom, 0, 0, 0, zoom, 0]] * 3, atol=1e-6)


# Figures


def test_the_figures_warp_as_the_network_does(model):
    from kit.device import paddle

    theta = np.array([0.7, 0.1, 0.2, -0.05, 0.8, -0.1], np.float32)
    layer, x = model.stn(ClutterConfig()), batch_of(1)
    layer.localisation.layers[-1].bias.set_value(theta)
    layer.eval()
    with paddle.no_grad():
        expected = layer.transform(paddle.to_tensor(x)).numpy()[0, 0]
    assert np.abs(warp(x[0, 0], theta.reshape(2, 3)) - expected).max() < 0.05  # OpenCV rounds to 1/32 pixel


def test_zoom_angle_and_shift_are_read_from_the_parameters():
    turn = np.deg2rad(20)
    linear = 0.5 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    found = parameters(np.column_stack([linear, [0.1, -0.2]]))
    assert found == pytest.approx({"zoom": 2, "angle in degrees": 20, "shift to the right": 2, "shift down": -4})


def evidence(samples, thetas) -> Evidence:
    predictions = [np.eye(10)[sample.y if row % 3 else (sample.y + 1) % 10] for row, sample in enumerate(samples)]
    maps = {sample.id: theta.astype(np.float16) for sample, theta in zip(samples, thetas, strict=True)}
    return Evidence(samples, predictions, maps, {}, {})


def test_figures_show_raw_above_warped_mistakes_and_the_distribution(folder):
    samples = read(folder, "train")[:20]
    thetas = np.random.default_rng(0).normal([0.7, 0, 0, 0, 0.7, 0], 0.05, (20, 6))
    drawn = list(figures(evidence(samples, thetas)))
    assert len(drawn) == 3 and all(figure.png.startswith(PNG) for figure in drawn)


def test_the_comparison_shows_raw_above_warped_where_one_run_alone_is_right(model, folder, kit_cli, tmp_path):
    from kit.comparison import Comparison, Difference, Member
    from kit.prediction.explaining import explain_samples
    from kit.report.comparison_page import comparison_page
    from kit.report.gallery import LONGEST
    from kit.report.pictures import encode
    from kit.runs import find

    samples = read(folder, "train")[36:38]
    runs = []
    for name in ("plain", "stn"):
        assert kit_cli("train", "cluttered_digits", "--data", folder, "--model", name, "--epochs", 1).exit_code == 0
        runs.append(find("latest"))
    plain, stn = runs
    thetas = explain_samples(TASK, stn, samples)
    assert list(thetas) == ["37", "38"] and np.abs(thetas["37"] - [1, 0, 0, 0, 1, 0]).max() > 1e-3
    members = (Member(plain.name, "plain", 0.5, 2), Member(stn.name, "stn", 0.5, 2))
    one = Difference(plain.name, stn.name, 0.0, None, None, "none", 0, 1, (), ("37",))
    page = tmp_path / "page.html"
    comparison_page(TASK, runs, Comparison(TASK.name, "accuracy", True, 4, members, (one,), 2), page)
    text = page.read_text()
    raw, warped = encode(picture(samples[0]), LONGEST), encode(seen(samples[0], thetas["37"]), LONGEST)
    assert 0 < text.index(raw.uri) < text.index(warped.uri)
    assert text.count('class="seen"') == 1 and seen(samples[0], explain_samples(TASK, plain, samples)["37"]) is None


def test_a_network_without_a_transformer_has_no_figures(folder):
    samples = read(folder, "train")[:5]
    assert list(figures(evidence(samples, np.tile([1.0, 0, 0, 0, 1, 0], (5, 1))))) == []


def test_a_submission_names_rows_and_digits():
    [row] = default_writer(TASK.format)([SimpleNamespace(id="7", y=3)], [np.eye(10)[3]], {})
    assert [str(cell) for cell in row] == ["7", "3"]
