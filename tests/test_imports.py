"""Imports point one way, Paddle stays where it belongs, and quick verbs stay quick."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import kit_plugins
import pytest

from tests.conftest import ROOT

KIT = ROOT / "kit"
PLUGINS = Path(kit_plugins.__path__[0])
SOURCES = sorted(KIT.rglob("*.py"))
PLUGIN_SOURCES = sorted(PLUGINS.rglob("*.py"))
BUILT_IN = [path.name for path in PLUGINS.iterdir() if (path / "__init__.py").exists()]

MAY_IMPORT_PADDLE = {"models", "training", "prediction", "cpu", "gpu", "device"}
LOWEST = {"errors", "wording", "contract"}  # these import nothing of the rest of the kit
PLUGIN_MAY = tuple(
    f"kit.{name}" for name in ("blocks", "console", "files", "images", "metrics", "models", "parallel", "wording")
)
HEAVY = {"cv2", "SimpleITK", "h5py", "pandas", "sklearn", "matplotlib", "jinja2", "rich", "scipy", "skimage", "PIL"}


def module(path: Path) -> str:
    """The dotted name of a source file."""
    root = ROOT if path.is_relative_to(KIT) else PLUGINS.parent
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, *, top_only: bool = False) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, with its line; ``top_only``: those that importing the file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = module(path) if path.name == "__init__.py" else module(path).rpartition(".")[0]
    for node in _executed(tree) if top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield (inner if _is_module(inner) else source), node.lineno


def _is_module(name: str) -> bool:
    place = ROOT.joinpath(*name.split("."))
    return name.startswith("kit.") and (place.with_suffix(".py").exists() or place.is_dir())


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when a module is imported: not the bodies of functions, nor what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from _executed(node)


def offences(paths: list[Path], allowed, *, top_only: bool = False) -> list[str]:
    return [
        f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}:{line} imports {name}"
        for path in paths
        for name, line in imports(path, top_only=top_only)
        if not allowed(path, name)
    ]


def test_paddle_is_imported_where_models_are_trained_and_nowhere_else():
    def allowed(path: Path, name: str) -> bool:
        if name.partition(".")[0] != "paddle":
            return True
        if path == KIT / "blocks" / "networks.py":
            return True
        if path.is_relative_to(KIT):
            return path.relative_to(KIT).parts[0].removesuffix(".py") in MAY_IMPORT_PADDLE
        return path.stem.partition("_")[0] == "model"

    assert offences(SOURCES + PLUGIN_SOURCES, allowed) == []


def test_the_contract_and_the_errors_import_nothing_else_of_the_kit():
    def allowed(path: Path, name: str) -> bool:
        return not name.startswith("kit") or name.partition(".")[2].partition(".")[0] in {*LOWEST, ""}

    contract = sorted((KIT / "contract").rglob("*.py"))
    assert offences(contract, allowed) == []
    assert offences([KIT / "errors.py"], lambda path, name: not name.startswith("kit")) == []


def test_metrics_import_numpy_and_errors_alone():
    paths = sorted((KIT / "metrics").rglob("*.py"))
    assert paths

    def allowed(path: Path, name: str) -> bool:
        own = name == "kit" or name.startswith(("kit.metrics", "kit.errors"))
        return own or name.partition(".")[0] in {"numpy", *sys.stdlib_module_names}

    assert offences(paths, allowed) == []


def test_nothing_imports_the_command_line_and_only_what_drives_whole_runs_imports_the_pipeline():
    others = [path for path in SOURCES if not path.is_relative_to(KIT / "cli") and path.name != "__main__.py"]
    assert offences(others, lambda path, name: not name.startswith("kit.cli")) == []
    # `certify`, `compare` and the functions of `kit.api` drive whole runs, as a user does.
    may = {"pipeline", "experiments", "repetition", "training", "verbs", "results"}
    assert offences(others, lambda path, name: name != "kit.pipeline" or path.stem in may) == []


def test_the_kit_names_no_plugin():
    def allowed(path: Path, name: str) -> bool:
        return not name.startswith("kit_plugins") or path.is_relative_to(KIT / "discovery")

    assert offences(SOURCES, allowed) == []
    for path in SOURCES:
        if path.is_relative_to(KIT / "cli"):
            continue  # help texts show an example
        strings = [n.value for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Constant)]
        named = [name for name in BUILT_IN for text in strings if isinstance(text, str) and text == name]
        assert named == [], path


def test_a_plugin_imports_the_kits_public_names_and_its_own_files():
    def allowed(path: Path, name: str) -> bool:
        plugin = path.relative_to(PLUGINS).parts[0]
        if name.startswith(("kit_plugins", PLUGINS.name)):
            return name.split(".")[1:2] in ([], [plugin])
        return name == "kit" or not name.startswith("kit.") or name.startswith(PLUGIN_MAY)

    assert offences(PLUGIN_SOURCES, allowed) == []


@pytest.mark.parametrize("path", [*SOURCES, *PLUGIN_SOURCES], ids=module)
def test_a_module_has_a_readable_length(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= 280, f"{lines} lines: split it by noun"


def test_no_module_reads_pickles_or_runs_text():
    banned = {"pickle.load", "pickle.loads", "eval", "exec", "joblib.load", "torch.load", "paddle.load"}
    for path in [*SOURCES, *PLUGIN_SOURCES]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in banned, f"{path}:{node.lineno}"
                allows = [k for k in node.keywords if k.arg in ("allow_pickle", "shell")]
                assert all(ast.unparse(k.value) == "False" for k in allows), f"{path}:{node.lineno}"


QUICK_VERBS = {
    "tasks": ["tasks"],
    "show": ["show", "bars"],
    "check": ["check", "bars", "DATA/answers.csv", "--data", "DATA"],
    "score": ["score", "bars", "DATA/answers.csv", "--answers", "DATA"],
    "leaderboard": ["leaderboard"],
    "help": ["--help"],
}


@pytest.mark.parametrize("verb", QUICK_VERBS)
def test_a_quick_verb_loads_neither_paddle_nor_another_heavy_library(verb, toy_folder, toy_plugins):
    arguments = [part.replace("DATA", str(toy_folder)) for part in QUICK_VERBS[verb]]
    script = (
        "import sys\nfrom kit.cli import cli\n"
        f"code = cli.main({arguments!r}, prog_name='kit', standalone_mode=False)\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        f"print('LOADED', sorted(tops & {HEAVY | {'paddle', 'torch'}!r}), code or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1:] == ["LOADED [] 0"], done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("verb", QUICK_VERBS)
def test_a_quick_verb_answers_in_less_than_seven_tenths_of_a_second(verb, toy_folder, toy_plugins, kit_process):
    arguments = [part.replace("DATA", str(toy_folder)) for part in QUICK_VERBS[verb]]
    kit_process(*arguments)
    times = []
    for _ in range(5):
        before = os.times()
        assert kit_process(*arguments).returncode == 0
        after = os.times()
        # The processor's time, not the clock's: other work on the machine must not fail the test.
        times.append(after.children_user - before.children_user + after.children_system - before.children_system)
    assert min(times) < 0.7


def test_importing_the_kit_imports_no_heavy_library():
    script = f"import kit, sys; print(sorted({HEAVY | {'paddle'}!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_the_toy_task_is_short():
    assert len((ROOT / "tests" / "toy_task.py").read_text(encoding="utf-8").splitlines()) <= 55
