"""The lung mask and the candidates, on drawn scans whose truth is known and on two real slabs."""

import os
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.lung_nodules import reader
from kit_plugins.lung_nodules.ct import blobs, detection, lung_mask, preparation
from kit_plugins.lung_nodules.froc import hit_matrix
from kit_plugins.lung_nodules.synthetic import phantom
from kit_plugins.lung_nodules.tables import read_points

SimpleITK = pytest.importorskip("SimpleITK")
DATA = Path(os.environ.get("KIT_TEST_DATA", "none")) / "luna16"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))


def write_thorax(folder, seed, slices=30, thickness=2.0, padding=-3024):
    """Draw a thorax, write it as a scan and return it with the scan's header path."""
    rng = np.random.default_rng(seed)
    thorax = phantom.draw_thorax(rng, (slices, 184, 232), (thickness, 1.0, 1.0))
    hu = phantom.add_noise(thorax.canvas.hu, rng)
    hu[:, :12] = padding
    image = SimpleITK.GetImageFromArray(hu)
    image.SetSpacing((1.0, 1.0, thickness))
    SimpleITK.WriteImage(image, str(folder / "1.2.3.mhd"))
    return thorax, folder / "1.2.3.mhd"


def mask_of(path):
    levels, grid = preparation.resample(path)
    return detection.scan_mask(levels), grid


@pytest.mark.parametrize(("slices", "thickness"), [(56, 1.0), (23, 2.5), (12, 5.0)])
def test_the_mask_covers_the_lungs_and_nothing_else_at_any_slice_spacing(slices, thickness, tmp_path):
    thorax, path = write_thorax(tmp_path, 3, slices, thickness)
    found, grid = mask_of(path)
    lung = np.argwhere(thorax.depth > 2)[::37] * thorax.canvas.spacing
    voxels = np.round(grid.voxels(lung[:, ::-1])).astype(int)
    assert found[tuple(np.clip(voxels, 0, np.array(found.shape) - 1).T)].mean() > 0.97
    assert not found[:, :14].any() and not found[:, -34:].any()  # neither the padding nor the table
    assert found.mean() < 1.35 * (thorax.depth > 0).mean()


def test_nodules_are_inside_the_mask_even_on_the_pleura(tmp_path):
    inside = total = 0
    for seed in range(4):
        thorax, path = write_thorax(tmp_path, seed)
        found, grid = mask_of(path)
        for centre, _ in thorax.nodules:
            total += 1
            inside += bool(found[tuple(np.round(grid.voxels(centre[::-1])).astype(int))])
    assert inside >= 0.93 * total


def test_a_volume_without_lungs_has_an_empty_mask_and_no_candidates():
    for value in (-1000, 40):
        levels = np.full((20, 60, 60), value, np.float32)
        assert not lung_mask.lung_mask(levels, 2.0).any()
    assert blobs.find_blobs(np.zeros((9, 9, 9), np.float32), np.zeros((9, 9, 9), bool), 1.0) == []


@pytest.mark.parametrize("diameter", [4.0, 8.0, 16.0, 28.0])
def test_a_ball_is_found_at_its_centre_and_its_size_is_told(diameter):
    z, y, x = np.mgrid[:60, :60, :60]
    distance = np.sqrt((z - 29.4) ** 2 + (y - 31.0) ** 2 + (x - 27.7) ** 2)
    hu = -870 + 900 * np.clip(diameter / 2 - distance + 0.5, 0, 1)
    blob = blobs.find_blobs(hu.astype(np.float32), np.ones(hu.shape, bool), 1.0)[0]
    assert np.linalg.norm(np.array(blob.centre) - [29.4, 31.0, 27.7]) < max(1.0, diameter / 8)
    assert blob.radius == pytest.approx(diameter / 2, rel=0.35)


def test_a_straight_vessel_and_a_flat_sheet_are_no_candidates():
    _, y, x = np.mgrid[:48, :48, :48]
    tube = np.clip(3 - np.hypot(y - 24, x - 24) + 0.5, 0, 1)
    sheet = np.clip(2 - np.abs(x - 24) + 0.5, 0, 1)
    for shape in (tube, sheet):
        hu = (-870 + 900 * shape).astype(np.float32)
        assert blobs.find_blobs(hu, np.ones(hu.shape, bool), 1.0) == []


def test_most_nodules_are_among_the_candidates_of_drawn_scans(tmp_path):
    found = total = 0
    for seed in range(4):
        thorax, path = write_thorax(tmp_path, seed + 10)
        candidates = detection.cached_candidates(path)
        assert 0 < len(candidates) <= 250
        for centre, diameter in thorax.nodules:
            total += 1
            found += bool((np.linalg.norm(candidates[:, :3] - centre[::-1], axis=1) < diameter / 2).any())
    assert found >= 0.85 * total


def test_candidates_are_the_same_when_they_are_found_again(tmp_path, monkeypatch):
    _, path = write_thorax(tmp_path, 1, slices=14)
    first = detection.cached_candidates(path)
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "another"))
    np.testing.assert_array_equal(detection.cached_candidates(path), first)


@pytest.mark.skipif(not DATA.is_dir(), reason="KIT_TEST_DATA is not set")
def test_the_real_nodule_is_in_the_mask_and_among_the_first_candidates():
    annotations = read_points(DATA / "annotations.csv", "diameter_mm").spheres()
    checked = 0
    for path in sorted(DATA.glob("*.mhd")):
        found, grid = mask_of(path)
        assert 0.1 < found.mean() < 0.5
        edge = np.concatenate(
            [found[:, 0].ravel(), found[:, -1].ravel(), found[:, :, 0].ravel(), found[:, :, -1].ravel()]
        )
        assert not edge.any()
        for *centre, diameter in annotations.get(path.stem, ()):
            candidates = detection.cached_candidates(path)
            assert found[tuple(np.round(grid.voxels(np.array(centre))).astype(int))]
            assert (np.linalg.norm(candidates[:5, :3] - centre, axis=1) < diameter / 2).any()
            checked += 1
    assert checked >= 1


@pytest.mark.skipif(not DATA.is_dir(), reason="KIT_TEST_DATA is not set")
def test_the_real_slabs_are_read_with_the_contest_tables_and_no_subset_folders():
    samples = reader.read_detection(DATA, "train")
    assert {sample.group for sample in samples} == {path.stem for path in DATA.glob("*.mhd")}
    assert sum(sample.y for sample in samples) >= 1


def cut_off(image, how):
    """Return a scan whose picture or circle of reconstruction cuts the lungs off."""
    if how == "left":
        return image[image.GetWidth() * 3 // 10 :, :, :]
    if how == "middle":
        width, height = image.GetWidth(), image.GetHeight()
        return image[width // 4 : width * 3 // 4, height // 4 : height * 3 // 4, :]
    hu = SimpleITK.GetArrayFromImage(image)
    y, x = np.ogrid[: hu.shape[1], : hu.shape[2]]
    hu[:, np.hypot(y - hu.shape[1] * 0.47, x - hu.shape[2] / 2) > hu.shape[2] * 0.31] = -3024
    circle = SimpleITK.GetImageFromArray(hu)
    circle.CopyInformation(image)
    return circle


@pytest.mark.parametrize("how", ["left", "middle", "circle"])
@pytest.mark.parametrize("seed", [3, 4])
def test_lung_that_touches_the_border_of_the_picture_or_of_its_circle_is_kept(seed, how, tmp_path):
    thorax, path = write_thorax(tmp_path, seed)
    image = SimpleITK.ReadImage(str(path))
    found = detection.cached_detection(path)
    assert found.cut == 0
    cropped = cut_off(image, how)
    lung = SimpleITK.GetImageFromArray((thorax.depth > 2).astype(np.uint8))
    lung.CopyInformation(image)
    visible = SimpleITK.GetArrayFromImage(cut_off(SimpleITK.Cast(lung, SimpleITK.sitkInt16), how)) == 1
    SimpleITK.WriteImage(cropped, str(path))
    found = detection.cached_detection(path)
    litres = visible.sum() * 2 / 1e6
    assert 0.9 * litres < found.litres < 1.6 * litres + 0.02
    assert found.cut > 0.8 * found.slices


@pytest.mark.skipif(not DATA.is_dir(), reason="KIT_TEST_DATA is not set")
@pytest.mark.parametrize("how", ["left", "circle"])
def test_a_real_slab_that_is_cut_off_keeps_its_lung_and_the_nodule_its_candidate(how, tmp_path):
    uid = "1.3.6.1.4.1.14519.5.2.1.6279.6001.179049373636438705059720603192"
    image = SimpleITK.ReadImage(str(DATA / f"{uid}.mhd"))
    if how == "left":
        image = image[110:, :, :]
    else:
        hu = SimpleITK.GetArrayFromImage(image)
        y, x = np.mgrid[:512, :512]
        hu[:, (y - 250) ** 2 + (x - 240) ** 2 > 160**2] = -3024
        circle = SimpleITK.GetImageFromArray(hu)
        circle.CopyInformation(image)
        image = circle
    SimpleITK.WriteImage(image, str(tmp_path / "1.2.3.mhd"))
    found = detection.cached_detection(tmp_path / "1.2.3.mhd")
    nodule = read_points(DATA / "annotations.csv", "diameter_mm").spheres()[uid]
    assert found.litres > 0.9 and found.cut > 20
    assert hit_matrix(found.candidates[:, :3], nodule).any(axis=0).all()


@pytest.mark.parametrize("slices", [1, 2, 3])
def test_a_scan_of_few_slices_has_a_lung_mask(slices, tmp_path):
    thorax, path = write_thorax(tmp_path, 3, slices, thickness=1.0)
    found = detection.cached_detection(path)
    assert found.litres == pytest.approx((thorax.depth > 0).sum() / 1e6, rel=0.35)
