"""Mutated files are refused by name, with no other exception, or read the same twice."""

from __future__ import annotations

import random
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from kit_plugins.digit_recognizer import TASK
from kit_plugins.digit_recognizer.reader import read

from kit import DataError, Sample
from tests.mutations import edited

MUTATIONS = 300
LONGEST = 5.0  # seconds of one reading
TOKENS = [b"", b",", b"\n", b"\r", b'"', b"\x00", b"256", b"-1", b"1e9", b"nan", b"\xff", b"label", b"pixel3", b";"]


def outcome(folder: Path, part: str, name: str) -> list[Sample] | None:
    start = time.perf_counter()
    try:
        return read(folder, part)
    except DataError as error:
        assert name in str(error), error
        assert len(str(error)) < 3000
        return None
    finally:
        assert time.perf_counter() - start < LONGEST


def same(a: list[Sample], b: list[Sample]) -> bool:
    return len(a) == len(b) and all(
        x.id == y.id and x.y == y.y and np.array_equal(x.x, y.x) for x, y in zip(a, b, strict=True)
    )


@pytest.mark.slow
@pytest.mark.parametrize("part", ["train", "test"])
def test_a_mutated_table_is_refused_by_name_or_read_the_same_twice(part: str, tmp_path: Path) -> None:
    TASK.sample(tmp_path, 8, 0)
    path = tmp_path / f"{part}.csv"
    content = path.read_bytes()
    rng = random.Random(part)
    for _ in range(MUTATIONS):
        path.write_bytes(edited(content, rng, TOKENS, 2000))
        found = outcome(tmp_path, part, path.name)
        if found is not None:
            again = outcome(tmp_path, part, path.name)
            assert again is not None and same(found, again)
            assert all(sample.x.shape == (28, 28) and sample.x.dtype == np.uint8 for sample in found)
            assert part == "test" or all(sample.y in range(10) for sample in found)


@pytest.mark.slow
def test_a_mutated_archive_is_refused_by_name_or_gives_the_same_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    source, folder = tmp_path / "source", tmp_path / "data"
    source.mkdir()
    folder.mkdir()
    TASK.sample(source, 8, 0)
    path = folder / "digit-recognizer.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("train.csv", "test.csv"):
            file.write(source / name, name)
    content, before = path.read_bytes(), read(source, "train")
    rng = random.Random("archive")
    for _ in range(MUTATIONS):
        data = bytearray(content)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data if rng.random() < 0.8 else data[: rng.randrange(len(data))])
        found = outcome(folder, "train", str(folder))
        assert found is None or same(found, before), "damage that a checksum tells was accepted"
