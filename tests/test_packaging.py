"""The declared bounds and the pinned versions agree, and tasks name the extras that bring what they import."""

from __future__ import annotations

import configparser
import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kit.discovery import discover
from tests.conftest import ROOT

PINNED_EXTRAS = ("cpu", "lung", "pathology", "captcha", "eye", "tune")
DISTRIBUTIONS = {"SimpleITK": "simpleitk", "skimage": "scikit-image"}  # where the names differ
TASKS = discover().tasks


def read_settings() -> configparser.ConfigParser:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    return settings


def requirements() -> list[Requirement]:
    """What setup.cfg asks for at run time on the pinned Python 3.11, with Paddle."""
    settings = read_settings()
    extras = settings["options.extras_require"]
    groups = [settings["options"]["install_requires"], *(extras[name] for name in PINNED_EXTRAS)]
    texts = [text for group in groups for text in group.splitlines()]
    found = [Requirement(text) for text in texts if text.strip() and not text.startswith("#")]
    return [each for each in found if each.marker is None or each.marker.evaluate({"python_version": "3.11"})]


def pins() -> dict[str, tuple[str, int]]:
    """Name -> version and number of hashes in constraints.txt."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = [re.match(r"(\S+)==(\S+)((?: +--hash=sha256:[0-9a-f]{64})+)$", line.rstrip()) for line in lines]
    assert all(found), "every line is a version with hashes"
    return {canonicalize_name(m[1]): (m[2], m[3].count("--hash")) for m in found if m}


@pytest.mark.parametrize("requirement", requirements(), ids=lambda requirement: requirement.name)
def test_the_pinned_version_lies_within_the_bounds(requirement):
    version, hashes = pins()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version)
    assert hashes > 0


@pytest.mark.parametrize("requirement", requirements(), ids=lambda requirement: requirement.name)
def test_every_requirement_has_a_lower_bound(requirement):
    assert any(bound.operator == ">=" for bound in requirement.specifier)


@pytest.mark.parametrize("task", [task for task in TASKS.values() if task.requires], ids=lambda task: task.name)
def test_the_extra_that_a_task_names_brings_the_modules_that_it_requires(task):
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    for module, wanted in task.requires.items():
        lines = settings["options.extras_require"][wanted.removeprefix("contest-kit[").removesuffix("]")].splitlines()
        brought = {canonicalize_name(Requirement(line).name) for line in lines if line and not line.startswith("#")}
        assert canonicalize_name(DISTRIBUTIONS.get(module, module)) in brought


def test_every_package_is_listed():
    listed = set(read_settings()["options"]["packages"].split())
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "kit").rglob("__init__.py")}
    assert found <= listed, "add them to setup.cfg"
