"""Small drawn contests as Kaggle hands them out: a folder of files, and the test part's answers apart from it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

Cell = Any


@dataclass(frozen=True)
class Contest:
    """A drawn contest: ``answers`` are the rows of a perfect submission, header first."""

    folder: Path
    answers: Sequence[Sequence[Cell]]


def write_rows(path: Path, rows: Iterable[Sequence[Cell]], **how: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n", **how).writerows(rows)


def write_contest(
    folder: Path,
    header: Sequence[str],
    train: Sequence[Sequence[Cell]],
    test: Sequence[Sequence[Cell]],
    values: Sequence[str],
    sample: Callable[[int], Sequence[Cell]],
) -> Contest:
    """Write train.csv, test.csv without the value columns, and sample_submission.csv. The first column is the id."""
    keep = [position for position, name in enumerate(header) if name not in values]
    ask = [header.index(name) for name in values]
    write_rows(folder / "train.csv", [header, *train])
    write_rows(folder / "test.csv", [[header[k] for k in keep], *[[row[k] for k in keep] for row in test]])
    answers = [[header[0], *values], *[[row[0], *[row[k] for k in ask]] for row in test]]
    guess = [[header[0], *values], *[[row[0], *sample(n)] for n, row in enumerate(test)]]
    write_rows(folder / "sample_submission.csv", guess)
    return Contest(folder, answers)


def binary_table(folder: Path, size: int = 200, seed: int = 0) -> Contest:
    """Passengers: a woman survives with 0.85, a man with 0.15, so the best accuracy is 0.85; names, missing ages."""
    rng = np.random.default_rng(seed)
    surnames = ["Braund", "Cumings", "Heikkinen", "Futrelle", "Allen", "Moran", "Palsson"]

    def passenger(number: int) -> list[Cell]:
        woman = rng.random() < 0.5
        survived = int(rng.random() < (0.85 if woman else 0.15))
        age = "" if rng.random() < 0.2 else f"{rng.uniform(1, 80):.1f}"
        name = f"{surnames[rng.integers(7)]}-{number}, {'Mrs' if woman else 'Mr'}. X"
        port = rng.choice(["S", "C", "Q"])
        return [
            number,
            survived,
            int(rng.integers(1, 4)),
            name,
            "female" if woman else "male",
            age,
            f"A/5 {number * 7}",
            port,
        ]

    header = ["PassengerId", "Survived", "Pclass", "Name", "Sex", "Age", "Ticket", "Embarked"]
    rows = [passenger(number + 1) for number in range(size + size // 2)]
    return write_contest(folder, header, rows[:size], rows[size:], ["Survived"], lambda n: [n % 2])


def regression_table(folder: Path, size: int = 200, seed: int = 0) -> Contest:
    """Houses: the price is a product of area, quality and quarter with 10% noise; NA means that there is none."""
    rng = np.random.default_rng(seed)
    quarters = {"North": 1.0, "South": 1.4, "Old Town": 2.0, "Harbour": 0.7}

    def house(number: int) -> list[Cell]:
        quarter = str(rng.choice(list(quarters)))
        area, quality = int(rng.integers(40, 300)), str(rng.choice(["Ex", "Gd", "TA"]))
        alley = str(rng.choice(["NA", "NA", "Grvl", "Pave"]))
        frontage = "NA" if rng.random() < 0.2 else int(rng.integers(20, 120))
        factor = {"Ex": 1.5, "Gd": 1.2, "TA": 1.0}[quality] * quarters[quarter] * (0.9 if alley == "Grvl" else 1.0)
        price = round(900 * area**1.1 * factor * np.exp(rng.normal(0, 0.1)))
        return [number, quarter, area, quality, alley, frontage, price]

    header = ["Id", "Quarter", "Area", "Quality", "Alley", "LotFrontage", "SalePrice"]
    rows = [house(number + 1) for number in range(size + size // 2)]
    return write_contest(folder, header, rows[:size], rows[size:], ["SalePrice"], lambda n: [169277.05])


def class_table(folder: Path, size: int = 200, seed: int = 0) -> Contest:
    """Three kinds of flowers in four measures; ids are codes with leading zeros."""
    rng = np.random.default_rng(seed)
    centres = {"setosa": (5.0, 3.4, 1.5, 0.2), "versicolor": (5.9, 2.8, 4.3, 1.3), "virginica": (6.6, 3.0, 5.6, 2.0)}

    def flower(number: int) -> list[Cell]:
        name = str(rng.choice(list(centres)))
        measures = np.asarray(centres[name]) + rng.normal(0, 0.4, 4)
        return [f"{number:06}", *[f"{value:.2f}" for value in measures], name]

    header = ["flower_id", "sepal_length", "sepal_width", "petal_length", "petal_width", "species"]
    rows = [flower(number) for number in range(size + size // 2)]
    return write_contest(folder, header, rows[:size], rows[size:], ["species"], lambda n: ["setosa"])


def several_targets(folder: Path, size: int = 200, seed: int = 0) -> Contest:
    """Two yields of one plant, linear in three measures with noise of 0.3."""
    rng = np.random.default_rng(seed)

    def plant(number: int) -> list[Cell]:
        x = rng.normal(0, 1, 3)
        noise = rng.normal(0, 0.3, 2)
        fruit, leaf = 2 * x[0] - x[1] + noise[0], x[1] + 1.5 * x[2] + noise[1]
        return [f"plant_{number}", *[f"{value:.4f}" for value in (*x, fruit, leaf)]]

    header = ["id", "light", "water", "heat", "fruit", "leaf"]
    rows = [plant(number) for number in range(size + size // 2)]
    return write_contest(folder, header, rows[:size], rows[size:], ["fruit", "leaf"], lambda n: [0.0, 0.0])


def text_classes(folder: Path, size: int = 200, seed: int = 0) -> Contest:
    """Messages of eight words about three subjects: half of the words are the subject's own."""
    rng = np.random.default_rng(seed)
    own = {
        "sport": ["match", "goal", "team", "coach", "league", "score", "player", "season"],
        "space": ["orbit", "rocket", "moon", "launch", "comet", "telescope", "star", "probe"],
        "food": ["recipe", "oven", "butter", "salt", "dinner", "spoon", "bread", "soup"],
    }
    common = ["the", "a", "new", "old", "very", "good", "today", "people", "think", "about", "it", "and", "of"]

    def message(number: int) -> list[Cell]:
        subject = str(rng.choice(list(own)))
        words = [str(rng.choice(own[subject] if rng.random() < 0.5 else common)) for _ in range(8)]
        return [f"m{number:05}", " ".join(words), subject]

    rows = [message(number) for number in range(size + size // 2)]
    return write_contest(folder, ["id", "text", "subject"], rows[:size], rows[size:], ["subject"], lambda n: ["sport"])


def draw_shape(rng: np.random.Generator, kind: str, side: int = 32) -> np.ndarray:
    """A bright disc, square or cross of random size and position on noise: uint8 (side, side, 3)."""
    picture = np.clip(rng.normal(60, 20, (side, side, 3)), 0, 255).astype(np.uint8)
    radius = int(rng.integers(side // 6, side // 4))
    row, column = (int(value) for value in rng.integers(radius + 1, side - radius - 1, 2))
    bright = (220, 220, 220)
    if kind == "disc":
        cv2.circle(picture, (column, row), radius, bright, -1)
    elif kind == "square":
        cv2.rectangle(picture, (column - radius, row - radius), (column + radius, row + radius), bright, -1)
    else:
        cv2.line(picture, (column - radius, row), (column + radius, row), bright, 2)
        cv2.line(picture, (column, row - radius), (column, row + radius), bright, 2)
    return picture


def write_image(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture)


def folder_classes(folder: Path, size: int = 120, seed: int = 0) -> Contest:
    """Discs, squares and crosses in one folder per class; the test part is flat; two formats, sizes from 28 to 40."""
    rng = np.random.default_rng(seed)
    names = {"disc": "full disc", "square": "square", "cross": "thin cross"}
    answers: list[list[Cell]] = [["file", "shape"]]
    for number in range(size + size // 2):
        kind = ["disc", "square", "cross"][number % 3]
        picture = draw_shape(rng, kind, int(rng.integers(28, 41)))
        suffix = [".png", ".JPG"][number % 2]
        if number < size:
            write_image(folder / "train" / names[kind] / f"{number:04}{suffix}", picture)
        else:
            write_image(folder / "test" / f"{number:04}{suffix}", picture)
            answers.append([f"{number:04}{suffix}", names[kind]])
    write_rows(folder / "sample_submission.csv", [answers[0], *[[row[0], "square"] for row in answers[1:]]])
    return Contest(folder, answers)


def multi_label_images(folder: Path, size: int = 120, seed: int = 0) -> Contest:
    """Images that show any of three shapes, named in a table with a column of 0 and 1 for each."""
    rng = np.random.default_rng(seed)
    kinds = ["disc", "square", "cross"]
    rows: list[list[Cell]] = []
    for number in range(size + size // 2):
        flags = [int(rng.random() < 0.5) for _ in kinds]
        picture = np.zeros((32, 32, 3), np.uint8)
        for channel, (kind, flag) in enumerate(zip(kinds, flags, strict=True)):
            if flag:
                picture[..., channel] = draw_shape(rng, kind)[..., 0]
        name = f"img_{number:04}"
        write_image(folder / ("train_images" if number < size else "test_images") / f"{name}.png", picture)
        rows.append([name, *flags])
    write_rows(folder / "train.csv", [["image_id", *kinds], *rows[:size]])
    sample = [["image_id", *kinds], *[[row[0], 0.5, 0.5, 0.5] for row in rows[size:]]]
    write_rows(folder / "sample_submission.csv", sample)
    return Contest(folder, [["image_id", *kinds], *rows[size:]])


def run_lengths(mask: np.ndarray) -> str:
    """A mask as pairs of start and length down the columns, counted from 1, as Kaggle encodes it."""
    flat = np.concatenate([[0], mask.T.ravel().astype(np.int8), [0]])
    changes = np.flatnonzero(np.diff(flat)) + 1
    return " ".join(f"{start} {end - start}" for start, end in zip(changes[::2], changes[1::2], strict=True))


def rle_masks(folder: Path, size: int = 60, seed: int = 0) -> Contest:
    """Ellipses to be outlined, run-length encoded in a table; one image in eight shows none."""
    rng = np.random.default_rng(seed)
    rows: list[list[Cell]] = []
    for number in range(size + size // 2):
        picture = np.clip(rng.normal(80, 25, (40, 48, 3)), 0, 255).astype(np.uint8)
        mask = np.zeros((40, 48), np.uint8)
        if number % 8:
            axes = (int(rng.integers(5, 12)), int(rng.integers(4, 8)))
            centre = (int(rng.integers(14, 34)), int(rng.integers(12, 28)))
            cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
        picture[mask > 0] = np.clip(picture[mask > 0].astype(int) + 90, 0, 255)
        name = f"{number:05}"
        write_image(folder / ("train" if number < size else "test") / "images" / f"{name}.png", picture)
        rows.append([name, run_lengths(mask)])
    write_rows(folder / "train.csv", [["id", "rle_mask"], *rows[:size]])
    write_rows(folder / "sample_submission.csv", [["id", "rle_mask"], *[[row[0], "1 1"] for row in rows[size:]]])
    return Contest(folder, [["id", "rle_mask"], *rows[size:]])


EIGHT = {
    "binary table": binary_table,
    "regression table": regression_table,
    "class table": class_table,
    "several targets": several_targets,
    "folder classes": folder_classes,
    "multi-label images": multi_label_images,
    "rle masks": rle_masks,
    "text classes": text_classes,
}
