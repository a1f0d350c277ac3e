"""3D digits: solids, their copies, h5 files that are not trusted, and the article's networks."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from kit_plugins.digits_3d import TASK
from kit_plugins.digits_3d.alignment import aligned, flat_view, points_of
from kit_plugins.digits_3d.audit import audit
from kit_plugins.digits_3d.clouds import rotation, solid, voxels
from kit_plugins.digits_3d.copies import find_copies
from kit_plugins.digits_3d.figures import figures
from kit_plugins.digits_3d.files import CLOUDS, VECTORS
from kit_plugins.digits_3d.inputs import example, picture
from kit_plugins.digits_3d.reader import CloudPath, ids, read, read_answers, volume
from kit_plugins.digits_3d.sample import write
from kit_plugins.digits_3d.views import VIEWS

from kit import DataError, Evidence, KitError
from kit.blocks.mnist import mnist_digits
from kit.contract.settings import configure

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("digits")
    write(data, 60, 0)
    return data


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    return shutil.copytree(made, tmp_path / "data")


def change(folder: Path, **arrays: Any) -> None:
    """Write the file again with some arrays replaced, or left out where the value is None."""
    with h5py.File(folder / VECTORS) as file:
        found = {key: file[key][()] for key in file}
    with h5py.File(folder / VECTORS, "w") as file:
        for key, array in {**found, **arrays}.items():
            if array is not None:
                file[key] = array


def clouds(folder: Path, count: int = 3) -> None:
    """Write both files of clouds, as the contest's, and no vectors."""
    (folder / VECTORS).unlink(missing_ok=True)
    scans, labels = mnist_digits()
    for part, name in CLOUDS.items():
        with h5py.File(folder / name, "w") as file:
            for number in range(count):
                group = file.create_group(str(number))
                group["points"] = solid(scans[number * 1600])
                group.attrs["label"] = labels[number * 1600] if part == "train" else "hidden"


# Solids


def test_a_solid_has_the_proportions_of_the_contests_clouds() -> None:
    points = solid(mnist_digits()[0][600])
    assert points.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-9)
    extent = np.ptp(points, axis=0)
    assert extent[0] == pytest.approx(0.3, abs=0.02) and extent[1:].max() == pytest.approx(1, abs=0.05)


def test_the_contests_own_cloud_gives_its_own_voxels() -> None:
    data = os.environ.get("KIT_TEST_DATA")
    if not data:
        pytest.skip("KIT_TEST_DATA is not set")
    table = np.loadtxt(Path(data, "mnist3d", "cloud_14_digit_1.txt"))
    occupied = np.flatnonzero(voxels(table[:, :3]).ravel())
    theirs = np.unique(table[:, 6].astype(int))
    assert len(np.intersect1d(occupied, theirs)) > 0.6 * max(len(occupied), len(theirs))


def test_voxels_are_ordered_z_y_x() -> None:
    points = np.array([[0.0, 0, 0], [1, 1, 1], [0.5, 0.2, 0.9]])
    flat = np.flatnonzero(voxels(points).ravel())
    assert flat.tolist() == [0, 14 * 256 + 3 * 16 + 8, 4095]


def test_a_rotation_keeps_lengths_and_turns_x_to_y() -> None:
    turn = rotation(np.array([0, 0, np.pi / 2]))
    np.testing.assert_allclose(turn @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    matrix = rotation(RNG.uniform(-3, 3, 3))
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)


# Reading


def test_vectors_are_read_by_row_and_copies_share_a_group(folder: Path) -> None:
    samples = read(folder, "train")
    assert [sample.id for sample in samples[:3]] == ["1", "2", "3"]
    assert samples[0].x.shape == (16, 16, 16) and samples[0].x.dtype == np.float32
    assert [sample.group for sample in samples[:4]] == ["cloud 0", "cloud 0", "cloud 1", "cloud 1"]
    assert [sample.y for sample in read(folder, "test")] == [None] * 15
    assert ids(folder) == [str(row) for row in range(1, 16)]


def test_clouds_become_volumes_when_there_are_no_vectors(folder: Path) -> None:
    clouds(folder)
    samples = read(folder, "train")
    assert [sample.y for sample in samples] == [0, 3, 6] and isinstance(samples[0].x, CloudPath)
    np.testing.assert_array_equal(volume(samples[1].x), voxels(solid(mnist_digits()[0][1600])))
    assert [sample.y for sample in read(folder, "test")] == [None] * 3 and ids(folder) == ["1", "2", "3"]


@pytest.mark.parametrize("order", ["pairs", "blocks", "none"])
def test_copies_are_found_in_any_order(order: str, folder: Path) -> None:
    volumes = np.stack([sample.x for sample in read(folder, "train")])
    labels = np.array([sample.y for sample in read(folder, "train")])
    rows = {"pairs": np.arange(60), "blocks": np.r_[0:60:2, 1:60:2], "none": RNG.permutation(60)}[order]
    copies = find_copies(volumes[rows], labels[rows])
    same = copies.groups[np.argsort(rows)].reshape(-1, 2)
    assert (same[:, 0] == same[:, 1]).mean() > (0.3 if order == "none" else 0.99)
    assert {"pairs": "follow", "blocks": "blocks", "none": "nearest"}[order] in copies.how


def test_answers_come_from_a_csv_from_y_test_and_from_clouds(folder: Path) -> None:
    known = read_answers(folder / "answers.csv")
    labels = known.truth["label"]
    change(folder, y_test=labels)
    again = read_answers(folder / VECTORS)
    assert list(again.ids) == list(known.ids) and (again.truth["label"] == labels).all()
    clouds(folder)
    assert read_answers(folder / CLOUDS["train"]).truth["label"].tolist() == [0, 3, 6]
    (folder / "answers.csv").write_bytes(b"\xef\xbb\xbfid;label\r\n1.0;3\r\n")
    assert read_answers(folder / "answers.csv").truth["label"].tolist() == [3]


def test_a_file_without_answers_is_said_to_have_none(folder: Path) -> None:
    with pytest.raises(DataError, match="holds no answers"):
        read_answers(folder / VECTORS)


@pytest.mark.parametrize("row", ["1,10", "1,x", "x,1", "1,-1", "2,3\n2,3", "2,1.5"])
def test_a_wrong_answer_is_named_with_its_line(folder: Path, row: str) -> None:
    (folder / "answers.csv").write_text(f"id,label\n{row}\n")
    with pytest.raises(DataError, match=r"line [23], column"):
        read_answers(folder / "answers.csv")


def test_labels_of_the_test_part_are_never_read(folder: Path) -> None:
    change(folder, y_test=np.full(15, 99))
    assert len(read(folder, "test")) == 15 and len(read(folder, "train")) == 60


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X_train": None}, "has no X_train"),
        ({"y_train": None}, "has no y_train"),
        ({"X_train": np.zeros((60, 16, 16, 16), "f4")}, "X_train has the wrong shape"),
        ({"X_train": np.zeros((60, 784), "f4")}, r"\(N, 4096\)"),
        ({"y_train": np.zeros(59, int)}, "y_train has the wrong shape"),
        ({"y_train": np.full(60, 10)}, "y_train, row 1"),
        ({"y_train": np.full(60, 1.5)}, "y_train, row 1"),
        ({"X_train": np.full((60, 4096), np.nan)}, "X_train, row 1"),
        ({"X_train": np.full((60, 4096), -1.0)}, "X_train, row 1"),
        ({"X_train": np.array([b"x"] * 60)}, "X_train has the wrong shape"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(folder: Path, arrays: dict[str, Any], words: str) -> None:
    change(folder, **arrays)
    with pytest.raises(DataError, match=words):
        read(folder, "train")


def test_damaged_files_links_and_missing_files_are_one_error_each(folder: Path, tmp_path: Path) -> None:
    content = (folder / VECTORS).read_bytes()
    (folder / VECTORS).write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="cannot be read"):
        read(folder, "train")
    with h5py.File(folder / VECTORS, "w") as file:
        file["X_train"] = h5py.ExternalLink("/etc/passwd", "X")
    with pytest.raises(DataError, match="link"):
        read(folder, "train")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=VECTORS):
        read(tmp_path / "empty", "train")
    with pytest.raises(KitError, match="too small"):
        write(tmp_path, 10, 0)


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
def test_a_class_of_a_few_rows_is_read(folder: Path, rows: int) -> None:
    with h5py.File(folder / VECTORS) as file:
        voxels, labels = file["X_train"][:rows], file["y_train"][:rows]
    change(folder, X_train=voxels, y_train=labels)
    assert len(read(folder, "train")) == rows


def test_the_file_is_found_under_another_name_and_beside_its_copy(folder: Path) -> None:
    shutil.copy(folder / VECTORS, folder / "full_dataset_vectors (1).h5")
    assert len(read(folder, "train")) == 60
    (folder / "full_dataset_vectors (1).h5").rename(folder / "full_dataset_vectors (2).h5")
    (folder / VECTORS).rename(folder / "full_dataset_vectors (1).h5")
    assert len(read(folder, "train")) == 60
    (folder / "full_dataset_vectors (2).h5").write_bytes(b"another")
    with pytest.raises(DataError, match="several files"):
        read(folder, "train")
    (folder / "full_dataset_vectors (2).h5").unlink()
    (folder / "full_dataset_vectors (1).h5").rename(folder / "DATA.H5")
    assert len(read(folder, "train")) == 60 and len(ids(folder)) == 15


@pytest.mark.parametrize(("content", "words"), [(b"", "an empty file"), (b"<html>", "begins with b'<html>'")])
def test_a_file_of_another_kind_is_described(folder: Path, content: bytes, words: str) -> None:
    (folder / VECTORS).write_bytes(content)
    with pytest.raises(DataError, match=words):
        read(folder, "train")


def test_ids_of_a_file_without_a_test_part_name_the_key(folder: Path) -> None:
    change(folder, X_test=None)
    with pytest.raises(DataError, match="has no X_test"):
        ids(folder)


def test_clouds_stand_for_the_vectors_of_the_part_that_the_file_lacks(folder: Path) -> None:
    with h5py.File(folder / CLOUDS["test"], "w") as file:
        file.create_group("0")["points"] = solid(mnist_digits()[0][0])
    assert len(read(folder, "test")) == 15
    change(folder, X_test=None)
    [sample] = read(folder, "test")
    assert isinstance(sample.x, CloudPath) and len(read(folder, "train")) == 60


@pytest.mark.parametrize("points", [np.zeros((1, 3)), np.zeros((500, 3)), np.eye(3), np.zeros((0, 3))])
def test_a_cloud_of_too_few_points_is_named(folder: Path, points: np.ndarray) -> None:
    clouds(folder)
    with h5py.File(folder / CLOUDS["train"], "a") as file:
        del file["1"]["points"]
        file["1"]["points"] = points
    with pytest.raises(DataError, match="1/points"):
        volume(read(folder, "train")[1].x)


def test_groups_of_one_number_and_arrays_in_place_of_groups_are_named(folder: Path) -> None:
    clouds(folder)
    with h5py.File(folder / CLOUDS["train"], "a") as file:
        file.copy("1", "01")
    with pytest.raises(DataError, match="two groups have one number"):
        read(folder, "train")
    with h5py.File(folder / CLOUDS["test"], "a") as file:
        del file["2"]
        file["2"] = np.zeros(3)
    with pytest.raises(DataError, match="/2 is an array"):
        volume(read(folder, "test")[2].x)


def test_the_audit_finds_missing_and_sparse_clouds(folder: Path) -> None:
    clouds(folder)
    with h5py.File(folder / CLOUDS["test"], "a") as file:
        del file["1"], file["2"]["points"]
        file["2"]["points"] = np.random.default_rng(0).random((20, 3))
    found = {finding.kind: finding.message for finding in audit(folder)}
    assert "groups 1 are missing" in found["missing clouds"] and "groups 2 have fewer" in found["sparse clouds"]


def test_a_cloud_without_points_or_label_is_named(folder: Path) -> None:
    clouds(folder)
    with h5py.File(folder / CLOUDS["train"], "a") as file:
        del file["1"]["points"], file["2"].attrs["label"]
    with pytest.raises(DataError, match="2"):
        read(folder, "train")
    with pytest.raises(DataError, match="has no points"):
        volume(CloudPath(folder / CLOUDS["train"], "1"))


# Inputs, networks, audit, figures


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("default", (2, 28, 28)),
        ("voxels", (1, 16, 16, 16)),
        ("cnn2d", (16, 16, 16)),
        ("cnn3d", (3, 16, 16, 16)),
        ("forest", (4096,)),
    ],
)
def test_each_model_gets_its_input_and_augmentation_is_seeded(folder: Path, model: str, shape: tuple[int, ...]) -> None:
    config, sample = configure(TASK, {"model": model}), read(folder, "train")[0]
    assert example(sample, None, config)[0].shape == shape
    first, again = (example(sample, np.random.default_rng(5), config)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.float32 and first.shape == shape


def test_the_articles_networks_have_its_weights() -> None:
    paddle = pytest.importorskip("paddle")
    counts = {}
    for name in ("cnn2d", "cnn3d"):
        layer = TASK.model(name)[1].build(configure(TASK, {"model": name}))
        counts[name] = sum(int(np.prod(parameter.shape)) for parameter in layer.parameters())
    assert counts["cnn2d"] > 8_000_000 and counts["cnn3d"] > 20_000_000
    for name, shape in (("default", [2, 2, 28, 28]), ("voxels", [2, 1, 16, 16, 16])):
        layer = TASK.model(name)[1].build(configure(TASK, {"model": name}))
        layer.eval()
        assert layer(paddle.zeros(shape)).shape == [2, 10]


def test_the_direction_a_solid_was_extruded_along_is_found_however_it_was_rotated() -> None:
    scans, labels = mnist_digits()
    errors = []
    for scan in scans[labels != 1][::150]:  # a 1 looks alike from two sides
        points, turn = solid(scan), rotation(RNG.uniform(-np.pi, np.pi, 3))
        assert flat_view(points_of(voxels(points))).upright
        axis = flat_view(points_of(voxels(points @ turn.T))).direction
        errors.append(np.rad2deg(np.arccos(min(abs(axis @ turn[:, 0]), 1))))
    assert np.mean(np.array(errors) < 10) > 0.9


def test_an_upright_solid_is_seen_from_its_flat_side_and_nothing_is_seen_of_an_empty_one() -> None:
    wide = np.zeros((16, 16, 16), np.float32)
    wide[2:4, 4:12, 5:10] = 1  # at the bottom: a bar of 8 voxels along y
    wide[4:14, 6:8, 5:10] = 1  # and one that stands on it
    image = aligned(points_of(wide))[0]
    assert image[20:].sum() > image[:8].sum() > 0
    assert not aligned(points_of(np.zeros((16, 16, 16), np.float32))).any()


@pytest.mark.parametrize("model", ["default", "voxels", "cnn2d", "cnn3d", "forest"])
def test_views_change_rotated_solids_alone(folder: Path, model: str) -> None:
    config = configure(TASK, {"model": model})
    batch = np.stack([example(sample, None, config)[0] for sample in read(folder, "train")[:2]])
    for view in VIEWS:
        seen = view.apply(batch)
        assert seen.shape == batch.shape and seen.dtype == batch.dtype
        np.testing.assert_array_equal(seen[0], batch[0])
        assert (seen[1] != batch[1]).any() and np.isclose(seen[1].sum(), batch[1].sum())
    np.testing.assert_array_equal(VIEWS[2].apply(VIEWS[0].apply(batch)), batch)


def test_the_audit_tells_how_copies_were_found_and_names_empty_volumes(folder: Path) -> None:
    kinds = {finding.kind: finding.message for finding in audit(folder)}
    assert "30 groups" in kinds["copies"] and "follow each other" in kinds["copies"]
    with h5py.File(folder / VECTORS, "a") as file:
        file["X_train"][6] = 0
    assert "train rows 7" in {finding.kind: finding.message for finding in audit(folder)}["empty volumes"]


def test_figures_show_digits_and_mistakes_in_3d(folder: Path) -> None:
    samples = read(folder, "train")[:4]
    predictions = [np.eye(10)[sample.y] for sample in samples[:3]] + [np.eye(10)[(samples[3].y + 1) % 10]]
    drawn = list(figures(Evidence(samples, predictions, {}, {}, {})))
    assert [figure.title for figure in drawn] == ["Digits in 3D, read correctly", "The worst mistakes in 3D"]
    assert all(figure.png.startswith(b"\x89PNG") for figure in drawn)
    assert picture(samples[0]).shape == (16, 16) and picture(samples[0]).dtype == np.uint8
