"""The doctor sees what is missing and says how to get it."""

from __future__ import annotations

import builtins
import os
import shutil
import sys
from importlib import metadata

import pytest

from kit import doctor
from kit.discovery import Broken, discover
from kit.doctor import Row, examine

VERSION = metadata.version


def rows(found: list[Row], section: str) -> dict[str, Row]:
    return {row.name: row for row in found if row.section == section}


def without(monkeypatch: pytest.MonkeyPatch, *names: str, **versions: str) -> None:
    """Let these distributions be missing or of another version."""

    def version(name: str) -> str:
        if name in names:
            raise metadata.PackageNotFoundError(name)
        return versions[name] if name in versions else VERSION(name)

    monkeypatch.setattr(metadata, "version", version)


def test_a_whole_installation_lacks_nothing():
    found = examine(discover())
    assert [row for row in found if row.state == "missing"] == []
    versions = rows(found, "versions")
    assert {"python", "kit", "system", "numpy", "click", "pluggy", "scikit-learn"} <= versions.keys()
    assert versions["numpy"].value.startswith(VERSION("numpy"))
    assert "pytest" not in versions, "extras are not asked for"


def test_device_threads_and_cores_are_shown():
    found = examine(discover())
    assert "device" in rows(found, "paddle")
    assert rows(found, "processor")["cores"].value[0].isdigit()
    assert "OMP_NUM_THREADS" in rows(found, "processor")


def test_the_engines_of_prediction_are_named(monkeypatch):
    without(monkeypatch, onnxruntime="1.20", paddle2onnx="2.1")
    assert rows(examine(discover()), "paddle")["prediction"].value == (
        "the fastest of onnxruntime (onnxruntime 1.20, paddle2onnx 2.1), paddle.inference and eager mode"
    )
    without(monkeypatch, "onnxruntime")
    assert "contest-kit[onnx]" in rows(examine(discover()), "paddle")["prediction"].value


def test_a_missing_library_is_named_with_the_command_that_installs_it(monkeypatch):
    without(monkeypatch, "h5py")
    row = rows(examine(discover()), "versions")["h5py"]
    assert row.state == "missing"
    assert row.remedy.startswith("pip install 'h5py>=")


def test_a_library_that_is_too_old_is_missing_with_its_minimum(monkeypatch):
    without(monkeypatch, click="7.0")
    row = rows(examine(discover()), "versions")["click"]
    assert row.state == "missing" and row.value.startswith("7.0, needs >=8.")


def test_missing_paddle_is_said_with_the_command_for_either_device(monkeypatch):
    without(monkeypatch, *doctor.PADDLES)
    row = rows(examine(discover()), "paddle")["paddlepaddle"]
    assert row.state == "missing"
    assert "pip install 'paddlepaddle" in row.remedy
    assert "GPU" in row.remedy


def test_a_paddle_that_does_not_import_is_said_with_its_reason(monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest):
        if name == "kit.device":
            raise ImportError("libgomp.so.1: cannot open shared object file")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    row = rows(list(doctor._device()), "paddle")["import"]
    assert row.state == "missing"
    assert "libgomp" in row.value


def test_two_builds_of_paddle_and_an_unused_gpu_are_warnings(monkeypatch):
    monkeypatch.setattr(doctor, "_device", lambda: iter(()))
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    without(monkeypatch, **{"paddlepaddle": "3.3.1", "paddlepaddle-gpu": "3.3.1"})
    assert rows(list(doctor._paddle()), "paddle")["two builds"].state == "warning"
    without(monkeypatch, "paddlepaddle-gpu")
    assert rows(list(doctor._paddle()), "paddle")["GPU"].state == "warning"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_missing(tmp_path, monkeypatch):
    tmp_path.chmod(0o555)
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    row = rows(list(doctor._folders()), "folders")["cache"]
    assert (row.state, row.remedy) == ("missing", "export KIT_CACHE=FOLDER")


def test_a_folder_that_is_a_file_is_missing(tmp_path, monkeypatch):
    (tmp_path / "cache").touch()
    monkeypatch.setenv("KIT_CACHE", str(tmp_path / "cache"))
    assert rows(list(doctor._folders()), "folders")["cache"].state == "missing"


def test_a_full_disk_is_a_warning(monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1 << 20))
    assert {row.state for row in doctor._folders()} == {"warning"}


def test_a_broken_plugin_is_a_warning_with_its_reason():
    catalogue = discover()
    catalogue.broken.append(Broken("eyes", "built in", "ImportError: no retina\n  expected: one"))
    row = rows(list(doctor._plugins(catalogue)), "plugins")["eyes"]
    assert row.state == "warning"
    assert row.value == "broken (built in): ImportError: no retina; expected: one"
