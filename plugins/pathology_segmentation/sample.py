"""Write a small data set as the contest publishes it: synthetic tiles as tiff, outlines as SVG, and the answers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from kit import KitError, Part
from kit.blocks.runs import find_runs, to_text
from kit.files import atomic, write_text

from .polygon import Shape, rasterise
from .synthetic.tissue import Stain, draw_stain, tile

SIDE = 1024
SMALLEST = 4
TILES = 2  # per patient
SVG = """<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{side}" height="{side}">
{shapes}
</svg>
"""
STROKE = 'fill="none" stroke="#f8691c" stroke-width="5"'
ELEMENTS = ("polygon", "polyline", "path")  # the contest uses all of them
WITHOUT = 5  # every fifth tile is without cancer and without an outline


def write(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` tiles of 1024 x 1024 pixels with outlines, a quarter as many to predict, and ``answers.csv``."""
    if size < SMALLEST:
        raise KitError("the sample is too small", expected=f"at least {SMALLEST} slides", found=size)
    tests = max(2, size // 4)
    jobs: list[tuple[Part, int]] = [("train", number) for number in range(size)]
    jobs += [("test", number) for number in range(tests)]
    with ThreadPoolExecutor() as pool:
        made = list(pool.map(lambda job: _slide(folder, job[0], job[1], seed), jobs))
    answers = [f"{name},{runs}" for name, runs in made[size:]]
    write_text(folder / "answers.csv", "\n".join(["ImageId,EncodedPixels", *answers]) + "\n")


def _slide(folder: Path, part: Part, number: int, seed: int) -> tuple[str, str]:
    """Write one tile, and its outlines in the training part; return its name and its encoded mask."""
    key = int(part == "test")
    patient = number // TILES
    name = f"{'PT'[1 - key]}{patient + 1:02d}_{number % TILES + 1}"
    stain: Stain = draw_stain(np.random.default_rng([seed, key, 0, patient]))
    rng = np.random.default_rng([seed, key, 1, number])
    fraction = 0.0 if number % WITHOUT == WITHOUT - 1 else float(rng.uniform(0.2, 0.42))
    image, outlines = tile(SIDE, fraction, stain, rng)
    _write_tiff(folder / part / "image" / f"{name}.tiff", image)
    written = [np.round(ring, 1) for ring in outlines]
    if written and part == "train":
        write_text(folder / part / "labels" / f"{name}.svg", svg(written, SIDE))
    truth = rasterise([Shape((ring,)) for ring in written], 0, SIDE, 0, SIDE)
    return name, to_text(find_runs(truth))


def _write_tiff(path: Path, image: np.ndarray) -> None:
    import tifffile

    with atomic(path) as temporary:
        tifffile.imwrite(
            temporary,
            image,
            photometric="rgb",
            tile=(256, 256),
            compression="jpeg",
            compressionargs={"level": 92},
            software=False,
            metadata=None,
        )


def svg(outlines: Sequence[np.ndarray], side: int) -> str:
    """Format outlines (P, 2) as the contest does: polygon, polyline and path in turn."""
    return SVG.format(side=side, shapes="\n".join(_element(i, ring) for i, ring in enumerate(outlines)))


def _element(index: int, ring: np.ndarray) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in ring.tolist())
    kind = ELEMENTS[index % len(ELEMENTS)]
    if kind == "path":
        return f'<path {STROKE} d="M {points.replace(" ", " L ")} Z"/>'
    return f'<{kind} {STROKE} points="{points}"/>'
