"""Scans that are alone, or without candidates: what is held out, and what the evaluation counts."""

import os
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.lung_nodules import reader, writer

from tests.plugins.lung_nodules.contest import CANDIDATES, NODULES, contest_folder, write_scan

pytest.importorskip("SimpleITK")
DATA = Path(os.environ.get("KIT_TEST_DATA", "none")) / "luna16"
ARTICLE = "1.3.6.1.4.1.14519.5.2.1.6279.6001.179049373636438705059720603192"


@pytest.fixture
def samples(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    folder, rng = contest_folder(tmp_path), np.random.default_rng(0)
    nodules = [(-10.0, 40.0, -98.0), (-10.0, 40.0, -88.0), (0.0, 40.0, -80.0)]
    rows = [(*nodule, 6) for nodule in nodules]
    (folder / "annotations.csv").write_text(NODULES + "".join(f"1.2.3,{x},{y},{z},{d}\n" for x, y, z, d in rows))
    inside = [(np.array(nodule) + rng.uniform(-1.5, 1.5, 3), 1) for nodule in nodules for _ in range(3)]
    others = [(np.array([10.0, 60.0, z]), 0) for z in np.linspace(-100, -78, 30)]
    lines = (f"1.2.3,{x},{y},{z},{label}\n" for (x, y, z), label in (*inside, *others))
    (folder / "candidates_V2.csv").write_text(CANDIDATES + "".join(lines))
    return list(reader.read_reduction(folder, "train"))


def test_a_single_scan_has_groups_and_a_nodule_is_in_one_of_them(samples):
    groups = {sample.group for sample in samples}
    assert len(groups) >= 5
    for number in range(3):
        assert len({sample.group for sample in samples[3 * number : 3 * number + 3]}) == 1
    assert len({sample.id for sample in samples}) == len(samples)


def test_held_out_slabs_count_their_own_nodules_and_all_slabs_count_all(samples):
    truth = [np.array([sample.y]) for sample in samples]
    score, details = writer.evaluate(samples, truth, {})
    assert score == 1 and details["nodules"] == 3
    held_out = [sample for sample in samples if sample.group == samples[0].group]
    score, details = writer.evaluate(held_out, [np.array([sample.y]) for sample in held_out], {})
    assert score == 1 and details["nodules"] == 1


def test_a_scan_without_a_candidate_is_evaluated_and_its_nodules_are_missed(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    folder = contest_folder(tmp_path, annotations=("1.2.3,-10,40,-90,5", "1.2.4,-10,40,-90,5"))
    for uid in ("1.2.4", "1.2.5"):
        write_scan(folder / "subset4", uid=uid)
    rows = ("1.2.3,-10,40,-90,1", "1.2.3,-5,45,-88,0", "1.2.5,-5,45,-88,0")
    (folder / "candidates_V2.csv").write_text(CANDIDATES + "".join(f"{row}\n" for row in rows))
    samples = reader.read_reduction(folder, "train")
    assert {sample.group for sample in samples} == {"1.2.3", "1.2.5"}
    score, details = writer.evaluate(list(samples), [np.array([sample.y]) for sample in samples], {})
    assert score == 0.5 and (details["scans"], details["false_negatives"]) == (3, 1)


@pytest.mark.skipif(not DATA.is_dir(), reason="KIT_TEST_DATA is not set")
def test_a_detector_is_trained_on_the_slab_of_the_article_alone(tmp_path, kit_process):
    for path in DATA.glob(f"{ARTICLE}.*"):
        (tmp_path / path.name).symlink_to(path)
    rows = (DATA / "annotations.csv").read_text().splitlines()
    kept = [rows[0], *(row for row in rows if ARTICLE in row)]
    (tmp_path / "annotation.csv").write_text("\n".join(kept) + "\n")
    done = kit_process("train", "lung_nodules_detection", "--data", tmp_path, "--model", "baseline")
    assert done.returncode == 0, done.stderr
