from pathlib import Path

import cv2
import numpy as np
from kit_plugins.pathology_segmentation import TASK
from kit_plugins.pathology_segmentation.reader import read

from kit.auditing import audit
from kit.data.loader import Loader

CONFIG = TASK.config


def test_one_bad_slide_is_named_and_nothing_else_is_lost(data: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(data, tmp_path / "d")
    (tmp_path / "d/train/labels/T01_1.svg").write_text('<svg><polygon points="1,2 3,x 4,5"/></svg>')
    slide = tmp_path / "d/train/image/T02_1.tiff"
    slide.write_bytes(slide.read_bytes()[:5000])
    samples = read(tmp_path / "d", "train")
    assert len(samples) == 5
    with Loader(TASK, samples, CONFIG) as loader:
        bad = loader.unreadable()
    assert set(bad) == {0, 2} and "T01_1.svg" in bad[0] and "truncated" in bad[2]
    errors = [finding for finding in audit(TASK, tmp_path / "d") if finding.level == "error"]
    assert len(errors) == 1 and "T01_1" in errors[0].message and "T02_1" in errors[0].message


def test_the_audit_counts_cancer_and_names_labels_without_a_slide(data: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(data, tmp_path / "d")
    (tmp_path / "d/train/image/T01_1.tiff").unlink()
    found = {finding.kind: finding.message for finding in audit(TASK, tmp_path / "d")}
    assert "T01_1.svg" in found["label without slide"]
    assert found["cancer"].startswith("3 of 4 slides have cancer")


def test_the_audit_asks_whether_white_and_black_are_swapped(tmp_path: Path) -> None:
    disc = np.hypot(*np.mgrid[-40:40, -40:40]) < 25
    for name, mask in {"a": disc, "b": ~disc, "c": disc | True}.items():
        for part, image in (("images", np.full((80, 80), 200, np.uint8)), ("masks", mask * np.uint8(255))):
            (tmp_path / part).mkdir(exist_ok=True)
            cv2.imwrite(str(tmp_path / part / f"{name}.png"), image)
    found = {finding.kind: finding.message for finding in audit(TASK, tmp_path)}
    assert found["framed mask"] == "1 mask with cancer at all edges and less inside: b"
    assert found["full mask"] == "1 mask with cancer almost everywhere: c"
