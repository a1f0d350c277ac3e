"""A small synthetic data set, drawn once; a copy of it that a test may spoil."""

import shutil
from pathlib import Path

import pytest
from kit_plugins.eye_disease import TASK


@pytest.fixture(scope="session")
def eyes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eyes")
    TASK.sample(folder, 24, 0)
    return folder


@pytest.fixture
def folder(eyes: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(eyes, copy)
    return copy


@pytest.fixture
def training(folder: Path) -> Path:
    return folder / "PALM-Training400" / "PALM-Training400"
