"""Scans, geometry, tables and samples: what is read, and how every fault is named."""

import os
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.lung_nodules import REDUCTION, files, inputs, reader, tables
from kit_plugins.lung_nodules.ct import metaimage, preparation
from kit_plugins.lung_nodules.ct.geometry import Grid, nodule_mask

from kit import DataError, SampleError

SimpleITK = pytest.importorskip("SimpleITK")

TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
DIRECTIONS = {
    "plain": np.eye(3),
    "flipped": np.diag([-1.0, -1.0, 1.0]),
    "upside down": np.diag([1.0, -1.0, -1.0]),
    "oblique": TURN,
    "oblique and flipped": TURN @ np.diag([1.0, 1.0, -1.0]),
}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))


def write_scan(folder, uid="1.2.3", shape=(12, 40, 44), direction=None, compress=False, hu=None):
    rng = np.random.default_rng(0)
    voxels = rng.integers(-1000, 300, shape).astype(np.int16) if hu is None else hu
    image = SimpleITK.GetImageFromArray(voxels)
    image.SetSpacing((0.8, 0.9, 2.0))
    image.SetOrigin((-20.5, 31.0, -100.0))
    image.SetDirection((np.eye(3) if direction is None else direction).ravel().tolist())
    folder.mkdir(parents=True, exist_ok=True)
    SimpleITK.WriteImage(image, str(folder / f"{uid}.mhd"), compress)
    return folder / f"{uid}.mhd"


def edit(header: Path, **entries):
    """Set header entries; None takes one out."""
    lines = dict(line.split(" = ", 1) for line in header.read_text().splitlines())
    lines |= {name: value for name, value in entries.items() if value is not None}
    lines = {name: value for name, value in lines.items() if entries.get(name, "") is not None}
    header.write_text("".join(f"{name} = {value}\n" for name, value in lines.items()))


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
@pytest.mark.parametrize("compress", [False, True], ids=["raw", "zraw"])
def test_world_and_voxel_agree_with_simpleitk_for_every_direction(direction, compress, tmp_path):
    path = write_scan(tmp_path, direction=direction, compress=compress)
    image, grid = metaimage.read_scan(path)
    rng = np.random.default_rng(1)
    for _ in range(20):
        index = rng.uniform(-3, 40, 3)
        world = image.TransformContinuousIndexToPhysicalPoint(index.tolist())
        np.testing.assert_allclose(grid.voxels(np.array(world)), index[::-1], atol=1e-9)
        np.testing.assert_allclose(grid.world(index[::-1]), world, atol=1e-9)


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_a_bright_spot_is_at_its_world_position_after_resampling(direction, tmp_path):
    hu = np.full((14, 40, 44), -900, np.int16)
    hu[7, 18:21, 24:27] = 400
    path = write_scan(tmp_path, direction=direction, hu=hu)
    world = metaimage.read_header(path).grid.world(np.array([7, 19, 25]))
    levels, grid = preparation.resample(path)
    bright = np.argwhere(levels > 128)
    np.testing.assert_allclose(grid.world(bright.mean(axis=0)), world, atol=0.6)
    assert grid.direction == (1, 0, 0, 0, 1, 0, 0, 0, 1)


def test_padding_and_metal_are_clipped_before_anything_else(tmp_path):
    hu = np.full((10, 40, 44), -3024, np.int16)
    hu[:, 10:30, 10:30] = 3000
    levels, _ = preparation.resample(write_scan(tmp_path, hu=hu))
    assert preparation.to_hu(levels).min() == -1000
    assert preparation.to_hu(levels).max() == 400


def test_points_beyond_the_outer_voxels_are_outside():
    grid = Grid((10, 10, 10), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (-1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0))
    assert grid.contains(np.array([-9.0, 0, 0]))
    assert not grid.contains(np.array([9.0, 0, 0]))  # |world - origin| / spacing would call this inside


def test_a_nodule_mask_has_the_radius_of_the_nodule_and_not_twice_that():
    grid = Grid((60, 60, 60), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    mask = nodule_mask(grid, np.array([30.0, 30.0, 30.0, 20.0]))
    assert mask.sum() == pytest.approx(4 / 3 * np.pi * 10**3, rel=0.03)
    assert mask[30, 30, 40] and not mask[30, 30, 41]


def test_a_nodule_between_two_slices_still_has_a_voxel():
    assert nodule_mask(Grid((9, 9, 3), (0.0, 0, 0), (1.0, 1.0, 9.0)), np.array([4.0, 4.0, 4.4, 3.0])).sum() >= 1


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"ElementDataFile": "../secret.raw"}, "outside its folder"),
        ({"ElementDataFile": "/etc/passwd"}, "outside its folder"),
        ({"ElementDataFile": "sub/1.2.3.raw"}, "outside its folder"),
        ({"ElementDataFile": "..\\secret.raw"}, "outside its folder"),
        ({"ElementDataFile": "C:secret.raw"}, "outside its folder"),
        ({"ElementDataFile": "LIST"}, "outside its folder"),
        ({"ElementDataFile": "slice%03d.raw 1 9 1"}, "outside its folder"),
        ({"ElementDataFile": "gone.raw"}, "data file is missing"),
        ({"ElementSpacing": None}, "has no ElementSpacing"),
        ({"ElementSpacing": "0.8 0 2"}, "wrong ElementSpacing"),
        ({"ElementSpacing": "0.8 nan 2"}, "wrong ElementSpacing"),
        ({"Offset": None}, "has no Offset"),
        ({"DimSize": "44 40"}, "wrong DimSize"),
        ({"DimSize": "44 40 -12"}, "wrong DimSize"),
        ({"DimSize": "999999 999999 999999"}, "wrong DimSize"),
        ({"DimSize": "44 40 13"}, "data file is short"),
        ({"DimSize": "44 40 11"}, "data file is too long"),
        ({"ElementType": "MET_OTHER"}, "wrong ElementType"),
        ({"NDims": "2"}, "wrong NDims"),
        ({"TransformMatrix": "1 0 0 1 0 0 0 0 1"}, "wrong TransformMatrix"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_bad_header_is_refused_and_named(entries, words, tmp_path):
    (tmp_path / "secret.raw").write_bytes(bytes(12 * 40 * 44 * 2))
    path = write_scan(tmp_path / "subset0")
    edit(path, **entries)
    with pytest.raises(DataError, match=words) as caught:
        metaimage.read_scan(path)
    assert "1.2.3" in str(caught.value)


def test_a_data_file_that_is_a_link_out_of_the_folder_is_refused(tmp_path):
    path = write_scan(tmp_path / "subset0")
    raw = path.with_suffix(".raw")
    raw.rename(tmp_path / "elsewhere.raw")
    raw.symlink_to(tmp_path / "elsewhere.raw")
    with pytest.raises(DataError, match="leads out of its folder"):
        metaimage.read_scan(path)


def test_a_pipe_as_data_file_is_refused_without_waiting(tmp_path):
    path = write_scan(tmp_path)
    path.with_suffix(".raw").unlink()
    os.mkfifo(path.with_suffix(".raw"))
    with pytest.raises(DataError, match="no regular file"):
        metaimage.read_scan(path)


@pytest.mark.parametrize("case", ["cut", "bomb", "not zlib"])
def test_compressed_data_of_the_wrong_size_are_refused(case, tmp_path):
    path = write_scan(tmp_path, compress=True)
    data = path.with_suffix(".zraw")
    content = {"cut": data.read_bytes()[:-400], "bomb": zlib.compress(bytes(50_000_000)), "not zlib": b"plain text"}[
        case
    ]
    data.write_bytes(content)
    with pytest.raises(DataError, match="unpack") as caught:
        metaimage.read_scan(path)
    assert "1.2.3.zraw" in str(caught.value)


TWO = ("1.2.3,-10,40,-90,1", "1.2.3,-5,45,-88,0")
NODULES, CANDIDATES = "seriesuid,coordX,coordY,coordZ,diameter_mm\n", "seriesuid,coordX,coordY,coordZ,class\n"


def contest_folder(tmp_path, candidates=TWO, annotations=("1.2.3,-10,40,-90,5",)):
    folder = tmp_path / "data"
    write_scan(folder / "subset4")
    (folder / "annotations.csv").write_text(NODULES + "".join(row + "\n" for row in annotations))
    (folder / "candidates_V2.csv").write_text(CANDIDATES + "".join(row + "\n" for row in candidates))
    return folder


def test_samples_carry_label_scan_and_subset(tmp_path):
    samples = reader.read_reduction(contest_folder(tmp_path), "train")
    assert [sample.y for sample in samples] == [1, 0]
    assert samples[0].group == "1.2.3" and samples[0].meta["subset"] == "4"
    assert samples[-1].id == "1.2.3/1"


def test_the_cube_shows_the_world_position_of_the_candidate(tmp_path):
    hu = np.full((20, 40, 44), -900, np.int16)
    hu[9, 19, 25] = 400
    folder = contest_folder(tmp_path)
    header = write_scan(folder / "subset4", hu=hu, direction=DIRECTIONS["flipped"])
    x, y, z = metaimage.read_header(header).grid.world(np.array([9, 19, 25]))
    (folder / "candidates_V2.csv").write_text(CANDIDATES + f"1.2.3,{x},{y},{z},1\n")
    cube, _ = inputs.example(reader.read_reduction(folder, "train")[0], None, replace(REDUCTION.config, resolution=1.0))
    assert cube.shape == (1, 32, 32, 32) and cube.dtype == np.float32
    assert np.abs(np.array(np.unravel_index(cube[0].argmax(), cube[0].shape)) - 15.5).max() <= 0.5


def test_augmentation_keeps_the_nodule_where_its_label_says(tmp_path):
    hu = np.full((20, 40, 44), -900, np.int16)
    hu[9:11, 18:22, 23:28] = 400
    folder = contest_folder(tmp_path)
    header = write_scan(folder / "subset4", hu=hu)
    x, y, z = metaimage.read_header(header).grid.world(np.array([9.5, 19.5, 25]))
    (folder / "annotations.csv").write_text(NODULES + f"1.2.3,{x},{y},{z},5\n")
    (folder / "candidates_V2.csv").write_text(CANDIDATES + f"1.2.3,{x + 1},{y - 1},{z + 1},1\n")
    sample = reader.read_reduction(folder, "train")[0]
    for seed in range(8):
        cube, label = inputs.example(sample, np.random.default_rng(seed), replace(REDUCTION.config, resolution=1.0))
        bright = np.argwhere(cube[0] > 0.6).mean(axis=0) - 15.5
        np.testing.assert_allclose(bright, label[2:], atol=0.8)


@pytest.mark.parametrize(
    ("candidates", "annotations", "words"),
    [
        (("9.9.9,0,0,0,1",), ("7.7.7,0,0,0,5",), "annotation is for an unknown scan"),
        (("1.2.3,0,0,0,2",), (), "class is wrong"),
        (("1.2.3,0,0,0,",), (), "no class"),
        (("1.2.3,0,0,x,1",), (), "coordZ is no finite number"),
        (("1.2.3,0,0,0,1",), ("1.2.3,0,0,0,-1",), "no size"),
    ],
)
def test_bad_tables_are_named_with_their_line(candidates, annotations, words, tmp_path):
    with pytest.raises(DataError, match=words) as caught:
        reader.read_reduction(contest_folder(tmp_path, candidates, annotations), "train")
    assert "line 2" in str(caught.value)


def test_a_candidate_outside_the_volume_is_named(tmp_path):
    folder = contest_folder(tmp_path, ("1.2.3,-10,40,-90,1", "1.2.3,500,40,-90,0"))
    samples = reader.read_reduction(folder, "train")
    with pytest.raises(SampleError, match="outside its volume") as caught:
        inputs.example(samples[1], None, REDUCTION.config)
    assert "500" in str(caught.value)


def test_a_scan_that_is_there_twice_or_missing_is_named(tmp_path):
    folder = contest_folder(tmp_path)
    (folder / "test_seriesuids.csv").write_text("4.4.4\n")
    with pytest.raises(DataError, match="scan to predict is missing"):
        files.open_folder(folder)
    (folder / "test_seriesuids.csv").unlink()
    write_scan(folder / "subset5")
    with pytest.raises(DataError, match="twice"):
        files.open_folder(folder)


def test_the_lung_masks_of_the_contest_are_not_taken_for_scans(tmp_path):
    folder = contest_folder(tmp_path)
    write_scan(folder / "seg-lungs-LUNA16")
    assert list(files.open_folder(folder).headers) == ["1.2.3"]


def test_preparing_again_after_the_scan_has_changed_gives_the_new_scan(tmp_path):
    folder = contest_folder(tmp_path)
    header = folder / "subset4" / "1.2.3.mhd"
    first = preparation.cached_volume(header)
    assert preparation.cached_volume(header) == first
    write_scan(folder / "subset4", hu=np.zeros((12, 40, 44), np.int16))
    second = preparation.cached_volume(header)
    assert second != first and (preparation.open_volume(second).hu[()] == 182).all()


@pytest.mark.skipif("KIT_TEST_DATA" not in os.environ, reason="KIT_TEST_DATA is not set")
def test_the_contest_tables_are_read_whole():
    folder = Path(os.environ["KIT_TEST_DATA"]) / "luna16"
    assert len(tables.read_points(folder / "annotations.csv", "diameter_mm")) == 1186
    assert len(tables.read_points(folder / "annotations_excluded.csv", "diameter_mm")) == 35192
    assert len(tables.read_seriesuids(folder / "seriesuids.csv")) == 888
