"""What stored values mean: HU are kept, what can be converted is, the rest is refused."""

import numpy as np
import pytest
from kit_plugins.lung_nodules.ct import scan

from kit import DataError
from tests.plugins.lung_nodules.contest import edit, write_scan

TYPES = {"i2": "MET_SHORT", "u2": "MET_USHORT", "u1": "MET_UCHAR", "f4": "MET_FLOAT"}


def chest():
    """Return HU (12, 40, 44) with padding, air, lung, soft tissue and bone."""
    rng = np.random.default_rng(0)
    hu = rng.normal(40, 20, (12, 40, 44))
    hu[:, 10:30, 8:20] = rng.normal(-850, 30, (12, 20, 12))
    hu[:, :, 30:36] = rng.normal(-1000, 15, (12, 40, 6))
    hu[:, :, 20:22] = 900  # dense bone, as far from soft tissue as that is from air
    return np.clip(hu, -1024, None).round()


def stored(tmp_path, values, dtype, **entries):
    path = write_scan(tmp_path)
    path.with_suffix(".raw").write_bytes(values.astype(f"<{dtype}").tobytes())
    edit(path, ElementType=TYPES[dtype], **entries)
    return path


@pytest.mark.parametrize("padding", [None, -3024, -2048, -32768])
def test_hounsfield_units_are_kept_whatever_the_padding(padding, tmp_path):
    hu = chest()
    if padding is not None:
        hu[:, :4] = padding
    values, _, note = scan.read_scan(stored(tmp_path, hu, "i2"))
    np.testing.assert_array_equal(values, hu)
    assert note == ""


@pytest.mark.parametrize(
    ("values", "dtype", "entries"),
    [
        (lambda hu: hu + 1024, "u2", {}),
        (lambda hu: hu + 1024, "i2", {}),
        (lambda hu: hu + 1024, "f4", {}),
        (lambda hu: hu + 1000, "i2", {"RescaleIntercept": "-1000", "RescaleSlope": "1"}),
        (lambda hu: (hu + 1024) * 4, "u2", {"RescaleSlope": "0.25", "RescaleIntercept": "-1024"}),
        (lambda hu: (hu + 1024) / 2000, "f4",
         {"ElementToIntensityFunctionSlope": "2000", "ElementToIntensityFunctionOffset": "-1024"}),
        (lambda hu: hu.astype(np.int16).view(np.uint16), "u2", {}),
    ],
)  # fmt: skip
def test_values_that_can_be_converted_to_hu_are_and_a_note_says_so(values, dtype, entries, tmp_path):
    found, _, note = scan.read_scan(stored(tmp_path, values(chest()), dtype, **entries))
    np.testing.assert_allclose(found, chest(), atol=0.51)
    assert note


def test_padding_of_unshifted_values_is_no_air(tmp_path):
    shifted = chest() + 1024
    shifted[:, :8] = -2000  # what GE scanners store outside the circle of reconstruction
    found, _, note = scan.read_scan(stored(tmp_path, shifted, "i2"))
    np.testing.assert_array_equal(found[:, 8:], chest()[:, 8:])
    assert "1,024 was subtracted" in note


@pytest.mark.parametrize(
    ("values", "dtype", "words"),
    [
        (lambda hu: (np.clip(hu, -1000, 400) + 1000) / 1400, "f4", "not HU"),
        (lambda hu: (np.clip(hu, -1000, 400) + 1000) / 1400 * 255, "u1", "not HU"),
        (lambda hu: hu / 1000, "f4", "not HU"),
        (lambda hu: hu * 100, "f4", "not HU"),
        (lambda hu: hu.astype(np.int16).byteswap(), "i2", "not HU"),
        (lambda hu: np.clip(hu, 0, None), "i2", "not HU"),
        (lambda hu: np.where(hu > 800, np.nan, hu), "f4", "NaN or infinity"),
        (lambda hu: np.where(hu > 800, np.inf, hu), "f4", "NaN or infinity"),
        (lambda hu: np.where(hu < -960, -np.inf, hu), "f4", "NaN or infinity"),
    ],
)
def test_values_of_another_meaning_are_refused_by_name(values, dtype, words, tmp_path):
    path = stored(tmp_path, values(chest()), dtype)
    with pytest.raises(DataError, match=words) as caught:
        scan.read_scan(path)
    assert str(path) in str(caught.value)
