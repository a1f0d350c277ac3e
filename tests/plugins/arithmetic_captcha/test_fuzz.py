"""Mutated images, labels and archives are refused by name, with no other exception, or read the same."""

import random
import tarfile
import time
import zipfile

import numpy as np
import pytest
from kit_plugins.arithmetic_captcha import ARITHMETIC, FINAL, TEXT
from kit_plugins.arithmetic_captcha.round1 import reader

from kit import DataError
from tests.mutations import edited

MUTATIONS = 300
LONGEST = 10.0  # seconds of one reading
TOKENS = [b"", b" ", b"\n", b"\r", b"\x00", b"(" * 200, b"*", b"/0", b";", "流=".encode(), b"\xff\xfe", b"\xc4\xe3"]


def outcome(work, name):
    """Return what was read, or None if it was refused with the name of the file or folder."""
    start = time.perf_counter()
    try:
        return work()
    except DataError as error:
        assert str(name) in str(error), error
        assert len(str(error)) < 3000
        return None
    finally:
        assert time.perf_counter() - start < LONGEST


@pytest.mark.slow
@pytest.mark.parametrize("task", [ARITHMETIC, FINAL, TEXT], ids=lambda task: task.name)
def test_mutated_labels_are_refused_by_name_or_are_valid_texts(task, tmp_path):
    task.sample(tmp_path, 6, 0)
    path = tmp_path / "train" / "labels.txt"
    content = path.read_bytes()
    rng = random.Random(task.name)
    for _ in range(MUTATIONS):
        path.write_bytes(edited(content, rng, TOKENS, 200))
        samples = outcome(lambda: task.reader(tmp_path, "train"), "labels.txt")
        if samples is not None:
            assert len(samples) == 6
            assert all(cell for row in task.truth(samples) for cell in row)


@pytest.mark.slow
@pytest.mark.parametrize("task", [ARITHMETIC, FINAL, TEXT], ids=lambda task: task.name)
def test_a_mutated_png_is_refused_by_name_or_shows_the_same(task, tmp_path):
    task.sample(tmp_path, 1, 0)
    sample = task.reader(tmp_path, "train")[0]
    content = sample.x.read_bytes()
    before = task.example(sample, None, task.config)[0]
    rng = random.Random(task.name)
    for _ in range(MUTATIONS // 2):
        sample.x.write_bytes(edited(content, rng, TOKENS, 200))
        found = outcome(lambda: task.example(sample, None, task.config), "0.png")
        assert found is None or np.array_equal(found[0], before), "damage that a checksum tells was accepted"


@pytest.mark.slow
@pytest.mark.parametrize("task", [ARITHMETIC, FINAL], ids=lambda task: task.name)
def test_a_mutated_jpeg_is_refused_by_name_or_read_the_same_twice(task, tmp_path):
    from PIL import Image

    task.sample(tmp_path, 1, 0)
    sample = task.reader(tmp_path, "train")[0]
    Image.open(sample.x).save(sample.x, "JPEG")
    content = sample.x.read_bytes()
    rng = random.Random(task.name)
    for _ in range(MUTATIONS // 2):
        sample.x.write_bytes(edited(content, rng, TOKENS, 200))
        found = outcome(lambda: task.example(sample, None, task.config), "0.png")
        if found is not None:
            again = task.example(sample, None, task.config)
            assert np.isfinite(found[0]).all() and np.array_equal(found[0], again[0])


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["zip", "tar.gz", "tar.xz", "tar.bz2"])
def test_a_mutated_archive_is_refused_by_name_or_gives_the_same_labels(ending, tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    source, folder = tmp_path / "source", tmp_path / "data"
    source.mkdir()
    folder.mkdir()
    ARITHMETIC.sample(source, 6, 0)
    path = folder / f"train.{ending}"
    if ending == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for member in sorted((source / "train").iterdir()):
                file.write(member, member.name)
    else:
        with tarfile.open(path, f"w:{ending.rpartition('.')[2]}") as file:
            file.add(source / "train", arcname="train")
    content = path.read_bytes()
    before = [sample.y for sample in reader.read(source, "train")]
    pixels = [sample.x.read_bytes() for sample in reader.read(source, "train")]
    rng = random.Random(ending)
    for _ in range(MUTATIONS // 2):
        data = bytearray(content)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data if rng.random() < 0.8 else data[: rng.randrange(len(data))])
        found = outcome(lambda: reader.read(folder, "train"), tmp_path)
        if found is not None:
            assert [sample.y for sample in found] == before
            assert [sample.x.read_bytes() for sample in found] == pixels
