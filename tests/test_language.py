"""One word, one meaning: names of modules, classes and functions avoid the synonyms that the glossary bans."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Module names that do not say what is inside, and the former names of some modules.
EMPTY = {"utils", "util", "common", "helpers", "helper", "manager", "engine", "base", "misc"}
FORMER = {"layout", "lines", "scans", "strip"}
SOURCES = [path for folder in ("kit", "plugins") for path in sorted((ROOT / folder).rglob("*.py"))]


def banned_by_glossary() -> set[str]:
    """The words that docs/glossary.md bans in names: those in backticks after "not"."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    lists = re.findall(r"\bnot ((?:`[^`\n]+`(?:, | or )?)+)", text)
    return {word for found in lists for word in re.findall(r"`([^`]+)`", found)}


BANNED = banned_by_glossary()


def words(name: str) -> set[str]:
    """The words of a name in any style: ``find_HTTPFaults`` holds find, http, faults."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def names(path: Path) -> Iterator[tuple[str, int]]:
    """Every function and class of a file with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno


def test_the_glossary_bans_words():
    assert {"judge", "place", "share", "survey"} <= BANNED


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_use_the_words_of_the_glossary(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    assert not {*EMPTY, *FORMER, *BANNED}.intersection(parts)
    found = [f"{path}:{line} {name}: {words(name) & BANNED}" for name, line in names(path) if words(name) & BANNED]
    assert found == []
