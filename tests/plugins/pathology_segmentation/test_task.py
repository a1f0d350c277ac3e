import subprocess
import sys
from pathlib import Path

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
