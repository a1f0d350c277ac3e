"""``--json``: every verb writes one documented ASCII document on standard output, and so does every error."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import pytest

from kit.boards.kaggle_client import Submission
from kit.bundling.bundle import Bundle
from kit.cli import VERBS, cli
from kit.cli.document import SCHEMA, Document, error_fields
from kit.interruption import Interrupted
from tests import toy_task
from tests.conftest import ROOT

Cli = Callable[..., Any]
QUICK = ("--epochs", 1, "--set", "workers=0", "--json")


def every_verb() -> list[str]:
    """Each verb of the command line as it is typed, those within a verb too."""
    found = []
    for name in VERBS:
        command = cli.get_command(click.Context(cli), name)
        inner = getattr(command, "commands", {})
        found += [name, *(f"{name} {each}" for each in inner if each != "show")]
    return found


@dataclass(frozen=True)
class Scene:
    """A folder with the toy task's data and two runs, of which the documents are kept."""

    folder: Path
    first: dict[str, Any]
    second: dict[str, Any]

    def arguments(self, verb: str) -> list[object]:
        """What follows the verb for a result; a verb that is missing here is new and needs a line."""
        data, both = self.folder / "data", [self.first["run"], self.second["run"]]
        options = ["--data", data, *QUICK]
        return {
            "tasks": [],
            "show": ["bars"],
            "sample": ["bars", self.folder / "sample", "--size", 8],
            "audit": ["bars", "--data", data],
            "predict": [both[1]],
            "export": [both[1], "--format", "paddle", "-o", self.folder / "exported"],
            "replay": [both[1]],
            "compare": both,
            "blend": [*both, "--force"],
            "tune": ["bars", *options, "--trials", 1, "--retrain", 0, "--set", "learning_rate=1e-3..0.1"],
            "check": ["bars", self.first["submission"], "--data", data],
            "score": ["bars", self.first["submission"], "--answers", data, "--record", "--no-bootstrap"],
            "leaderboard": ["bars"],
            "leaderboard add": [both[0], "--public", 0.9],
            "leaderboard fetch": ["bars"],
            "leaderboard setup": [],
            "submit": [both[0], "-m", "first", "--again"],
            "bundle": [both[1], "-o", self.folder / "bundle"],
            "runs": [],
            "diff": both,
            "report": [both[0]],
            "new-task": ["ship", self.folder / "new", "--from", self.folder / "table", "--dry-run"],
            "certify": ["bars", "--quick", "--size", 8],
            "config": ["bars"],
            "completion": ["bash"],
            "doctor": [],
        }[verb]


def write_table(folder: Path) -> None:
    """A contest of one table, for ``new-task --from``."""
    folder.mkdir()
    rows = [f"{number},{number % 7},{number % 2}\n" for number in range(60)]
    (folder / "train.csv").write_text("id,size,label\n" + "".join(rows))
    (folder / "test.csv").write_text("id,size\n" + "".join(f"{number},{number % 5}\n" for number in range(60, 80)))
    (folder / "sample_submission.csv").write_text("id,label\n" + "".join(f"{number},0\n" for number in range(60, 80)))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Scene]:
    """``kit run --json`` and ``kit train --json``; they stay for the tests of the other verbs."""
    from click.testing import CliRunner

    folder = tmp_path_factory.mktemp("json")
    (folder / "plugins").mkdir()
    text = Path(toy_task.__file__).read_text("utf-8").replace("config=kit.", 'kaggle="bars-contest", config=kit.')
    (folder / "plugins" / "toy.py").write_text(text)
    (folder / "data").mkdir()
    toy_task.make_sample(folder / "data", 24, 0)
    write_table(folder / "table")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KIT_SUBMISSIONS", str(folder / "submissions"))
        patch.setenv("KIT_CACHE", str(cache))
        patch.setenv("KIT_PLUGINS", str(folder / "plugins"))
        documents = []
        for verb, seed in (("run", 0), ("train", 1)):
            words = [verb, "bars", "--data", folder / "data", "--seed", seed, "--set", "split_seed=0", *QUICK]
            result = CliRunner().invoke(cli, [str(word) for word in words], prog_name="kit", catch_exceptions=False)
            assert result.exit_code == 0, result.stderr
            documents.append(json.loads(result.stdout))
    yield Scene(folder, *documents)


class Kaggle:
    """Kaggle's client as far as the verbs use it."""

    sent = Submission(
        reference="1000",
        file="submission.csv",
        time="2026-01-31T00:00:00Z",
        note="note",
        status="complete",
        public=0.9,
        private=None,
        error="",
    )

    def quota(self, contest: str) -> int:
        return 5

    def submit(self, contest: str, file: Path, note: str) -> str:
        return self.sent.reference

    def submission(self, contest: str, reference: str) -> Submission:
        return self.sent

    def submissions(self, contest: str) -> list[Submission]:
        return [self.sent, replace(self.sent, reference="1001")]


@pytest.fixture
def document(scene: Scene, kit_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """The document of a verb in the scene."""

    def of(verb: str) -> dict[str, Any]:
        if verb in ("run", "train"):
            return scene.first if verb == "run" else scene.second
        monkeypatch.setenv("KIT_SUBMISSIONS", str(scene.folder / "submissions"))
        monkeypatch.setenv("KIT_PLUGINS", str(scene.folder / "plugins"))
        monkeypatch.setattr("kit.boards.kaggle_client.Kaggle", Kaggle)
        if verb == "leaderboard setup":
            monkeypatch.setenv("KIT_LEDGER", "postgresql://owner@db/contest")
            monkeypatch.setattr("kit.ledger.setup.set_up", lambda location: None)
        if verb == "bundle":  # without building the kit's wheel
            made = Bundle("bars", "", (), False, "submission.csv", None, (), (), "1", None)
            monkeypatch.setattr("kit.bundling.write_bundle", lambda *arguments, **more: made)
        if verb == "blend":
            assert kit_cli("predict", scene.second["run"]).exit_code == 0
        if verb == "tune":  # without training
            pytest.importorskip("optuna")
            search = pytest.importorskip("kit.search")
            best = search.Found(
                study="study", trials=1, pruned=0, failed=0, params={"learning_rate": 0.05}, best=0.9, run="run"
            )
            monkeypatch.setattr("kit.experiments.search_settings", lambda *given: (best, scene.folder / "page.html"))
        result = kit_cli(*verb.split(), *scene.arguments(verb), *(() if verb == "tune" else ("--json",)))
        assert result.exit_code in (0, 1), result.stderr
        assert result.stdout.isascii()
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    return of


def documented(verb: str) -> dict[str, list[str]]:
    """The keys that ``docs/json.md`` lists for a verb, each with the keys of the objects that it holds, if named."""
    text = (ROOT / "docs" / "json.md").read_text("utf-8").split(f"\n## kit {verb}\n")[1].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE)
    found = {key: re.findall(r"`(\w+)`", meaning.partition("keys ")[2].partition(";")[0]) for key, meaning in rows}
    assert found, f"docs/json.md has no table of keys under '## kit {verb}'"
    return found


@pytest.mark.parametrize("verb", every_verb())
def test_every_verb_writes_one_document_with_the_keys_of_the_documentation(
    verb: str, document: Callable[[str], dict[str, Any]]
) -> None:
    found, keys = document(verb), documented(verb)
    assert (found.pop("schema"), found.pop("verb")) == (SCHEMA, verb)
    assert list(found) == list(keys)
    for key, inner in keys.items():
        value = found[key]
        objects = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]
        assert all(list(each) == inner for each in objects if inner), key


@pytest.mark.parametrize(
    ("arguments", "verb", "code", "kind"),
    [
        (["check", "digit_recognizer", "missing.csv", "--json"], "check", 2, "usage"),
        (["chek", "--json"], "", 2, "usage"),
        (["check", "--bogus", "--json"], "check", 2, "usage"),
        (["--json", "show", "nothing"], "show", 1, "input"),
        (["leaderboard", "add", "nothing", "--public", "1", "--json"], "leaderboard add", 1, "input"),
    ],
)
def test_an_error_is_a_document_too(kit_cli: Cli, arguments: list[str], verb: str, code: int, kind: str) -> None:
    result = kit_cli(*arguments)
    found = json.loads(result.stdout)
    assert list(found) == ["schema", "verb", "error", "exit_code"]
    assert (found["schema"], found["verb"], found["exit_code"], result.exit_code) == (SCHEMA, verb, code, code)
    assert list(found["error"]) == ["kind", "message", "expected", "found", "where", "remedy"]
    assert found["error"]["kind"] == kind and found["error"]["message"]
    assert found["error"]["remedy"] if kind == "usage" else found["error"]["message"] in result.stderr


def test_an_interrupted_command_has_the_exit_code_of_its_signal() -> None:
    found = error_fields(Interrupted(2))
    assert (found["error"]["kind"], found["exit_code"]) == ("interrupted", 130)


def test_a_bug_is_a_document_and_keeps_its_traceback(kit_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Any] = []
    monkeypatch.setattr("kit.cli.document.output_json", written.append)
    monkeypatch.setattr("kit.cli.tasks.catalogue", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        kit_cli("tasks", "--json")
    assert written[0]["error"]["kind"] == "bug" and "division by zero" in written[0]["error"]["message"]


def test_what_a_plugin_prints_does_not_reach_the_document(toy_plugins: Path, toy_folder: Path) -> None:
    """Neither from Python nor from C nor from a child process."""
    noise = "import ctypes, os\nprint('py')\nctypes.CDLL(None).puts(b'c')\nos.system('echo child')\n"
    (toy_plugins / "toy.py").write_text((toy_plugins / "toy.py").read_text().replace('"""\n', f'"""\n{noise}', 1))
    command = [sys.executable, "-m", "kit", "show", "bars", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=dict(os.environ))
    assert json.loads(done.stdout)["task"] == "bars"
    assert {"py", "c", "child"} <= set(done.stderr.split())


def test_a_document_is_ascii_and_strict_json(capsys: pytest.CaptureFixture[str]) -> None:
    document = Document(["--json"])
    with document:
        document.fill({"植物": float("nan"), "path": Path("caf\u00e9\x7f\udcff")})
    printed = capsys.readouterr().out
    assert printed.isascii() and "\x7f" not in printed and "NaN" not in printed
    assert json.loads(printed)["path"] == "caf\u00e9\x7f\udcff"
