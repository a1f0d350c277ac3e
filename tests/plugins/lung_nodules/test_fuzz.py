"""Mutated scans and tables: only a DataError that names the file, no hang, no damage that a checksum shows."""

import random
import shutil
import time

import numpy as np
import pytest
from kit_plugins.lung_nodules import files, metric, reader
from kit_plugins.lung_nodules.ct import scan

from kit import DataError
from tests.plugins.lung_nodules.contest import NODULES, contest_folder, write_scan

SimpleITK = pytest.importorskip("SimpleITK")
MUTATIONS, LONGEST = 300, 5.0
"""Mutations of each file, and the seconds that reading one may take."""
NUMBERS = (b"0", b"-1", b"1e308", b"nan", b"inf", b"4294967296", b"9" * 400, b"0.0000001", b"1 2 3", b"", b"\xff\xfe")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Flip, cut, repeat or replace a part of a file."""
    how, position = rng.randrange(7), rng.randrange(max(1, len(data)))
    if how == 0:
        return data[:position] + bytes([data[position] ^ (1 << rng.randrange(8))]) + data[position + 1 :]
    if how == 1:
        return data[:position]
    if how == 2:
        return data[:position] + rng.randbytes(rng.randrange(1, 9)) + data[position:]
    if how == 3:
        return data[:position] + data[position + rng.randrange(1, 40) :]
    lines = data.split(b"\n")
    line = rng.randrange(len(lines))
    if how == 4:
        lines.insert(rng.randrange(len(lines)), lines[line])
    elif how == 5:
        lines[line], other = lines[rng.randrange(len(lines))], lines[line]
        lines[rng.randrange(len(lines))] = other
    else:
        name, equals, _ = lines[line].partition(b"=")
        lines[line] = name + equals + b" " + rng.choice(NUMBERS)
    return b"\n".join(lines)


def read_twice(path, name):
    """Read a scan as it is now; return whether it was accepted."""
    start = time.perf_counter()
    try:
        values, grid, _ = scan.read_scan(path)
        again, _, _ = scan.read_scan(path)
    except DataError as error:
        assert name in str(error), error
        return False
    finally:
        assert time.perf_counter() - start < LONGEST
    assert values.shape == grid.shape and np.isfinite(values).all()
    np.testing.assert_array_equal(values, again)
    return True


SCANS = {
    "a header": ("1.2.3.mhd", "1.2.3.mhd", False),
    "a header of packed data": ("1.2.3.mhd", "1.2.3.mhd", True),
    "raw data": ("1.2.3.mhd", "1.2.3.raw", False),
    "packed data": ("1.2.3.mhd", "1.2.3.zraw", True),
    "mha": ("1.2.3.mha", "1.2.3.mha", False),
    "packed mha": ("1.2.3.mha", "1.2.3.mha", True),
    "NIfTI": ("1.2.3.nii", "1.2.3.nii", False),
    "packed NIfTI": ("1.2.3.nii.gz", "1.2.3.nii.gz", True),
    "NRRD": ("1.2.3.nrrd", "1.2.3.nrrd", False),
    "packed NRRD": ("1.2.3.nrrd", "1.2.3.nrrd", True),
}


@pytest.mark.parametrize("case", SCANS)
def test_a_mutated_scan_is_refused_by_name_or_read_the_same_twice(case, tmp_path):
    name, changed, packed = SCANS[case]
    image = SimpleITK.ReadImage(str(write_scan(tmp_path / "source")))
    SimpleITK.WriteImage(image, str(tmp_path / name), packed)
    original = (tmp_path / changed).read_bytes()
    rng = random.Random(case)
    for _ in range(MUTATIONS):
        head = original[:600] if rng.random() < 0.5 else original  # half of the mutations hit the header
        data = mutate(head, rng) + original[len(head) :]
        (tmp_path / changed).write_bytes(data)
        read_twice(tmp_path / name, "1.2.3")
    (tmp_path / changed).write_bytes(original)
    assert read_twice(tmp_path / name, "1.2.3")


@pytest.mark.parametrize("suffix", [".zraw", ".nii.gz", ".nrrd"])
def test_every_flipped_bit_of_packed_voxels_is_noticed(suffix, tmp_path):
    image = SimpleITK.ReadImage(str(write_scan(tmp_path / "source")))
    name = "1.2.3.mhd" if suffix == ".zraw" else f"1.2.3{suffix}"
    SimpleITK.WriteImage(image, str(tmp_path / name), True)
    path = tmp_path / f"1.2.3{suffix}"
    original, rng = path.read_bytes(), random.Random(suffix)
    for _ in range(MUTATIONS):
        position = rng.randrange(len(original) // 2, len(original) - 8)
        path.write_bytes(
            original[:position] + bytes([original[position] ^ (1 << rng.randrange(8))]) + original[position + 1 :]
        )
        assert not read_twice(tmp_path / name, "1.2.3"), position


@pytest.mark.parametrize("name", ["annotations.csv", "annotations_excluded.csv", "candidates_V2.csv", "seriesuids.csv"])
def test_a_mutated_table_is_refused_by_name_or_read(name, tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    folder = contest_folder(tmp_path)
    (folder / "seriesuids.csv").write_text("1.2.3\n1.2.4\n")
    (folder / "annotations_excluded.csv").write_text(NODULES + "1.2.3,-5,45,-88,5\n1.2.4,1,2,3,-1\n")
    reader.read_reduction(folder, "train")
    original, rng = (folder / name).read_bytes(), random.Random(name)
    for _ in range(MUTATIONS):
        (folder / name).write_bytes(mutate(original, rng))
        start = time.perf_counter()
        for read in (lambda: reader.read_reduction(folder, "train"), lambda: metric.read_answers(folder)):
            try:
                read()
            except DataError as error:
                assert name in str(error) or str(folder) in str(error), error
        assert time.perf_counter() - start < LONGEST


def test_a_folder_of_mutated_names_is_read_or_refused(tmp_path):
    folder, rng = contest_folder(tmp_path), random.Random(0)
    names = [
        "subset4",
        "1.2.3.mhd",
        "subset3.zip",
        "._x",
        "a\nb.mhd",
        "\x1b[31m.mha",
        "x.raw",
        "seg",
        "é.nrrd",
        "s.dcm",
    ]
    for number in range(100):
        target = folder / rng.choice(names) / rng.choice(names)
        shutil.rmtree(target.parent, ignore_errors=True)
        target.parent.mkdir(exist_ok=True) if not target.parent.exists() else None
        if target.parent.is_dir():
            target.write_bytes(b"x" * number)
        try:
            files.open_folder(folder)
        except DataError as error:
            assert str(folder) in str(error)
