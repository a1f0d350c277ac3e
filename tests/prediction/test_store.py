"""Predictions on the disk: the same content gives the same bytes, whatever was written before."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from kit.prediction import store
from kit.prediction.store import Predictions


def part(seed: int, shapes: tuple[tuple[int, ...], ...] = ((3,), (3,))) -> Predictions:
    rng = np.random.default_rng(seed)
    values = [rng.random(shape).astype("float32") for shape in shapes]
    return Predictions([str(i) for i in range(len(values))], values, maps={"0": np.eye(2, dtype="float16")})


def test_a_part_that_is_written_again_gives_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "predictions.h5"
    store.write(path, "valid", part(0, ((2, 3), (1, 3))))
    store.write(path, "test", part(1))
    before = path.read_bytes()
    store.write(path, "test", part(1))
    assert path.read_bytes() == before
    kept = store.read(path, "valid")
    assert kept is not None and [value.shape for value in kept.values] == [(2, 3), (1, 3)]
    assert set(kept.maps) == {"0"}


def test_what_is_not_read_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "predictions.h5"
    store.write(path, "valid", part(0))
    with h5py.File(path, "r+") as file:
        file["valid"]["secret"] = h5py.ExternalLink("/etc/passwd", "/")
    store.write(path, "test", part(1))
    with h5py.File(path, "r") as file:
        assert set(file["valid"]) == {"id", "prediction", "maps"}
