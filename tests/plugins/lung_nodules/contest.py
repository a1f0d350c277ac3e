"""A small folder in the contest's layout for the tests of the readers."""

from pathlib import Path

import numpy as np
import pytest

SimpleITK = pytest.importorskip("SimpleITK")

TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
DIRECTIONS = {
    "plain": np.eye(3),
    "flipped": np.diag([-1.0, -1.0, 1.0]),
    "upside down": np.diag([1.0, -1.0, -1.0]),
    "oblique": TURN,
    "oblique and flipped": TURN @ np.diag([1.0, 1.0, -1.0]),
}


def write_scan(folder, uid="1.2.3", shape=(12, 40, 44), direction=None, compress=False, hu=None):
    rng = np.random.default_rng(0)
    voxels = rng.integers(-1000, 300, shape).astype(np.int16) if hu is None else hu
    image = SimpleITK.GetImageFromArray(voxels)
    image.SetSpacing((0.8, 0.9, 2.0))
    image.SetOrigin((-20.5, 31.0, -100.0))
    image.SetDirection((np.eye(3) if direction is None else direction).ravel().tolist())
    folder.mkdir(parents=True, exist_ok=True)
    SimpleITK.WriteImage(image, str(folder / f"{uid}.mhd"), compress)
    return folder / f"{uid}.mhd"


def edit(header: Path, **entries):
    """Set header entries; None takes one out."""
    lines = dict(line.split(" = ", 1) for line in header.read_text().splitlines())
    lines |= {name: value for name, value in entries.items() if value is not None}
    lines = {name: value for name, value in lines.items() if entries.get(name, "") is not None}
    lines["ElementDataFile"] = lines.pop("ElementDataFile")  # the last entry of a header
    header.write_text("".join(f"{name} = {value}\n" for name, value in lines.items()))


TWO = ("1.2.3,-10,40,-90,1", "1.2.3,-5,45,-88,0")
NODULES, CANDIDATES = "seriesuid,coordX,coordY,coordZ,diameter_mm\n", "seriesuid,coordX,coordY,coordZ,class\n"


def contest_folder(tmp_path, candidates=TWO, annotations=("1.2.3,-10,40,-90,5",)):
    folder = tmp_path / "data"
    write_scan(folder / "subset4")
    (folder / "annotations.csv").write_text(NODULES + "".join(row + "\n" for row in annotations))
    (folder / "candidates_V2.csv").write_text(CANDIDATES + "".join(row + "\n" for row in candidates))
    return folder
