"""A new plugin runs as it stands; a bad name or an existing folder is refused and nothing is left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kit.certify import QUICK
from kit.discovery import discover
from kit.discovery.scaffold import new_task
from kit.errors import KitError
from tests.conftest import ROOT


def test_its_title_is_the_users_and_its_files_are_named_after_it(tmp_path):
    folder = new_task("plant_leaves", tmp_path, "Plant  leaves: which 植物?\n")
    assert discover([tmp_path]).task("plant_leaves").title == "Plant leaves: which 植物?"
    names = ["README.md", "__init__.py", "inputs.py", "model.py", "pyproject.toml", "reader.py", "sample.py"]
    names.append("test_plant_leaves.py")
    assert sorted(path.name for path in folder.iterdir() if path.name != "__pycache__") == names
    assert "$" not in (folder / "README.md").read_text(encoding="utf-8")


def test_its_source_is_clean(tmp_path):
    folder = new_task("plant_leaves", tmp_path)
    for command in (["check", "--ignore", "D103"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", ROOT / "pyproject.toml", folder],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.skipif(sys.version_info < (3, 11), reason="NumPy for Python 3.10 has no default types for ndarray")
def test_its_source_passes_the_type_checker(tmp_path):
    folder = new_task("plant_leaves", tmp_path)
    cache = ["--cache-dir", ROOT / ".mypy_cache"] if (ROOT / ".mypy_cache").exists() else ["--cache-dir", tmp_path]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *cache, "--config-file", ROOT / "setup.cfg", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_its_own_tests_pass_and_with_them_every_law_that_needs_no_training(tmp_path):
    folder = new_task("plant_leaves", tmp_path)
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", folder], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert f"{len(QUICK) + 2} passed" in done.stdout


def test_pip_installs_it_and_the_command_finds_it_by_its_entry_point(tmp_path, kit_process):
    folder = new_task("plant_leaves", tmp_path / "mine")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", tmp_path / "site", folder], check=True, capture_output=True)
    shown = kit_process("tasks", cwd=tmp_path, PYTHONPATH=str(tmp_path / "site"))
    assert "Plant leaves" in shown.stdout


@pytest.mark.slow
def test_it_trains_above_chance_and_keeps_the_laws_of_training(tmp_path, kit_process):
    new_task("plant_leaves", tmp_path / "mine")
    done = kit_process("certify", "plant_leaves", "--plugins", tmp_path / "mine", timeout=600)
    assert done.returncode == 0, done.stdout
    done = kit_process("run", "plant_leaves", "--sample", "--plugins", tmp_path / "mine", timeout=600)
    assert done.returncode == 0, done.stderr
    score = Path(done.stdout.splitlines()[-1]) / "score.json"
    assert '"score": 0.9' in score.read_text() or '"score": 1.0' in score.read_text()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Plant", "kit new-task plant"),
        ("plant leaves", "kit new-task plant_leaves"),
        ("plant-leaves", "kit new-task plant_leaves"),
        ("3d", "kit new-task d"),
        ("", "lower-case letters"),
        ("../plant", "kit new-task plant"),
        ("plant\n", "lower-case letters"),
        ("植物", "lower-case letters"),
        ("a" * 61, "at most 60"),
        ("class", "belongs to Python"),
        ("json", "kit new-task json_task"),
        ("kit", "belongs to Python or to the kit"),
    ],
)
def test_a_bad_name_is_refused_with_what_to_type(tmp_path, name, words):
    with pytest.raises(KitError) as refused:
        new_task(name, tmp_path)
    assert words in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ['say "x"', "back\\slash", 'end"""', "bell\x07"])
def test_a_title_that_would_break_the_source_is_refused(tmp_path, title):
    with pytest.raises(KitError, match="a title is one line"):
        new_task("plant", tmp_path, title)


def test_an_existing_folder_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "plant").mkdir()
    (tmp_path / "plant" / "mine.txt").write_text("precious")
    with pytest.raises(KitError, match="exists already"):
        new_task("plant", tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["plant", "mine.txt"]


def test_a_plugin_inside_a_plugin_is_refused(tmp_path):
    new_task("plant", tmp_path)
    with pytest.raises(KitError, match="package itself"):
        new_task("leaf", tmp_path / "plant")
