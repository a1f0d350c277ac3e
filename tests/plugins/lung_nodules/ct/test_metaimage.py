"""MetaImage files: what is read equals what SimpleITK reads; every fault is refused with its reason."""

import os
import zlib

import numpy as np
import pytest
from kit_plugins.lung_nodules.ct import preparation, scan

from kit import DataError
from tests.plugins.lung_nodules.contest import DIRECTIONS, edit, write_scan

SimpleITK = pytest.importorskip("SimpleITK")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
@pytest.mark.parametrize("compress", [False, True], ids=["raw", "zraw"])
def test_world_and_voxel_agree_with_simpleitk_for_every_direction(direction, compress, tmp_path):
    path = write_scan(tmp_path, direction=direction, compress=compress)
    image = SimpleITK.ReadImage(str(path))
    values, grid, note = scan.read_scan(path)
    np.testing.assert_array_equal(values, SimpleITK.GetArrayFromImage(image))
    assert note == ""
    rng = np.random.default_rng(1)
    for _ in range(20):
        index = rng.uniform(-3, 40, 3)
        world = image.TransformContinuousIndexToPhysicalPoint(index.tolist())
        np.testing.assert_allclose(grid.voxels(np.array(world)), index[::-1], atol=1e-9)
        np.testing.assert_allclose(grid.world(index[::-1]), world, atol=1e-9)


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_a_bright_spot_is_at_its_world_position_after_resampling(direction, tmp_path):
    hu = np.full((14, 40, 44), -900, np.int16)
    hu[7, 18:21, 24:27] = 400
    path = write_scan(tmp_path, direction=direction, hu=hu)
    world = scan.read_header(path).grid.world(np.array([7, 19, 25]))
    levels, grid = preparation.resample(path)
    bright = np.argwhere(levels > 128)
    np.testing.assert_allclose(grid.world(bright.mean(axis=0)), world, atol=0.6)
    assert grid.direction == (1, 0, 0, 0, 1, 0, 0, 0, 1)


def test_padding_and_metal_are_clipped_before_anything_else(tmp_path):
    hu = np.full((10, 40, 44), -3024, np.int16)
    hu[:, 10:30, 10:30] = 3000
    hu[:, 12:20, 12:20] = -850
    levels, _ = preparation.resample(write_scan(tmp_path, hu=hu))
    assert preparation.to_hu(levels).min() == -1000
    assert preparation.to_hu(levels).max() == 400


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"ElementDataFile": "../secret.raw"}, "outside its folder"),
        ({"ElementDataFile": "/etc/passwd"}, "outside its folder"),
        ({"ElementDataFile": "sub/1.2.3.raw"}, "outside its folder"),
        ({"ElementDataFile": "..\\secret.raw"}, "outside its folder"),
        ({"ElementDataFile": "C:secret.raw"}, "outside its folder"),
        ({"ElementDataFile": "LIST"}, "a file for each slice"),
        ({"ElementDataFile": "slice%03d.raw 1 9 1"}, "a file for each slice"),
        ({"ElementDataFile": "gone.raw"}, "data file is missing"),
        ({"ElementSpacing": None}, "has no ElementSpacing"),
        ({"ElementSpacing": "0.8 0 2"}, "wrong ElementSpacing"),
        ({"ElementSpacing": "0.8 nan 2"}, "wrong ElementSpacing"),
        ({"Offset": None}, "has no Offset"),
        ({"DimSize": "44 40"}, "wrong DimSize"),
        ({"DimSize": "44 40 -12"}, "wrong DimSize"),
        ({"DimSize": "999999 999999 999999"}, "wrong DimSize"),
        ({"DimSize": "44 40 13"}, "data file is short"),
        ({"DimSize": "44 40 11"}, "data file is too long"),
        ({"ElementType": "MET_OTHER"}, "wrong ElementType"),
        ({"NDims": "2"}, "wrong NDims"),
        ({"TransformMatrix": "1 0 0 1 0 0 0 0 1"}, "wrong TransformMatrix"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_bad_header_is_refused_and_named(entries, words, tmp_path):
    (tmp_path / "secret.raw").write_bytes(bytes(12 * 40 * 44 * 2))
    path = write_scan(tmp_path / "subset0")
    edit(path, **entries)
    with pytest.raises(DataError, match=words) as caught:
        scan.read_scan(path)
    assert "1.2.3" in str(caught.value)


def test_a_data_file_that_is_a_link_out_of_the_folder_is_refused(tmp_path):
    path = write_scan(tmp_path / "subset0")
    raw = path.with_suffix(".raw")
    raw.rename(tmp_path / "elsewhere.raw")
    raw.symlink_to(tmp_path / "elsewhere.raw")
    with pytest.raises(DataError, match="leads out of its folder"):
        scan.read_scan(path)


def test_a_pipe_as_data_file_is_refused_without_waiting(tmp_path):
    path = write_scan(tmp_path)
    path.with_suffix(".raw").unlink()
    os.mkfifo(path.with_suffix(".raw"))
    with pytest.raises(DataError, match="not a regular file"):
        scan.read_scan(path)


@pytest.mark.parametrize("case", ["cut", "bomb", "not zlib"])
def test_compressed_data_of_the_wrong_size_are_refused(case, tmp_path):
    path = write_scan(tmp_path, compress=True)
    edit(path, CompressedDataSize=None)
    data = path.with_suffix(".zraw")
    content = {"cut": data.read_bytes()[:-400], "bomb": zlib.compress(bytes(50_000_000)), "not zlib": b"plain text"}[
        case
    ]
    data.write_bytes(content)
    with pytest.raises(DataError, match="unpack") as caught:
        scan.read_scan(path)
    assert "1.2.3.zraw" in str(caught.value)


def entry(name, value):
    """Return a change of a header: one entry gets another value."""
    return lambda text: "".join(
        f"{name} = {value}\n" if line.startswith(f"{name} =") else line for line in text.splitlines(True)
    )


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("suffix", [".mha", ".MHA", ".mhd"])
def test_data_behind_the_header_are_read(suffix, compress, tmp_path):
    image = SimpleITK.ReadImage(str(write_scan(tmp_path / "scan")))
    SimpleITK.WriteImage(image, str(tmp_path / "1.2.3.mha"), compress)
    path = (tmp_path / "1.2.3.mha").rename(tmp_path / f"1.2.4{suffix}")
    values, grid, _ = scan.read_scan(path)
    np.testing.assert_array_equal(values, SimpleITK.GetArrayFromImage(image))
    assert grid.origin == image.GetOrigin()


@pytest.mark.parametrize(
    ("change", "data"),
    [
        (lambda text: text.replace("MSB = False", "MSB = True"), lambda raw: raw.byteswap().tobytes()),
        (lambda text: text.replace("\n", "\r"), lambda raw: raw.tobytes()),
        (lambda text: text.replace("\n", "\r\n"), lambda raw: raw.tobytes()),
        (lambda text: text.replace(" = ", " : "), lambda raw: raw.tobytes()),
        (lambda text: text.replace(" = ", "="), lambda raw: raw.tobytes()),
        (lambda text: "\ufeff" + text, lambda raw: raw.tobytes()),
        (lambda text: "HeaderSize = -1\n" + text, lambda raw: b"x" * 99 + raw.tobytes()),
        (lambda text: "HeaderSize = 99\n" + text, lambda raw: b"x" * 99 + raw.tobytes()),
        (lambda text: "CompressedData = 0\n" + text.replace("CompressedData = False\n", ""), lambda raw: raw.tobytes()),
        (lambda text: text.replace("ElementSpacing", "ElementSize"), lambda raw: raw.tobytes()),
        (lambda text: text.replace("Offset", "Position"), lambda raw: raw.tobytes()),
        (lambda text: text.replace("= 1.2.3.raw", "= ./1.2.3.raw"), lambda raw: raw.tobytes()),
        (lambda text: "DistanceUnits = um\n" + text, lambda raw: raw.tobytes()),
        (lambda text: "DistanceUnits = um\n" + entry("ElementSpacing", "8e2 9e2 2e3")(text), lambda raw: raw.tobytes()),
        (lambda text: "DistanceUnits = cm\n" + entry("ElementSpacing", ".08 .09 .2")(text), lambda raw: raw.tobytes()),
        (lambda text: text.replace("BinaryData = True\n", ""), lambda raw: raw.tobytes()),
        (lambda text: "Comment = 张三 = :\n0008|0018 = 1.2\nModality = MET_MOD_CT\n" + text, lambda raw: raw.tobytes()),
    ],
)  # fmt: skip
def test_legal_ways_to_write_a_header_give_the_same_voxels(change, data, tmp_path):
    path = write_scan(tmp_path)
    raw = np.frombuffer(path.with_suffix(".raw").read_bytes(), "<i2")
    path.write_bytes(change(path.read_text()).encode("gb18030" if "Comment" in change("") else "utf-8"))
    path.with_suffix(".raw").write_bytes(data(raw))
    values, grid, _ = scan.read_scan(path)
    np.testing.assert_array_equal(values.ravel(), raw)
    assert grid.spacing == pytest.approx((0.8, 0.9, 2.0))


@pytest.mark.parametrize("kind", ["MET_INT", "MET_FLOAT", "MET_DOUBLE", "MET_LONG_LONG"])
def test_wider_types_are_read_as_they_are(kind, tmp_path):
    path = write_scan(tmp_path)
    raw = np.frombuffer(path.with_suffix(".raw").read_bytes(), "<i2")
    types = {"MET_INT": "<i4", "MET_FLOAT": "<f4", "MET_DOUBLE": "<f8", "MET_LONG_LONG": "<i8"}
    path.with_suffix(".raw").write_bytes(raw.astype(types[kind]).tobytes())
    edit(path, ElementType=kind)
    np.testing.assert_array_equal(scan.read_scan(path)[0].ravel(), raw)


TWICE = "ElementDataFile = 1.2.3.raw\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace(TWICE, "ElementDataFile = /etc/passwd\n" + TWICE), "ElementDataFile twice"),
        (lambda text: text.replace(TWICE, "ElementDataFile : /etc/passwd\n" + TWICE), "ElementDataFile twice"),
        (lambda text: text.replace(TWICE, TWICE + "ElementDataFile = /etc/passwd\n"), "ElementDataFile twice"),
        (lambda text: text.replace(TWICE, TWICE + "HeaderSize = 7\n"), "HeaderSize follows ElementDataFile"),
        (lambda text: text.replace("DimSize", "DimSize = 44 40 12\nDimSize"), "DimSize twice"),
        (lambda text: text.replace("DimSize", "dimsize"), "misspelt DimSize"),
        (lambda text: text.replace("Offset", "Origin = 0 0 0\nOffset"), "contradictory entries Offset and Origin"),
        (lambda text: text.replace("CompressedData = False", "CompressedData = T"), "cannot be unpacked|unpack to"),
        (lambda text: text.replace("CompressedData = False", "CompressedData = 1"), "cannot be unpacked|unpack to"),
        (lambda text: text.replace("CompressedData = False", "CompressedData = maybe"), "wrong CompressedData"),
        (lambda text: text.replace("BinaryData = True", "BinaryData = False"), "stored as text"),
        (lambda text: "HeaderSize = -2\n" + text, "wrong HeaderSize"),
        (lambda text: "HeaderSize = 5\n" + text, "data file is short"),
        (entry("ElementSpacing", "800 900 2000"), "wrong ElementSpacing"),
        (entry("ElementSpacing", "0.0008 0.0009 0.002"), "wrong ElementSpacing"),
        (entry("ElementSpacing", "0.8 0.9 1000"), "wrong ElementSpacing"),
        (entry("ElementSpacing", "0.8 -0.9 2"), "wrong ElementSpacing"),
        (entry("DimSize", "200000 200000 1"), "wrong DimSize"),
        (entry("DimSize", "1e300 2 2"), "wrong DimSize"),
        (entry("DimSize", "44 40 12 1"), "wrong DimSize"),
        (lambda text: text.replace("NDims = 3", "NDims = 4"), "wrong NDims"),
        (lambda text: text.replace("MET_SHORT", "MET_LONG"), "wrong ElementType"),
        (lambda text: text.replace("ObjectType = Image", "ObjectType = Tube"), "wrong ObjectType"),
        (lambda text: "ElementNumberOfChannels = 3\n" + text, "wrong ElementNumberOfChannels"),
    ],
)  # fmt: skip
def test_an_ambiguous_or_impossible_header_is_refused_with_its_reason(change, words, tmp_path):
    path = write_scan(tmp_path)
    path.write_text(change(path.read_text()))
    with pytest.raises(DataError, match=words) as caught:
        scan.read_scan(path)
    assert str(path) in str(caught.value) or str(path.with_suffix(".raw")) in str(caught.value)


@pytest.mark.parametrize("factor", [0.1, 0.5, 2, -1])
def test_a_wrong_compressed_size_is_refused(factor, tmp_path):
    path = write_scan(tmp_path, compress=True)
    size = path.with_suffix(".zraw").stat().st_size
    scan.read_scan(path)
    edit(path, CompressedDataSize=str(int(factor * size)))
    with pytest.raises(DataError, match="wrong CompressedDataSize"):
        scan.read_scan(path)


def test_a_changed_byte_in_compressed_data_is_found_by_their_checksum(tmp_path):
    path = write_scan(tmp_path, compress=True)
    data = bytearray(path.with_suffix(".zraw").read_bytes())
    data[-2] ^= 1
    path.with_suffix(".zraw").write_bytes(data)
    with pytest.raises(DataError, match="cannot be unpacked"):
        scan.read_scan(path)


def test_data_behind_the_compressed_stream_are_refused(tmp_path):
    path = write_scan(tmp_path, compress=True)
    edit(path, CompressedDataSize=None)
    data = path.with_suffix(".zraw")
    data.write_bytes(data.read_bytes() + b"more")
    with pytest.raises(DataError, match="more data after them"):
        scan.read_scan(path)


def test_a_file_name_that_is_not_utf8_is_found(tmp_path):
    path = write_scan(tmp_path)
    name = "张.raw".encode("gbk")
    os.rename(os.fsencode(path.with_suffix(".raw")), os.fsencode(tmp_path) + b"/" + name)  # noqa: PTH104
    path.write_bytes(path.read_bytes().replace(b"1.2.3.raw", name))
    assert scan.read_scan(path)[0].shape == (12, 40, 44)


def test_a_volume_larger_than_a_person_is_refused_before_it_is_resampled(tmp_path):
    path = write_scan(tmp_path, shape=(300, 4, 4))
    edit(path, ElementSpacing="1 1 10")
    with pytest.raises(DataError, match="too large for a person"):
        scan.read_scan(path)
