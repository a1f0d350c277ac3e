"""Measure the cost of a slide: predicting 2048 x 2048 and 10,000 x 10,000 pixels, and encoding a mask.

``python -m tests.benchmarks.pathology [slide] [large] [encoding]``; each part runs in its own process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

PARTS = ("slide", "large", "encoding")


def main() -> None:
    """Run the parts named on the command line, or all."""
    chosen = sys.argv[1:] or list(PARTS)
    if chosen[0] == "--inside":
        {"slide": slide, "large": large, "encoding": encoding}[chosen[1]]()
        return
    for part in chosen:
        subprocess.run([sys.executable, "-m", "tests.benchmarks.pathology", "--inside", part], check=True)


def slide() -> None:
    """Predict a slide as large as the contest's with the default network."""
    _predict(2048)


def large() -> None:
    """Predict a slide as large as a small whole-slide image."""
    _predict(10_000)


def _predict(side: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "slide.tiff")
        write_slide(path, side)
        seconds, writing = predict_and_encode(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{side} x {side}: predicted in {seconds[0]:.1f} s ({seconds[1]:.1f} s of CPU),")
    print(f"  written in {writing[0]:.1f} s ({writing[1]:.1f} s of CPU), peak {peak:,.0f} MiB with everything loaded")


def predict_and_encode(path: Path) -> tuple[tuple[float, float], tuple[float, float]]:
    """Predict a slide with the default network and encode its mask; clock and CPU seconds of each."""
    from kit_plugins.pathology_segmentation import TASK
    from kit_plugins.pathology_segmentation.sliding_window import infer
    from kit_plugins.pathology_segmentation.writer import rows

    from kit import Sample
    from kit.device import choose
    from kit.prediction.engines import eager_forward

    config = replace(TASK.config, model="unet")
    forward = eager_forward(TASK, TASK.models["unet"].build(config), choose("cpu"))
    sample = Sample("slide", str(path))
    wall, cpu = time.perf_counter(), time.process_time()
    found = infer(forward, sample, config)
    seconds = time.perf_counter() - wall, time.process_time() - cpu
    wall, cpu = time.perf_counter(), time.process_time()
    list(rows([sample], [found], {"smallest_object": 4000}))
    return seconds, (time.perf_counter() - wall, time.process_time() - cpu)


def write_slide(path: Path, side: int) -> None:
    """Write a tiled TIFF that repeats one synthetic tile."""
    import tifffile
    from kit_plugins.pathology_segmentation.synthetic.tissue import draw_stain, tile

    rng = np.random.default_rng(0)
    image, _ = tile(1024, 0.3, draw_stain(rng), rng)
    blocks = [image[y : y + 512, x : x + 512] for y in (0, 512) for x in (0, 512)]
    count = (-(-side // 512)) ** 2
    repeated = (blocks[i % 4] for i in range(count))
    tifffile.imwrite(path, repeated, shape=(side, side, 3), dtype=np.uint8, photometric="rgb", tile=(512, 512))


def encoding() -> None:
    """Encode and decode a 2048 x 2048 mask, and compare with pycocotools where it is installed."""
    from kit_plugins.pathology_segmentation.polygon import Shape, rasterise
    from kit_plugins.pathology_segmentation.rle import decode, encode, to_text
    from kit_plugins.pathology_segmentation.synthetic.tissue import blob

    rng = np.random.default_rng(0)
    rings = tuple(blob(rng.uniform(0, 2048, 2), 230, 0.3, 60, rng) for _ in range(20))
    mask = rasterise([Shape((ring,)) for ring in rings], 0, 2048, 0, 2048)
    runs = encode(mask)
    ordered = np.asfortranarray(mask)
    print(f"2048 x 2048 mask, {len(runs):,} runs, milliseconds of CPU")
    print(f"kit:         encode {_fastest(lambda: encode(mask)):.2f},", end=" ")
    print(f"down the columns {_fastest(lambda: encode(ordered)):.2f},", end=" ")
    print(f"decode {_fastest(lambda: decode(runs, 2048, 2048)):.2f},", end=" ")
    print(f"text {_fastest(lambda: to_text(runs)):.2f}")
    try:
        from pycocotools import mask as coco
    except ImportError:
        return
    plain, columns = mask.view(np.uint8), ordered.view(np.uint8)
    theirs = coco.encode(columns)
    print(f"pycocotools: encode {_fastest(lambda: coco.encode(np.asfortranarray(plain))):.2f},", end=" ")
    print(f"down the columns {_fastest(lambda: coco.encode(columns)):.2f},", end=" ")
    print(f"decode {_fastest(lambda: coco.decode(theirs)):.2f}")


def _fastest(work: Callable[[], object], rounds: int = 25) -> float:
    """Return CPU milliseconds, the best of some rounds."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return 1000 * min(times)


if __name__ == "__main__":
    main()
