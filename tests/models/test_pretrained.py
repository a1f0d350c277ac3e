"""Pretrained weights: read without PyTorch, verified by their hash, kept as safetensors; nothing in a file is run."""

from __future__ import annotations

import dataclasses
import os
import random
from pathlib import Path

import numpy as np
import pytest

from kit.errors import DataError, KitError
from kit.files import cache_dir, sha256
from kit.models.pretrained import WEIGHTS, PretrainedWeights, find, is_available, load_arrays, record, weights
from kit.models.pretrained.torch_file import read_tensors
from tests.models.torch_files import write_weights

ARRAYS = {"stem.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2), "bias": np.array([0.5, -1], np.float32)}


class Command:
    """What a hostile file would run when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.marker}",)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PretrainedWeights:
    """A package's weight file of two arrays, listed in the catalogue as ``small``."""
    file = write_weights(tmp_path / "small.pth", ARRAYS)
    small = PretrainedWeights(
        "small", "small-package", "small.pth", sha256(file), weights.arrays_sha256(ARRAYS), "MIT", "nothing", "here"
    )
    monkeypatch.setitem(WEIGHTS, "small", small)
    monkeypatch.setattr(weights, "_installed_file", lambda found: file if file.exists() else None)
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    return small


def test_tensors_are_read_by_name_and_value(tmp_path):
    found = read_tensors(write_weights(tmp_path / "w.pth", ARRAYS))
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)


def test_a_file_that_holds_a_command_is_refused_and_the_command_never_runs(tmp_path):
    marker = tmp_path / "marker"
    file = write_weights(tmp_path / "w.pth", ARRAYS, {"hook": Command(marker)})
    with pytest.raises(DataError, match="other than tensors"):
        read_tensors(file)
    assert not marker.exists()


@pytest.mark.parametrize("length", [0, 1, 20, 200, -1, -30])
def test_a_truncated_file_is_refused(tmp_path, length):
    file = write_weights(tmp_path / "w.pth", ARRAYS)
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(DataError, match=r"w\.pth"):
        read_tensors(file)


def test_a_damaged_file_gives_a_data_error_or_other_numbers_and_nothing_else(tmp_path):
    whole = write_weights(tmp_path / "w.pth", ARRAYS).read_bytes()
    rng = random.Random(0)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        file = tmp_path / "damaged.pth"
        file.write_bytes(damaged)
        try:
            read_tensors(file)
        except DataError as error:
            assert "damaged.pth" in str(error)


def test_the_first_use_converts_and_later_uses_read_safetensors(package, tmp_path):
    np.testing.assert_array_equal(load_arrays("small")["bias"], ARRAYS["bias"])
    (tmp_path / "small.pth").unlink()
    assert is_available("small")
    np.testing.assert_array_equal(load_arrays("small")["stem.weight"], ARRAYS["stem.weight"])


def test_a_replaced_weight_file_is_refused_by_its_hash(package, tmp_path):
    write_weights(tmp_path / "small.pth", {**ARRAYS, "bias": np.zeros(2, np.float32)})
    with pytest.raises(DataError, match="SHA-256"):
        load_arrays("small")


def test_a_tampered_cache_is_not_used(package):
    load_arrays("small")
    [file] = (cache_dir() / "pretrained").iterdir()
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    np.testing.assert_array_equal(load_arrays("small")["bias"], ARRAYS["bias"])


def test_missing_weights_say_what_to_type(package, tmp_path):
    (tmp_path / "small.pth").unlink()
    assert not is_available("small")
    with pytest.raises(KitError, match=r"pip install 'contest-kit\[pretrained\]'"):
        load_arrays("small")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(KitError, match="efficientnet_lite0"):
        find("resnet_900")


def test_a_run_card_records_name_hash_and_licence():
    assert record("efficientnet_lite0")["licence"] == "Apache-2.0"
    assert len(record("efficientnet_lite0")["sha256"]) == 64


@pytest.mark.parametrize("name", ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"])
def test_the_published_files_convert_to_the_pinned_arrays(name):
    if not is_available(name):
        pytest.skip("the extra 'pretrained' is not installed")
    assert weights.arrays_sha256(load_arrays(name)) == find(name).arrays_sha256
    assert dataclasses.is_dataclass(find(name))


def test_a_default_model_without_its_weights_gives_way_to_one_that_needs_none(toy, package, tmp_path):
    from kit import Model
    from kit.models.pretrained import default_model

    models = {"big": Model(toy.models["small"], pretrained=("small",)), "small": toy.models["small"]}
    task = dataclasses.replace(toy, models=models)
    assert default_model(task) == ("big", "")
    (tmp_path / "small.pth").unlink()
    name, warning = default_model(task)
    assert name == "small" and "contest-kit[pretrained]" in warning
