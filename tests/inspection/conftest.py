"""Fixtures: a folder to draw a contest in, and what an inspection says as a mapping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kit.inspection import Fact, Inspection, Options, inspect_folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "download"
    folder.mkdir()
    return folder


@pytest.fixture
def facts() -> Callable[..., dict[str, Fact]]:
    """Inspect a folder with options and return its facts by name; the last of a name counts."""

    def look(folder: Path, **options: object) -> dict[str, Fact]:
        return by_name(inspect_folder(folder, Options(**options)))

    return look


def by_name(inspection: Inspection) -> dict[str, Fact]:
    return {fact.name: fact for fact in inspection.facts}
