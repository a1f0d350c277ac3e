"""The article's walk-through on one scan: its figures, the steps of its mask, and the slices written as arrays."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.lung_nodules import reader
from kit_plugins.lung_nodules.ct.slice_mask import article_steps
from kit_plugins.lung_nodules.export import export_slices
from kit_plugins.lung_nodules.walkthrough import walkthrough

from tests.plugins.lung_nodules.contest import NODULES, contest_folder

SimpleITK = pytest.importorskip("SimpleITK")
DATA = Path(os.environ.get("KIT_TEST_DATA", "none")) / "luna16"
ARTICLE = "1.3.6.1.4.1.14519.5.2.1.6279.6001.179049373636438705059720603192"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))


def slice_of_a_chest(side=512):
    """Draw a slice with padding, a body and two lungs with noise."""
    y, x = np.mgrid[:side, :side] / side - 0.5
    hu = np.full((side, side), -3024.0)
    hu[np.hypot(y, x) < 0.49] = -1000
    hu[np.hypot(y * 1.4, x) < 0.42] = 40
    lungs = np.hypot(y * 1.1, np.abs(x) - 0.18) < 0.13
    hu[lungs] = -850
    return hu + np.random.default_rng(0).normal(0, 10, hu.shape), lungs


@pytest.mark.parametrize("side", [512, 256])
def test_the_mask_of_the_article_covers_the_lungs_of_a_slice(side):
    hu, lungs = slice_of_a_chest(side)
    steps = article_steps(hu)
    assert steps.mask[lungs].mean() > 0.99
    assert steps.mask.mean() < 2 * lungs.mean()
    assert steps.labels.max() >= 3 and steps.middle.min() < steps.threshold < steps.middle.max()


def test_a_slice_without_contrast_has_an_empty_mask():
    assert not article_steps(np.full((64, 64), -1000)).mask.any()


def test_the_figures_of_a_scan_are_drawn_with_and_without_a_nodule(tmp_path):
    folder = contest_folder(tmp_path)
    titles = ["A nodule", "The article's lung mask", "Raw and masked"]
    figures = list(walkthrough(reader.read_reduction(folder, "train").scans))
    assert [figure.title for figure in figures] == titles
    assert all(figure.png.startswith(b"\x89PNG") for figure in figures)
    (folder / "annotations.csv").write_text(NODULES)
    figures = list(walkthrough(reader.read_reduction(folder, "train").scans))
    assert [figure.title for figure in figures] == titles[1:]
    assert list(walkthrough([])) == []


def test_slices_round_every_nodule_are_written_as_arrays(tmp_path):
    folder = contest_folder(tmp_path, annotations=("1.2.3,-10,40,-90,5", "1.2.3,-5,45,-100,6"))
    assert export_slices(folder, tmp_path / "slices") == 2
    names = sorted(path.name for path in (tmp_path / "slices").iterdir())
    assert names == [f"{kind}_0000_000{n}.npy" for kind in ("images", "masks") for n in (0, 1)]
    image, mask = (np.load(tmp_path / "slices" / f"{kind}_0000_0000.npy") for kind in ("images", "masks"))
    assert image.shape == mask.shape == (3, 40, 44) and image.dtype == np.float32 and mask.dtype == np.uint8
    values = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / "subset4" / "1.2.3.mhd")))
    np.testing.assert_array_equal(image, values[4:7])
    assert mask[1].sum() == pytest.approx(np.pi * 2.5**2 / (0.8 * 0.9), rel=0.15)


def test_the_verb_writes_the_slices_and_says_where_there_are_no_nodules(tmp_path, kit_cli):
    folder = contest_folder(tmp_path)
    result = kit_cli("export-slices", "--data", folder, "-o", tmp_path / "slices", "--json")
    assert json.loads(result.stdout)["nodules"] == len(list((tmp_path / "slices").glob("images_*.npy"))) > 0
    (folder / "annotations.csv").write_text(NODULES)
    result = kit_cli("export-slices", "--data", folder, "-o", tmp_path / "none")
    assert result.exit_code == 1 and "no scan has an annotated nodule" in result.stderr


@pytest.mark.skipif(not DATA.is_dir(), reason="KIT_TEST_DATA is not set")
def test_the_slab_of_the_article_alone_is_enough(tmp_path):
    for path in DATA.glob(f"{ARTICLE}.*"):
        (tmp_path / path.name).symlink_to(path)
    rows = (DATA / "annotations.csv").read_text().splitlines()
    (tmp_path / "annotation.csv").write_text("\n".join([rows[0], *(row for row in rows if ARTICLE in row)]) + "\n")
    assert len(list(walkthrough(reader.read_detection(tmp_path, "train").scans))) == 3
    assert export_slices(tmp_path, tmp_path / "slices") == 1
