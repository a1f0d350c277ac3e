import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from kit_plugins.pathology_segmentation import TASK


def test_discovery_and_the_check_import_no_heavy_library() -> None:
    code = (
        "import sys, kit_plugins.pathology_segmentation as p; p.TASK.format.columns[1].rule('1 2')\n"
        "names = 'paddle', 'tifffile', 'imagecodecs', 'defusedxml', 'PIL', 'sklearn', 'h5py'\n"
        "print([name for name in names if name in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


@pytest.mark.slow
@pytest.mark.parametrize(("model", "least"), [("unet", 0.85), ("baseline", 0.3)])
def test_the_sample_is_learned(kit_process, tmp_path: Path, model: str, least: float) -> None:
    import json

    found = kit_process("run", TASK.name, "--sample", "--model", model, cwd=tmp_path, timeout=1200)
    assert found.returncode == 0, found.stderr
    score = json.loads((tmp_path / found.stdout.strip().splitlines()[-1] / "score.json").read_text())
    assert score["score"] >= least


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (7, 3)])
def test_tiny_slides_pass_every_step(tmp_path: Path, height: int, width: int) -> None:
    for part, value in (("images", 200), ("masks", 255)):
        (tmp_path / part).mkdir()
        cv2.imwrite(str(tmp_path / part / "a.png"), np.full((height, width), value, np.uint8))
    samples = TASK.reader(tmp_path, "train")
    for rng in (None, np.random.default_rng(0)):
        x, y = TASK.example(samples[0], rng, TASK.config)
        assert x.shape == (3, 192, 192) and y.all()
    prediction = TASK.infer(lambda batch: np.ones_like(batch[:, 0, ::2, ::2], np.float32), samples[0], TASK.config)
    rows = list(TASK.writer(samples, [prediction], TASK.tune(samples, [prediction], TASK.config)))
    assert rows == [("a", f"1 {height * width}")] == list(TASK.truth(samples))
    assert TASK.picture(samples[0]).shape == (height, width, 3)
