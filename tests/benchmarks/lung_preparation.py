"""Speed and peak memory of preparing full-sized scans, compared with the article's slice-by-slice method.

``python -m tests.benchmarks.lung_preparation [SCANS]`` writes synthetic scans of 512 x 512 x 300 to a temporary folder.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SHAPE, SPACING = (300, 512, 512), (1.0, 0.7, 0.7)


def write_scan(
    path: Path, seed: int, shape: tuple[int, int, int] = SHAPE, spacing: tuple[float, float, float] = SPACING
) -> None:
    """Draw a small thorax, enlarge it to ``shape`` and write it as .mhd with .raw."""
    import SimpleITK
    from kit_plugins.lung_nodules.synthetic import phantom
    from scipy import ndimage

    rng = np.random.default_rng(seed)
    small = (75, 184, 232)
    thorax = phantom.draw_thorax(rng, small, (2.0, 1.0, 1.0))
    hu = phantom.add_noise(thorax.canvas.hu, rng)
    hu = ndimage.zoom(hu, [a / b for a, b in zip(shape, small, strict=True)], order=1)
    image = SimpleITK.GetImageFromArray(hu)
    image.SetSpacing(spacing[::-1])
    SimpleITK.WriteImage(image, str(path))


def article_masks(path: Path) -> np.ndarray:
    """Segment the lungs slice by slice with two-class k-means, as 《使用腾讯云GPU学习深度学习》系列之四 does."""
    import SimpleITK
    from kit_plugins.lung_nodules.ct.slice_mask import article_steps

    volume = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path)))
    return np.stack([article_steps(plane).mask for plane in volume])


def one(what: str, path: Path) -> dict[str, float]:
    """Do one piece of work in this process and print its seconds, processor seconds and peak memory in GB."""
    from kit_plugins.lung_nodules.ct import detection, preparation

    volume, candidates = preparation.cached_volume, detection.cached_candidates
    work = {"volume": volume, "candidates": candidates, "article": article_masks}[what]
    start, used = time.perf_counter(), time.process_time()
    work(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time() - used, "peak_gb": peak}


def measure_all(scans: int) -> None:
    """Measure each piece of work in its own process, then everything in parallel."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["KIT_CACHE"] = str(folder / "cache")
        paths = [folder / f"1.2.{number}.mhd" for number in range(scans)]
        for number, path in enumerate(paths):
            write_scan(path, number)
        for what in ("volume", "candidates", "article"):
            command = [sys.executable, "-m", "tests.benchmarks.lung_preparation", "--one", what, str(paths[0])]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(f"{what:11} {found['seconds']:7.1f} s  {found['cpu']:7.1f} s cpu  {found['peak_gb']:.2f} GB")
        from kit_plugins.lung_nodules.ct.batch import prepare_all

        prepare_all(paths[1:], candidates=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(sys.argv[2], Path(sys.argv[3]))))
    else:
        measure_all(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
