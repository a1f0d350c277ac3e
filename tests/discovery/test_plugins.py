"""One door for every plugin: built in, installed, or in a folder; what is broken is explained, nothing else stops."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kit.discovery import Broken, Catalogue, discover
from kit.errors import KitError
from tests import toy_task

HEAD = "import kit\nimport dataclasses\nimport tests.toy_task\nTOY = tests.toy_task.kit_tasks()[0]\n"
RENAMED = HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return [dataclasses.replace(TOY, name={name!r})]\n"


HOOK = "@kit.hookimpl\ndef kit_tasks():\n    return [TOY]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of plugins with one that works, ``good``."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "good.py").write_text(RENAMED.format(name="good"))
    return plugins


def broken(catalogue: Catalogue, plugin: str) -> Broken:
    return next(entry for entry in catalogue.broken if entry.plugin == plugin)


BROKEN = {
    "raises on import": ("raise RuntimeError('out of paper')\n" + HOOK, ["RuntimeError", "out of paper", "bad.py:1"]),
    "exits on import": ("import sys\nsys.exit('bye')\n" + HOOK, ["SystemExit", "bye"]),
    "does not parse": ("def kit_tasks(:\n", ["SyntaxError", "line 1"]),
    "lacks a library": ("import no_such_library\n" + HOOK, ["ModuleNotFoundError", "no_such_library"]),
    "is not text": (b"\xff\xfe\x00\x80" + HOOK.encode(), ["bad"]),
    "has no hook": ("from kit import hookimpl", ["no hook", "kit_tasks() marked with @kit.hookimpl"]),
    "misspells the hook": (
        HEAD + "@kit.hookimpl\ndef kit_task():\n    return [TOY]",
        ["no hook 'kit_task'", "kit_tasks"],
    ),
    "forgets the mark": (HEAD + "def kit_tasks():\n    return [TOY]", ["'kit_tasks' lacks its mark", "@kit.hookimpl"]),
    "forgets one mark of two": (
        HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return [TOY]\ndef kit_epoch_ended(run):\n    pass",
        ["'kit_epoch_ended' lacks its mark"],
    ),
    "misspells hook and mark": (HEAD + "def kit_task():\n    return [TOY]", ["no hook", "found: kit_task"]),
    "wants an argument": (HEAD + "@kit.hookimpl\ndef kit_tasks(folder):\n    return [TOY]", ["folder"]),
    "returns a task": (HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return TOY", ["a list of Task", "return [task]"]),
    "returns nothing": (HEAD + "@kit.hookimpl\ndef kit_tasks():\n    pass", ["returned no task"]),
    "returns an empty list": (HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return []", ["returned no task"]),
    "returns text": (HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return 'bars'", ["something else", "str 'bars'"]),
    "returns a mapping": (HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return {'bars': TOY}", ["dict"]),
    "returns a class": (HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return [kit.Task]", ["a list of kit.Task"]),
    "raises in the hook": (
        HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return [kit.nothing]",
        ["AttributeError", "bad.py:7"],
    ),
    "raises half way": (
        HEAD + "@kit.hookimpl\ndef kit_tasks():\n    yield TOY\n    raise KeyError('half')",
        ["KeyError", "half"],
    ),
    "misses fields": (
        HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return [kit.Task(name='bad', title='Bad')]",
        ["reader", "metric", "bad.py:7"],
    ),
    "misspells a field": (
        HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return [dataclasses.replace(TOY, reeder=print)]",
        ["reeder"],
    ),
    "mistypes a field": (
        HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return [dataclasses.replace(TOY, reader='read')]",
        ["task 'bars'", "field 'reader'", "str 'read'"],
    ),
    "uses a name twice": (
        HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return [TOY, TOY]",
        ["'name' is used twice", "bars, bars"],
    ),
    "takes another's name": (
        RENAMED.format(name="a_good"),
        ["field 'name' is taken", "'a_good'", "plugin 'a_good'", "rename"],
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_plugin_that_is_broken_is_explained_and_the_others_keep_working(folder, fault):
    source, words = BROKEN[fault]
    (folder / "a_good.py").write_text(RENAMED.format(name="a_good"))
    (folder / "bad.py").write_bytes(source if isinstance(source, bytes) else source.encode())
    catalogue = discover([folder])
    assert {"a_good", "good"} <= set(catalogue.tasks)
    entry = broken(catalogue, "bad")
    assert entry.where == str(folder / "bad.py")
    for word in words:
        assert word in f"{entry.plugin} {entry.reason}"
    assert "bars" not in catalogue.tasks, "nothing of a refused plugin stays behind"


def test_one_plugin_may_define_several_tasks(folder):
    (folder / "rounds.py").write_text(
        HEAD
        + "@kit.hookimpl\ndef kit_tasks():\n    for i in 1, 2:\n      yield dataclasses.replace(TOY, name=f'round{i}')"
    )
    catalogue = discover([folder])
    assert {"round1", "round2"} <= set(catalogue.tasks)
    assert catalogue.sources["round1"] == catalogue.sources["round2"] == "rounds"


def test_any_iterable_of_tasks_will_do(folder):
    (folder / "view.py").write_text(HEAD + "@kit.hookimpl\ndef kit_tasks():\n    return {'bars': TOY}.values()\n")
    assert "bars" in discover([folder]).tasks


def test_a_plugin_without_tasks_may_implement_another_hook(folder):
    (folder / "tracker.py").write_text(
        "import kit\nHEARD = []\n@kit.hookimpl\n"
        "def kit_epoch_ended(epoch, metrics):\n    HEARD.append((epoch, metrics))\n"
    )
    catalogue = discover([folder])
    assert not any(entry.plugin == "tracker" for entry in catalogue.broken)
    catalogue.manager.hook.kit_epoch_ended(run=folder, fold=0, epoch=3, metrics={"loss": 1.0})
    tracker = next(plugin for plugin in catalogue.manager.get_plugins() if hasattr(plugin, "HEARD"))
    assert tracker.HEARD == [(3, {"loss": 1.0})]


def test_a_plugin_folder_imports_its_own_files_lazily(folder):
    (folder / "parts").mkdir()
    (folder / "parts" / "__init__.py").write_text(
        HEAD + "@kit.hookimpl\ndef kit_tasks():\n"
        "    return [dataclasses.replace(TOY, name='parts', reader=kit.lazy(__name__ + '.reader:read'))]\n"
    )
    (folder / "parts" / "reader.py").write_text("def read(folder, part):\n    return [part]\n")
    assert discover([folder]).tasks["parts"].reader(folder, "train") == ["train"]


def test_two_folders_may_hold_plugins_of_one_file_name(tmp_path):
    for name in ("first", "second"):
        package = tmp_path / name / "mine"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(
            HEAD + "@kit.hookimpl\ndef kit_tasks():\n"
            f"    return [dataclasses.replace(TOY, name={name!r}, reader=kit.lazy(__name__ + '.reader:read'))]\n"
        )
        (package / "reader.py").write_text(f"def read(folder, part):\n    return [{name!r}]\n")
    tasks = discover([tmp_path / "first", tmp_path / "second"]).tasks
    assert tasks["first"].reader(tmp_path, "train") == ["first"]
    assert tasks["second"].reader(tmp_path, "train") == ["second"]


def test_folders_of_the_environment_are_searched_and_the_same_folder_only_once(folder, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    (other / "more.py").write_text(RENAMED.format(name="more"))
    monkeypatch.setenv("KIT_PLUGINS", os.pathsep.join([str(folder), str(other)]))
    catalogue = discover([folder])
    assert {"good", "more"} <= set(catalogue.tasks)
    assert not any(entry.plugin in ("good", "more") for entry in catalogue.broken)


def test_hidden_and_private_files_data_and_folders_without_a_package_are_no_plugins(folder):
    (folder / "_draft.py").write_text("raise RuntimeError\n" + HOOK)
    (folder / ".hidden.py").write_text("raise RuntimeError\n" + HOOK)
    (folder / "notes.txt").write_text("raise RuntimeError")
    (folder / "data").mkdir()
    here = [entry for entry in discover([folder]).broken if entry.where.startswith(str(folder))]
    assert here == []


def test_a_folder_without_any_plugin_is_said_to_hold_none(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    entry = broken(discover([empty]), "empty")
    assert "holds no plugin" in entry.reason
    assert "kit new-task" in entry.reason


def test_a_file_that_is_no_plugin_is_not_executed(folder):
    (folder / "train_model.py").write_text("raise SystemExit('executed')")
    (folder / "notebook").mkdir()
    (folder / "notebook" / "__init__.py").write_text("raise SystemExit('executed')")
    catalogue = discover([folder])
    assert "good" in catalogue.tasks
    assert [entry for entry in catalogue.broken if entry.where.startswith(str(folder))] == []


def test_a_folder_of_other_files_is_said_to_hold_no_plugin(tmp_path):
    (tmp_path / "train_model.py").write_text("raise SystemExit('executed')")
    entry = broken(discover([tmp_path]), tmp_path.name)
    assert "holds no plugin" in entry.reason and "train_model.py" in entry.reason


def test_a_plugin_may_import_its_hook_from_another_of_its_files(folder):
    (folder / "parts").mkdir()
    (folder / "parts" / "__init__.py").write_text("from .tasks import kit_tasks\n")
    (folder / "parts" / "tasks.py").write_text(RENAMED.format(name="parts"))
    assert "parts" in discover([folder]).tasks


def test_a_stale_folder_of_the_environment_is_a_warning(folder, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    paths = [tmp_path / "gone", tmp_path / "file", folder]
    monkeypatch.setenv("KIT_PLUGINS", os.pathsep.join(map(str, paths)))
    catalogue = discover()
    assert "good" in catalogue.tasks
    assert "does not exist" in broken(catalogue, "gone").reason
    assert f"warning: KIT_PLUGINS names {tmp_path / 'gone'}" in capsys.readouterr().err


def test_folders_of_the_environment_may_be_relative_or_start_at_home(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in (folder.name, f"~/{folder.name}"):
        monkeypatch.setenv("KIT_PLUGINS", name)
        assert "good" in discover().tasks


def test_a_plugin_in_a_folder_replaces_the_installed_one_and_says_so(folder, tmp_path, monkeypatch, capsys):
    distribution(tmp_path / "site", "other-contest", "good = other_contest")
    (tmp_path / "site" / "other_contest.py").write_text(RENAMED.format(name="good"))
    monkeypatch.syspath_prepend(tmp_path / "site")
    catalogue = discover([folder])
    assert catalogue.origins["good"].where == str(folder / "good.py")
    assert not any(entry.plugin == "good" for entry in catalogue.broken)
    message = capsys.readouterr().err
    assert str(folder / "good.py") in message and "entry point of other-contest" in message


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(KitError, match="does not exist"):
        discover([tmp_path / "nowhere"])


def test_what_a_plugin_prints_does_not_reach_standard_output(folder, capsys):
    (folder / "chatty.py").write_text("print('hello')\n" + RENAMED.format(name="chatty"))
    assert "chatty" in discover([folder]).tasks
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hello" in captured.err


def test_a_task_without_near_names_may_be_that_of_a_plugin_whose_folder_is_not_named():
    with pytest.raises(KitError, match="kit --plugins FOLDER"):
        discover().task("titanic")
    with pytest.raises(KitError, match=r"to do: kit tasks\Z"):
        discover().task("cifar")


def test_an_unknown_task_is_refused_with_the_nearest_names_and_the_broken_plugin(folder):
    (folder / "eyes.py").write_text("raise RuntimeError('no retina')\n" + HOOK)
    catalogue = discover([folder])
    with pytest.raises(KitError, match="good") as refused:
        catalogue.task("goood")
    assert "kit tasks" in str(refused.value)
    with pytest.raises(KitError, match="no retina"):
        catalogue.task("eyes")


def test_built_in_plugins_come_from_their_folder_without_a_list(monkeypatch, tmp_path):
    import kit_plugins

    (tmp_path / "brand_new").mkdir()
    (tmp_path / "brand_new" / "__init__.py").write_text(RENAMED.format(name="brand_new"))
    monkeypatch.setattr(kit_plugins, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "kit_plugins.brand_new", raising=False)
    catalogue = discover()
    assert catalogue.sources["brand_new"] == "brand_new"
    monkeypatch.delitem(sys.modules, "kit_plugins.brand_new")


def test_every_built_in_plugin_loads():
    assert [entry for entry in discover().broken if entry.where == "built in"] == []


def distribution(site: Path, name: str, points: str) -> None:
    """What pip leaves behind: metadata that names the entry points."""
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[kit]\n{points}\n")


def test_installed_plugins_stand_side_by_side_one_working_and_one_explained(tmp_path, monkeypatch):
    site = tmp_path / "site"
    distribution(site, "good-contest", "bars = good_contest")
    distribution(site, "bad-contest", "bad = bad_contest")
    distribution(site, "gone-contest", "gone = gone_contest:plugin")
    shutil.copy(toy_task.__file__, site / "good_contest.py")
    (site / "bad_contest.py").write_text("raise OSError('the licence has run out')\n")
    monkeypatch.syspath_prepend(site)
    catalogue = discover()
    assert catalogue.sources["bars"] == "bars"
    assert broken(catalogue, "bad").where == "entry point of bad-contest"
    assert "the licence has run out" in broken(catalogue, "bad").reason
    assert "gone_contest" in broken(catalogue, "gone").reason


def test_an_entry_point_may_name_an_object_with_the_hook(tmp_path, monkeypatch):
    site = tmp_path / "site"
    distribution(site, "object-contest", "thing = object_contest:plugin")
    (site / "object_contest.py").write_text(
        HEAD + "class Plugin:\n    @kit.hookimpl\n    def kit_tasks(self):\n        return [TOY]\nplugin = Plugin()\n"
    )
    monkeypatch.syspath_prepend(site)
    assert discover().sources["bars"] == "thing"


def test_a_plugin_that_pip_installed_from_another_folder_is_found_by_the_command(tmp_path, kit_process):
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    shutil.copy(toy_task.__file__, source / "bars_contest.py")
    (source / "setup.cfg").write_text(
        "[metadata]\nname = bars-contest\nversion = 1.0\n[options]\npy_modules = bars_contest\n"
        "[options.entry_points]\nkit =\n    bars = bars_contest\n"
    )
    (source / "setup.py").write_text("import setuptools\nsetuptools.setup()\n")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", site, source], check=True, capture_output=True)
    listed = kit_process("tasks", cwd=tmp_path, PYTHONPATH=str(site))
    assert listed.returncode == 0
    assert "Vertical or horizontal bars?" in listed.stdout
