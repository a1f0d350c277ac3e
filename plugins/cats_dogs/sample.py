"""A small data set in the contest's layout: drawn faces, cats with pointed ears and dogs with hanging ones."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from kit import KitError
from kit.files import write_bytes, write_text

from .config import CLASSES

SMALLEST = 8
SIDES = (96, 200)  # pixels


def write(folder: Path, size: int, seed: int) -> None:
    """Write ``size`` training photographs, a quarter as many test photographs and ``answers.csv`` (1: dog)."""
    if size < SMALLEST:
        raise KitError("the sample is too small", expected=f"at least {SMALLEST} photographs", found=size)
    for index in range(size):
        label = index % 2
        _write(folder / "train" / f"{CLASSES[label]}.{index // 2}.jpg", label, np.random.default_rng([seed, 0, index]))
    count = max(4, size // 4)
    labels = np.random.default_rng([seed, 2]).permutation(np.arange(count) % 2)
    for number, label in enumerate(labels, 1):
        _write(folder / "test" / f"{number}.jpg", int(label), np.random.default_rng([seed, 1, number]))
    rows = [f"{number},{label}" for number, label in enumerate(labels, 1)]
    write_text(folder / "answers.csv", "\n".join(["id,label", *rows]) + "\n")
    rows = [f"{number},0.5" for number in range(1, count + 1)]
    write_text(folder / "sample_submission.csv", "\n".join(["id,label", *rows]) + "\n")


def _write(path: Path, label: int, rng: np.random.Generator) -> None:
    _, data = cv2.imencode(".jpg", draw(label, rng), [cv2.IMWRITE_JPEG_QUALITY, 92])
    write_bytes(path, data.tobytes())


def draw(label: int, rng: np.random.Generator) -> np.ndarray:
    """Draw a cat (0) or a dog (1) on a noisy ground, uint8 (H, W, 3)."""
    height, width = (int(side) for side in rng.integers(*SIDES, 2))
    image = cv2.resize(rng.integers(0, 255, (6, 6, 3)).astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    radius = min(height, width) * rng.uniform(0.2, 0.3)
    centre = np.array([width, height]) * rng.uniform(0.4, 0.6, 2)
    fur, dark = rng.integers(60, 230, 3).tolist(), rng.integers(0, 60, 3).tolist()
    turn = rng.uniform(-25, 25)
    _ears(image, label, centre, radius, turn, fur, dark)
    cv2.ellipse(image, _point(centre), (int(radius), int(radius * rng.uniform(0.9, 1.1))), turn, 0, 360, fur, -1)
    for side in (-1, 1):
        cv2.circle(image, _at(centre, radius, turn, side * 0.4, -0.2), max(2, int(radius * 0.12)), dark, -1)
    cv2.circle(image, _at(centre, radius, turn, 0, 0.25), max(2, int(radius * (0.1 + 0.1 * label))), dark, -1)
    noise = rng.normal(0, 12, image.shape)
    return np.asarray(np.clip(image + noise, 0, 255).astype(np.uint8))


def _ears(
    image: np.ndarray, label: int, centre: np.ndarray, radius: float, turn: float, fur: list[int], dark: list[int]
) -> None:
    for side in (-1, 1):
        if label:
            middle = _at(centre, radius, turn, side * 1.0, 0.1)
            cv2.ellipse(image, middle, (int(radius * 0.3), int(radius * 0.7)), turn - side * 10, 0, 360, dark, -1)
        else:
            corners = [(side * 0.25, -0.8), (side * 0.95, -0.45), (side * 0.8, -1.6)]
            cv2.fillPoly(image, [np.array([_at(centre, radius, turn, x, y) for x, y in corners])], fur)


def _at(centre: np.ndarray, radius: float, turn: float, x: float, y: float) -> tuple[int, int]:
    """A point of the face, in units of its radius, turned with it, in pixels."""
    cosine, sine = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    return _point(centre + radius * np.array([x * cosine - y * sine, x * sine + y * cosine]))


def _point(values: np.ndarray) -> tuple[int, int]:
    return int(values[0]), int(values[1])
