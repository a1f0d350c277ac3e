from __future__ import annotations

import base64
import dataclasses
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.pictures import as_image, picture
from kit.report.pictures import Picture, encode, overlay


def decoded(shown: Picture) -> np.ndarray:
    data = base64.b64decode(shown.uri.partition(",")[2])
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return image if image.ndim == 2 else image[..., ::-1]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((5, 4), (5, 4)),
        ((1, 5, 4), (5, 4)),
        ((5, 4, 1), (5, 4)),
        ((3, 5, 4), (5, 4, 3)),
        ((5, 4, 3), (5, 4, 3)),
        ((3, 3, 3), (3, 3, 3)),
        ((4,), None),
        ((2, 5, 4), None),
        ((5, 4, 4), None),
        ((5, 1), None),
        ((0, 4), None),
        ((2, 3, 4, 5), None),
    ],
)
def test_shapes_that_look_like_images(shape: tuple[int, ...], expected: tuple[int, ...] | None) -> None:
    image = as_image(np.zeros(shape, "float32"))
    assert (None if image is None else image.shape) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0, 0.5], [1, 0.25]]), [[0, 128], [255, 64]]),
        (np.array([[0.0, 255], [51, 102]]), [[0, 255], [51, 102]]),
        (np.array([[-1.0, 1], [0, 0]]), [[0, 255], [128, 128]]),
        (np.array([[-1000, 1000], [0, 0]], dtype="int16"), [[0, 255], [128, 128]]),
        (np.array([[np.nan, 1], [np.inf, -1]]), [[0, 255], [255, 0]]),
        (np.full((2, 2), np.nan), [[0, 0], [0, 0]]),
        (np.array([[True, False], [False, True]]), [[255, 0], [0, 255]]),
        (np.array([[7, 200], [0, 1]], dtype="uint8"), [[7, 200], [0, 1]]),
    ],
)
def test_values_of_any_range_become_bytes(values: np.ndarray, expected: list[list[int]]) -> None:
    image = as_image(values)
    assert image is not None and image.dtype == np.uint8
    assert image.tolist() == expected


@pytest.mark.parametrize("value", ["text", None, object(), np.array([["a", "b"], ["c", "d"]])])
def test_what_is_no_array_is_no_image(value: Any) -> None:
    assert as_image(value) is None


def test_a_small_picture_is_kept_pixel_by_pixel() -> None:
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    shown = encode(image)
    assert shown.uri.startswith("data:image/png;base64,") and shown.tiny
    assert np.array_equal(decoded(shown), image)


def test_a_photograph_is_shrunk_and_keeps_its_colours() -> None:
    image = np.zeros((2000, 1000, 3), np.uint8)
    image[..., 0] = 200
    shown = encode(image)
    assert (shown.width, shown.height) == (160, 320) and not shown.tiny
    assert shown.uri.startswith("data:image/jpeg;base64,")
    assert np.abs(decoded(shown).astype(int) - [200, 0, 0]).max() < 8


def test_a_long_thin_picture_does_not_vanish() -> None:
    assert encode(np.zeros((2, 4000), np.uint8)).height == 1


def test_heat_shows_where_the_map_is_hot() -> None:
    heat = np.zeros((4, 4), "float16")
    heat[:2] = 5
    shown = overlay(np.full((64, 64), 100, np.uint8), heat)
    assert shown.shape == (64, 64, 3)
    assert (shown[-4:] == 100).all() and (shown[:4] != 100).any()


def test_a_flat_map_leaves_the_picture_alone() -> None:
    image = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    assert np.array_equal(overlay(image, np.ones((2, 2))), image)


def test_the_tasks_own_picture_comes_first(toy: Task) -> None:
    sample = Sample("1", np.zeros((8, 8)))
    own = dataclasses.replace(toy, picture=lambda sample: np.full((4, 4, 3), 9, np.uint8))
    assert np.array_equal(picture(own, sample), np.full((4, 4, 3), 9))  # type: ignore[arg-type]
    assert picture(dataclasses.replace(toy, picture=lambda sample: None), sample) is None
    assert picture(toy, sample).shape == (8, 8)  # type: ignore[union-attr]


def test_a_path_to_an_image_is_read_in_rgb(toy: Task, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((6, 6, 3), (1, 2, 3), np.uint8))
    image = picture(toy, Sample("1", tmp_path / "a.png"))
    assert image is not None and image[0, 0].tolist() == [3, 2, 1]
    for name in ("missing.png", "scan.mhd"):
        assert picture(toy, Sample("1", str(tmp_path / name))) is None
