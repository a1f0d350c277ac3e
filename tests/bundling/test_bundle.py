"""A bundle holds what prediction needs; a new environment without an index installs and predicts with it, read-only."""

from __future__ import annotations

import base64
import csv
import dataclasses
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

import kit
from kit.bundling import write_bundle
from kit.bundling.notebook import as_notebook
from kit.bundling.wheels import download_wheels, top_levels, write_wheel
from kit.discovery import discover
from kit.models import checkpoint
from kit.models.pretrained import cached_name
from tests.conftest import ROOT

Cli = Callable[..., Result]


def _environment(folder: Path) -> Path:
    """The Python of a new environment in which everything is installed that is here, except the kit."""
    libraries, environment = folder / "libraries", folder / "environment"
    libraries.mkdir()
    for site in [Path(entry) for entry in sys.path if entry.endswith("site-packages")]:
        for path in site.iterdir():
            own = path.name.startswith(("contest_kit", "__editable__", "kit_plugins")) or path.name == "kit"
            if not own and path.suffix != ".pth" and not (libraries / path.name).exists():
                (libraries / path.name).symlink_to(path)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    [site] = environment.glob("lib/python3*/site-packages")
    (site / "libraries.pth").write_text(f"{libraries}\n")
    return environment / "bin" / "python"


@contextmanager
def _read_only(folder: Path) -> Iterator[list[str]]:
    """What to put before a command to which the folder is read-only: to root by a mount, to others by permissions."""
    if os.geteuid() == 0:
        mount = f'mount --bind "{folder}" "{folder}" && mount -o remount,ro,bind "{folder}" && exec "$@"'
        prefix = ["unshare", "--mount", "sh", "-c", mount, "sh"]
        works = shutil.which("unshare") and not subprocess.run([*prefix, "true"], check=False).returncode
        if not works:
            pytest.skip("root can write everywhere here")
        yield prefix
        return
    every = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in every}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        yield []
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


@pytest.fixture
def run(toy_folder: Path, toy_plugins: Path) -> kit.api.RunResult:
    return kit.run("bars", toy_folder, epochs=1, workers=0)


def test_a_bundle_holds_wheel_plugin_models_and_notebook(run, toy_plugins: Path, tmp_path: Path, kit_cli: Cli) -> None:
    (toy_plugins / "__pycache__").mkdir(exist_ok=True)
    folder = tmp_path / "bundle"
    done = kit_cli("bundle", run.name, "-o", folder)
    assert done.exit_code == 0 and done.stdout.splitlines()[-1] == str(folder) and "--wheels" in done.stderr
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    copied = {f"runs/{run.name}/{n}" for n in ("card.json", "config.json", "summary.json")}
    copied |= {f"runs/{run.name}/folds/0/{n}" for n in ("fold.json", "weights.safetensors")}
    wheel = f"wheels/contest_kit-{kit.__version__}-py3-none-any.whl"
    assert files == {*copied, "bundle.json", "predict.py", "predict.ipynb", "plugins/toy.py", wheel}
    facts = json.loads((folder / "bundle.json").read_text())
    assert facts["runs"] == [run.name] and facts["requirements"] == ["contest-kit"] and facts["tta"] is False
    assert facts["wheels"] == [Path(wheel).name]
    assert facts["submission_sha256"] == hashlib.sha256(run.submission.read_bytes()).hexdigest()

    notebook = json.loads((folder / "predict.ipynb").read_text())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            compile("".join(cell["source"]), "cell", "exec")
    assert "kit.predict(" in "".join("".join(cell["source"]) for cell in notebook["cells"])
    again = kit_cli("bundle", run.name, "-o", folder)
    assert again.exit_code == 1 and "exists already" in again.stderr


def test_the_wheel_is_what_is_installed_and_its_record_is_true(tmp_path: Path) -> None:
    path = write_wheel("contest-kit", ["kit", "kit_plugins"], tmp_path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert archive.read("kit/pipeline.py") == (ROOT / "kit" / "pipeline.py").read_bytes()
        assert "kit/templates/bundle/predict.py.in" in names and "kit_plugins/digit_recognizer/__init__.py" in names
        assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
        info = f"contest_kit-{kit.__version__}.dist-info"
        rows = list(csv.reader(io.StringIO(archive.read(f"{info}/RECORD").decode())))
        assert [row[0] for row in rows] == names
        for name, digest, size in rows[:-1]:
            content = archive.read(name)
            found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, int(size)) == (f"sha256={found}", len(content))
        assert "kit = kit.cli:main" in archive.read(f"{info}/entry_points.txt").decode()
    other = write_wheel("pluggy", top_levels("pluggy", "pluggy.x"), tmp_path)
    with zipfile.ZipFile(other) as archive:
        assert {"pluggy/__init__.py", "pluggy/_hooks.py"} <= set(archive.namelist())
    first = path.read_bytes()
    assert write_wheel("contest-kit", ["kit", "kit_plugins"], tmp_path).read_bytes() == first
    with pytest.raises(kit.KitError, match="not installed"):
        write_wheel("no-such-package", ["nothing"], tmp_path)


def test_what_cannot_be_bundled_is_refused_and_leaves_no_folder(
    run, toy_folder: Path, tmp_path: Path, kit_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kit_cli("bundle", run.name, "-o", tmp_path / "b", "--wheels", "three").exit_code == 2
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(kit.KitError, match=r"cannot fetch the wheels[\s\S]*no-such-package"):
        download_wheels(["no-such-package"], {}, "3.11", tmp_path)
    summary = run.path / "summary.json"
    summary.unlink()
    done = kit_cli("bundle", run.name, "-o", tmp_path / "b")
    assert done.exit_code == 1 and "has not been trained to its end" in done.stderr and not (tmp_path / "b").exists()


def test_pretrained_weights_are_in_the_bundle_as_the_cache_keeps_them(
    run, toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "efficientnet_lite0"
    model = dataclasses.replace(toy.model("small")[1], pretrained=(name,))
    monkeypatch.setattr("kit.bundling.bundle.load_arrays", lambda name: {"w": np.ones(3, np.float32)})
    origin = discover().origins["bars"]
    write_bundle(dataclasses.replace(toy, models={"small": model}), [run.run], origin, tmp_path / "b")
    assert cached_name(name) == "efficientnet_lite0-579344248a93e230.safetensors"
    arrays, _ = checkpoint.read(tmp_path / "b" / "pretrained" / cached_name(name))
    assert arrays["w"].tolist() == [1, 1, 1]


def test_a_script_in_cells_becomes_a_notebook() -> None:
    nbformat = pytest.importorskip("nbformat")
    notebook = as_notebook('"""Not shown."""\n\n# %% [markdown]\n# # Title\n#\n# Text.\n\n# %%\nx = 1\n')
    nbformat.validate(notebook)
    assert [cell["source"] for cell in notebook["cells"]] == [["# Title\n", "\n", "Text."], ["x = 1"]]


@pytest.mark.slow
def test_a_new_environment_without_index_predicts_from_a_read_only_bundle(
    run, toy_folder: Path, toy_plugins: Path, tmp_path: Path, kit_cli: Cli
) -> None:
    """The third-party libraries are those of the tests; the kit comes from the bundle, as does the plugin."""
    kit_cli("bundle", run.name, "-o", tmp_path / "input" / "my-bundle")
    shutil.copytree(toy_folder, tmp_path / "input" / "bars")
    python, work = _environment(tmp_path), tmp_path / "working"
    work.mkdir()
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("KIT_", "PYTHON", "PIP_"))}
    settings |= {"KIT_INPUT": str(tmp_path / "input"), "PIP_CONFIG_FILE": os.devnull, "KIT_CACHE": str(work / "cache")}
    script = tmp_path / "input" / "my-bundle" / "predict.py"
    with _read_only(tmp_path / "input") as prefix:
        command = [*prefix, str(python), str(script)]
        done = subprocess.run(command, cwd=work, env=settings, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert (work / "submission.csv").read_bytes() == run.submission.read_bytes()
    assert "the same bytes as the run's own submission" in done.stdout
    where = "import kit; print(kit.__file__)"
    found = subprocess.run([python, "-c", where], cwd=work, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(found).is_relative_to(tmp_path / "environment")
