"""The data and the work of :mod:`growth`, run as ``python -m tests.benchmarks.growth_data FUNCTION [FOLDER SIZE]``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

PLUGINS = Path(__file__).parent / "growth_plugins"
BLOCK = 100_000  # rows that are written at once


def nothing(folder: Path, size: int) -> None:
    """No data are needed."""


def rows(folder: Path, size: int) -> None:
    """A submission ``rows.csv`` of ids 1 to ``size`` with labels 0 to 9, the answers beside it, and their number."""
    (folder / "count").write_text(str(size))
    rng = np.random.default_rng(0)
    for name, noise in (("answers.csv", 0.0), ("rows.csv", 0.1)):
        with (folder / name).open("w") as file:
            file.write("id,label\n")
            for start in range(0, size, BLOCK):
                ids = np.arange(start, min(start + BLOCK, size)) + 1
                labels = (ids * 7 + (rng.random(len(ids)) < noise)) % 10
                pairs = zip(ids.tolist(), labels.tolist(), strict=True)
                file.writelines(f"{id},{label}\n" for id, label in pairs)


def ledger(folder: Path, size: int) -> None:
    """A ledger of ``size`` submissions by several people, and a small submission to record beside them."""
    from kit.files import sha256
    from kit.ledger.sqlite import writing
    from kit.ledger.tables import SUBMISSIONS

    (folder / "few").mkdir()
    rows(folder / "few", 1000)
    shutil.copy(folder / "few" / "rows.csv", folder / "few.csv")
    answers = sha256(folder / "few" / "answers.csv")
    path = folder / "submissions" / "leaderboard.db"
    path.parent.mkdir()
    with writing(path) as connection:
        for start in range(0, size, BLOCK):
            connection.execute(SUBMISSIONS.insert(), list(_entries(range(start, min(start + BLOCK, size)), answers)))


def _entries(numbers: range, answers: str) -> Iterator[dict[str, object]]:
    scores = np.random.default_rng(numbers.start).beta(80, 20, len(numbers)).round(5).tolist()
    for number, score in zip(numbers, scores, strict=True):
        yield {
            "task": "rows",
            "metric": "accuracy",
            "higher_is_better": True,
            "file": "submission.csv",
            "file_sha256": f"{number:064x}",
            "answers_sha256": answers,
            "run": f"run-{number}",
            "config": '{"model": "small", "epochs": 5}',
            "cv_mean": score,
            "public_score": score,
            "time": f"2026-01-{number % 28 + 1:02d}T12:00:00Z",
            "author": ("anna", "boris")[number % 2],
        }


def images(folder: Path, size: int) -> None:
    """Training images of 8x8 pixels, ``size`` of them, and a test part of a quarter as many."""
    from tests import toy_task

    (folder / "bars").mkdir()
    toy_task.make_sample(folder / "bars", size, 0)


def slide(folder: Path, size: int) -> None:
    """A square tiled TIFF of ``size`` pixels."""
    from tests.benchmarks.pathology import write_slide

    write_slide(folder / "slide.tiff", round(size**0.5))


def predict_slide() -> None:
    """Predict the slide of the current folder with the default network and encode its mask."""
    from tests.benchmarks.pathology import predict_and_encode

    predict_and_encode(Path("slide.tiff"))


def scans(folder: Path, size: int) -> None:
    """``size`` copies of one scan of 64 x 256 x 256 voxels."""
    from tests.benchmarks.lung_preparation import write_scan

    first = folder / "1.2.0.mhd"
    write_scan(first, 0, (64, 256, 256), (2.5, 1.4, 1.4))
    for number in range(1, size):
        name = f"1.2.{number}"
        text = first.read_text().replace("1.2.0.raw", f"{name}.raw")
        (folder / f"{name}.mhd").write_text(text)
        shutil.copy(folder / "1.2.0.raw", folder / f"{name}.raw")


def prepare_scans() -> None:
    """Prepare the scans of the current folder one after another, with their candidates."""
    from kit_plugins.lung_nodules.ct.batch import prepare_all

    prepare_all(sorted(Path().absolute().glob("*.mhd")), candidates=True, processes=1)


def luna(folder: Path, size: int) -> None:
    """Answers and marks of LUNA16's size."""
    from tests.benchmarks.lung_scoring import write_files

    write_files(folder)


if __name__ == "__main__":
    function, *arguments = sys.argv[1:]
    if arguments:
        globals()[function](Path(arguments[0]), int(arguments[1]))
    else:
        globals()[function]()
