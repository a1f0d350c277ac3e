"""A small data set in the contest's layout: synthetic photographs, their label workbook and the answers."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from kit import KitError
from kit.files import write_bytes, write_text

from .synthetic.fundus import HEIGHT, WIDTH, Kind, photograph

TRAINING = Path("PALM-Training400", "PALM-Training400")
VALIDATION = Path("PALM-Validation400")
LABELS = Path("PALM-Validation-GT", "PM_Label_and_Fovea_Location.xlsx")
COPY = LABELS.with_name("labels.csv")
SMALLEST = 8
# H is far commoner here than in the contest (26 of 400): it is the hard part, and a small set needs enough of it.
FRACTIONS: tuple[tuple[Kind, float], ...] = (("P", 0.5), ("H", 0.2), ("N", 0.3))


def write(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training photographs, a quarter as many to predict, the table of labels and ``answers.csv``."""
    if size < SMALLEST:
        raise KitError("the sample is too small", expected=f"at least {SMALLEST} photographs", found=size)
    rng = np.random.default_rng([seed, 0])
    train = _kinds(size, rng)
    test = _kinds(max(4, size // 4), rng)
    jobs = [(folder / TRAINING / name, kind) for name, kind in _named(train)]
    answers = {f"V{number:04d}.jpg": kind for number, kind in enumerate(test, 1)}
    jobs += [(folder / VALIDATION / name, kind) for name, kind in answers.items()]
    generators = [np.random.default_rng([seed, 1, number]) for number in range(len(jobs))]
    with ThreadPoolExecutor() as pool:
        list(pool.map(_draw, *zip(*jobs, strict=True), generators))
    labels = {name: int(kind == "P") for name, kind in answers.items()}
    _write_labels(folder, labels)
    rows = [f"{name},{label}" for name, label in labels.items()]
    write_text(folder / "answers.csv", "\n".join(["FileName,PM Risk", *rows]) + "\n")


def _kinds(count: int, rng: np.random.Generator) -> list[Kind]:
    """``count`` kinds in these fractions, shuffled; at least two of each."""
    first, second = (max(2, round(count * fraction)) for _, fraction in FRACTIONS[:2])
    second = min(second, max(1, count - first - 1))
    pathological, high, normal = (kind for kind, _ in FRACTIONS)
    kinds = [pathological] * first + [high] * second + [normal] * (count - first - second)
    return [kinds[position] for position in rng.permutation(count)]


def _named(kinds: list[Kind]) -> Iterator[tuple[str, Kind]]:
    counts: dict[Kind, int] = {}
    for kind in kinds:
        counts[kind] = counts.get(kind, 0) + 1
        yield f"{kind}{counts[kind]:04d}.jpg", kind


def _draw(path: Path, kind: Kind, rng: np.random.Generator) -> None:
    image = photograph(kind, rng)
    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    write_bytes(path, data.tobytes())


def _write_labels(folder: Path, labels: dict[str, int]) -> None:
    """The contest's workbook, or without openpyxl its copy ``labels.csv``.

    The columns are the contest's. The fovea is given as the centre: this task does not use it.
    """
    table: list[list[object]] = [["ID", "imgName", "Label", "Fovea_X", "Fovea_Y"]]
    table += [[number, name, label, WIDTH / 2, HEIGHT / 2] for number, (name, label) in enumerate(labels.items(), 1)]
    try:
        import openpyxl
    except ImportError:
        write_text(folder / COPY, "".join(",".join(map(str, row)) + "\n" for row in table))
        return
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    for row in table:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    write_bytes(folder / LABELS, _without_clock(buffer.getvalue()))


def _without_clock(workbook: bytes) -> bytes:
    """The workbook without the times of its making, so that the same seed writes the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2019-01-01T00:00:00Z", source.read(name))
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
