"""Scans, geometry, tables and samples: what is read, and how every fault is named."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.lung_nodules import REDUCTION, files, inputs, reader, tables
from kit_plugins.lung_nodules.ct import preparation, scan

from kit import DataError, SampleError
from tests.plugins.lung_nodules.contest import CANDIDATES, DIRECTIONS, NODULES, contest_folder, write_scan

SimpleITK = pytest.importorskip("SimpleITK")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))


def test_samples_carry_label_scan_and_subset(tmp_path):
    folder = contest_folder(tmp_path, ("1.2.3,-10,40,-90,1", "1.2.3,-5,45,-88,0", "1.2.4,-5,45,-88,0"))
    write_scan(folder / "subset5", uid="1.2.4")
    samples = reader.read_reduction(folder, "train")
    assert [sample.y for sample in samples] == [1, 0, 0]
    assert samples[-1].meta["subset"] == "5"
    samples = samples[:2]
    assert samples[0].group == "1.2.3" and samples[0].meta["subset"] == "4"
    assert samples[-1].id == "1.2.3/1"


def test_the_cube_shows_the_world_position_of_the_candidate(tmp_path):
    hu = np.full((20, 40, 44), -900, np.int16)
    hu[9, 19, 25] = 400
    folder = contest_folder(tmp_path)
    header = write_scan(folder / "subset4", hu=hu, direction=DIRECTIONS["flipped"])
    x, y, z = scan.read_header(header).grid.world(np.array([9, 19, 25]))
    (folder / "candidates_V2.csv").write_text(CANDIDATES + f"1.2.3,{x},{y},{z},1\n")
    cube, _ = inputs.example(reader.read_reduction(folder, "train")[0], None, replace(REDUCTION.config, resolution=1.0))
    assert cube.shape == (1, 32, 32, 32) and cube.dtype == np.float32
    assert np.abs(np.array(np.unravel_index(cube[0].argmax(), cube[0].shape)) - 15.5).max() <= 0.5


def test_augmentation_keeps_the_nodule_where_its_label_says(tmp_path):
    hu = np.full((20, 40, 44), -900, np.int16)
    hu[9:11, 18:22, 23:28] = 400
    folder = contest_folder(tmp_path)
    header = write_scan(folder / "subset4", hu=hu)
    x, y, z = scan.read_header(header).grid.world(np.array([9.5, 19.5, 25]))
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
        (("1.2.3,0,0,0,1",), ("7.7.7,0,0,0,5",), "annotation is for an unknown scan"),
        (("1.2.3,0,0,0,2",), (), "class is wrong"),
        (("1.2.3,0,0,0,",), (), "no class"),
        (("1.2.3,0,0,x,1",), (), "coordZ is not a finite number"),
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
    write_scan(folder / "subset4", hu=np.where(np.arange(44) < 9, -1000, 0) * np.ones((12, 40, 1), np.int16))
    second = preparation.cached_volume(header)
    assert second != first and (preparation.open_volume(second).hu[:, :, 12:] == 182).all()


@pytest.mark.skipif("KIT_TEST_DATA" not in os.environ, reason="KIT_TEST_DATA is not set")
def test_the_contest_tables_are_read_whole():
    folder = Path(os.environ["KIT_TEST_DATA"]) / "luna16"
    assert len(tables.read_points(folder / "annotations.csv", "diameter_mm")) == 1186
    assert len(tables.read_points(folder / "annotations_excluded.csv", "diameter_mm")) == 35192
    assert len(tables.read_seriesuids(folder / "seriesuids.csv")) == 888
