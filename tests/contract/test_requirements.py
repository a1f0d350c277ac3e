"""A task whose packages are not installed is explained; the others work without them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

import kit
from kit.contract.requirements import install_command, missing_modules
from kit.discovery import discover
from kit.errors import KitError
from tests.test_imports import PLUGIN_SOURCES, PLUGINS, SOURCES, imports, module

TASKS = discover().tasks
OPTIONAL = {name for task in TASKS.values() for name in task.requires}
CORE = ("digit_recognizer", "cluttered_digits", "digits_3d", "cats_dogs", "cifar10", "eye_disease")


class Blocked:
    """A finder that finds none of the optional modules, as if they were not installed."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in OPTIONAL:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def core_install(monkeypatch):
    """This process without what no extra has brought."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OPTIONAL]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Blocked(), *sys.meta_path])


def test_every_module_that_is_optional_is_imported_by_plugins_that_declare_it_and_by_nothing_else():
    declared = {}  # plugin -> the optional modules of its tasks
    for name, task in TASKS.items():
        declared.setdefault(discover().sources[name], set()).update(task.requires)
    for path in [*SOURCES, *PLUGIN_SOURCES]:
        if not any(name in path.read_text(encoding="utf-8") for name in OPTIONAL):
            continue
        plugin = path.relative_to(PLUGINS).parts[0] if path in PLUGIN_SOURCES else ""
        found = {name.partition(".")[0] for name, _ in imports(path)} & OPTIONAL
        assert found <= declared.get(plugin, set()), module(path)
        top = {name.partition(".")[0] for name, _ in imports(path, top_only=True)} & OPTIONAL
        assert not top, f"{module(path)} imports {top} when the plugin is discovered"


def test_the_core_tasks_require_nothing():
    assert {name: dict(TASKS[name].requires) for name in CORE} == {name: {} for name in CORE}


def test_tasks_are_listed_with_what_they_lack(core_install, kit_cli):
    lines = kit_cli("tasks").stdout.splitlines()
    rows = {line.split()[0]: line for line in lines}
    assert rows["lung_nodules_detection"].endswith("(first: pip install 'contest-kit[lung]')")
    assert rows["pathology_segmentation"].endswith("(first: pip install 'contest-kit[pathology]')")
    assert not any("pip" in rows[name] for name in CORE)
    listed = json.loads(kit_cli("tasks", "--json").stdout)
    found = {row["task"]: row["install"] for row in listed["tasks"]}
    assert found["text_captcha"] == "pip install 'contest-kit[captcha]'" and found["eye_disease"] == ""
    assert listed["broken"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "lung_nodules_detection"),
        ("run", "lung_nodules_detection", "--sample"),
        ("sample", "lung_nodules_detection", "DIR"),
        ("audit", "lung_nodules_detection", "--data", "."),
        ("train", "lung_nodules_detection", "--data", "."),
    ],
    ids=" ".join,
)
def test_a_verb_says_what_to_install(core_install, kit_cli, arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = kit_cli(*arguments)
    assert result.exit_code == 1
    assert "pip install 'contest-kit[lung]'" in result.stderr
    assert "SimpleITK, skimage" in result.stderr


def test_the_function_says_it_as_the_verb_does(core_install):
    with pytest.raises(KitError, match=r"pip install 'contest-kit\[captcha\]'"):
        kit.run("text_captcha")


def test_the_card_and_the_doctor_say_it(core_install, kit_cli):
    assert "missing: pip install 'contest-kit[captcha]'" in kit_cli("show", "text_captcha").stdout
    assert "pip install 'contest-kit[pathology]'" in kit_cli("doctor").stdout


def test_a_core_task_makes_its_sample_and_audits_it_without_them(core_install, kit_cli, tmp_path):
    assert kit_cli("sample", "digit_recognizer", tmp_path / "data", "--size", 20).exit_code == 0
    assert kit_cli("audit", "digit_recognizer", "--data", tmp_path / "data").exit_code == 0
    assert not OPTIONAL & set(sys.modules)


@pytest.mark.slow
def test_a_core_task_runs_without_them(core_install, kit_cli):
    result = kit_cli("run", "digit_recognizer", "--sample", "--size", 20, "--model", "baseline", "--set", "workers=0")
    assert result.exit_code == 0, result.stderr
    assert not OPTIONAL & set(sys.modules)


def test_a_verb_that_needs_a_package_on_the_way_says_so(core_install, toy, toy_folder, tmp_path):
    def ids(folder):
        import SimpleITK  # noqa: F401

    task = replace(toy, ids=ids, requires={"SimpleITK": "contest-kit[lung]"})
    with pytest.raises(KitError, match=r"contest-kit\[lung\]"):
        kit.check(task, toy_folder / "answers.csv", toy_folder)
    assert kit.check(task, toy_folder / "answers.csv").ok, "the format alone needs no package"


def test_an_import_error_of_something_else_is_not_explained_by_it(toy, toy_folder):
    def ids(folder):
        import no_such_library  # noqa: F401

    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        kit.check(replace(toy, ids=ids), toy_folder / "answers.csv", toy_folder)


def test_what_is_installed_needs_no_command(toy):
    task = replace(toy, requires={"numpy": "numpy", "no_such_library": "some-dist[x]"})
    assert missing_modules(task) == ["no_such_library"]
    assert install_command(task) == "pip install 'some-dist[x]'"
    assert install_command(toy) == ""


@pytest.mark.parametrize("wrong", [("SimpleITK",), {"SimpleITK": None}, "SimpleITK"])
def test_another_form_of_the_field_is_refused(toy, wrong):
    with pytest.raises(KitError, match="requires"):
        replace(toy, requires=wrong)
