"""NIfTI and NRRD: read like MetaImage, refused where header and data disagree or a warning is printed."""

import gzip
import struct

import numpy as np
import pytest
from kit_plugins.lung_nodules.ct import scan

from kit import DataError
from tests.plugins.lung_nodules.contest import DIRECTIONS, write_scan

SimpleITK = pytest.importorskip("SimpleITK")


def converted(tmp_path, name, direction=None):
    image = SimpleITK.ReadImage(str(write_scan(tmp_path / "scan", direction=direction)))
    SimpleITK.WriteImage(image, str(tmp_path / name), name.endswith((".gz", ".nrrd")))
    return tmp_path / name, image


@pytest.mark.parametrize("name", ["1.2.nii", "1.2.nii.gz", "1.2.nrrd"])
@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_a_converted_scan_has_the_same_values_at_the_same_world_positions(name, direction, tmp_path):
    path, image = converted(tmp_path, name, direction)
    values, grid, note = scan.read_scan(path)
    np.testing.assert_array_equal(values, SimpleITK.GetArrayFromImage(image))
    world = image.TransformContinuousIndexToPhysicalPoint([3.0, 20.0, 7.0])
    np.testing.assert_allclose(grid.world(np.array([7.0, 20.0, 3.0])), world, atol=1e-3)
    assert note == ""


def spoilt(path, change):
    data = path.read_bytes()
    packed = path.name.endswith(".gz")
    data = bytearray(gzip.decompress(data) if packed else data)
    data = change(data) or data
    path.write_bytes(gzip.compress(bytes(data)) if packed else bytes(data))


@pytest.mark.parametrize("name", ["1.2.nii", "1.2.nii.gz"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:-2], "data file is short"),
        (lambda data: data + b"xx", "data file is too long"),
        (lambda data: data[:200], "data file is short"),
        (lambda data: struct.pack_into("<h", data, 40, 2), "wrong dim"),
        (lambda data: struct.pack_into("<4h", data, 42, 30000, 30000, 30000, 1), "data file is short"),
        (lambda data: struct.pack_into("<h", data, 70, 128), "wrong datatype"),
        (lambda data: struct.pack_into("<f", data, 108, 1e9), "wrong vox_offset"),
        (lambda data: struct.pack_into("<4s", data, 344, b"ni1"), "not a NIfTI-1 file"),
        (lambda data: struct.pack_into("<3f", data, 80, 800, 900, 2000), "wrong ElementSpacing|warning"),
        (lambda data: struct.pack_into("<4f", data, 280, 0.9, 0.3, 0.2, 5), "unexpected scales in sform"),
    ],
)
def test_a_damaged_nifti_file_is_refused_with_its_reason(name, change, words, tmp_path):
    path, _ = converted(tmp_path, name)
    spoilt(path, change)
    with pytest.raises(DataError, match=words) as caught:
        scan.read_scan(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:-2], "cut off"),
        (lambda data: data + b"xx", "more data after them"),
        (lambda data: data.replace(b"encoding: gzip", b"encoding: gzip\ndata file: /etc/passwd"), "data file"),
        (lambda data: data.replace(b"encoding: gzip", b"encoding: gzip\nsizes: 1 1 1"), "sizes twice"),
        (lambda data: data.replace(b"encoding: gzip", b"encoding: hex"), "wrong encoding"),
        (lambda data: data.replace(b"sizes: 44 40 12", b"sizes: 44 40 13"), "data file is short"),
        (lambda data: data.replace(b"space: left-posterior-superior\n", b""), "no space"),
        (lambda data: data.replace(b"NRRD0004", b"NRRD0009"), "not an NRRD file"),
    ],
)
def test_a_damaged_nrrd_file_is_refused_with_its_reason(change, words, tmp_path):
    path, _ = converted(tmp_path, "1.2.nrrd")
    spoilt(path, change)
    with pytest.raises(DataError, match=words) as caught:
        scan.read_scan(path)
    assert str(path) in str(caught.value)
