"""One word, one meaning: names of modules, classes and functions avoid the synonyms that the glossary bans."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Module names that say nothing about what is inside.
EMPTY = {"utils", "util", "common", "helpers", "helper", "manager", "engine", "base", "misc"}
# Former names and synonyms, and the words to use instead.
BANNED = {
    "announcement": "log_once",
    "bench": "context",
    "handin": "submission",
    "hear": "on_epoch_end",
    "home": "folder, path",
    "installation": "patch",
    "judge": "check, score, audit",
    "judged": "checked, scored",
    "place": "position, path, box",
    "places": "positions, files, boxes",
    "relued": "wrap_relu",
    "routes": "operators",
    "say": "info, warn",
    "share": "fraction, shard, broadcast, shared",
    "spot": "position",
    "survey": "statistics",
    "tell": "call, report",
    "trial": "self_test",
    "twins": "duplicates",
    "worth": "evaluate",
}
MODULES = {*EMPTY, *BANNED, "layout", "lines", "scans", "strip"}
# Rooms that are still being renamed. Remove a line when its room is done.
PENDING = (
    "kit/submission",
    "kit/training",
    "kit/device.py",
    "kit/handin.py",
    "kit/prediction",
    "plugins/arithmetic_captcha",
)
SOURCES = [path for folder in ("kit", "plugins") for path in sorted((ROOT / folder).rglob("*.py"))]


def words(name: str) -> set[str]:
    """The words of a name in any style: ``find_HTTPFaults`` holds find, http, faults."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def names(path: Path) -> Iterator[tuple[str, int]]:
    """Every function and class of a file with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno


def banned_by_glossary() -> set[str]:
    """The words that docs/glossary.md bans: those in backticks after "not"."""
    path = ROOT / "docs" / "glossary.md"
    if not path.exists():
        return set()
    lists = re.findall(r"\bnot:? ((?:`[^`\n]+`(?:, | or |\b)?)+)", path.read_text(encoding="utf-8"))
    return {word for found in lists for word in re.findall(r"`([^`]+)`", found)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_use_the_words_of_the_glossary(path):
    if path.relative_to(ROOT).as_posix().startswith(PENDING):
        pytest.skip("still being renamed")
    parts = path.relative_to(ROOT).with_suffix("").parts
    assert not MODULES.intersection(parts)
    banned = {*BANNED, *banned_by_glossary()}
    found = [f"{path}:{line} {name}: {words(name) & banned}" for name, line in names(path) if words(name) & banned]
    assert found == []
