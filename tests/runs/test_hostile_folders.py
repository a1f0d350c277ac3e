"""A run's folder may come from somebody else or be damaged: every verb gives one clear error, never a traceback.

The cases change one file of a finished run. Some verbs do not need that file and may go on; no case may end in another
exception than a KitError, read a file outside of the run, or predict from weights that are not finite.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from click.testing import Result
from safetensors.numpy import load, save

from kit.cli import cli
from tests import toy_task

Change = Callable[[Path], object]
VERBS: dict[str, tuple[str, ...]] = {
    "report": ("report", "RUN"),
    "predict": ("predict", "RUN"),
    "oof": ("predict", "RUN", "--oof"),
    "resume": ("train", "bars", "--resume", "RUN"),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data and a run of two epochs, trained once for all cases."""
    from click.testing import CliRunner

    folder = tmp_path_factory.mktemp("finished")
    (folder / "plugins").mkdir()
    shutil.copy(toy_task.__file__, folder / "plugins" / "toy.py")
    (folder / "data").mkdir()
    toy_task.make_sample(folder / "data", 60, 0)
    settings = ("--epochs", "2", "--folds", "2", "--set", "workers=0", "--device", "cpu")
    environment = {"KIT_SUBMISSIONS": str(folder / "submissions"), "KIT_PLUGINS": str(folder / "plugins")}
    result = CliRunner().invoke(cli, ["run", "bars", "--data", str(folder / "data"), *settings], env=environment)
    assert result.exit_code == 0, result.output
    run = next((folder / "submissions" / "bars").iterdir())
    return run.rename(folder / "run")


@pytest.fixture
def attempt(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kit_cli: Callable[..., Result]
) -> Callable[..., Result]:
    """Change a copy of the finished run and call a verb on it; an error names the run, or a ``named`` text."""
    monkeypatch.setenv("KIT_PLUGINS", str(finished.parent / "plugins"))

    def call(change: Change, verb: str, *named: str) -> Result:
        run = tmp_path / "copy"
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(finished, run)
        change(run)
        result = kit_cli(*[str(run) if part == "RUN" else part for part in VERBS[verb]])
        assert result.exit_code in (0, 1), result.output
        assert "Traceback" not in result.output
        if result.exit_code == 1:
            errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
            assert len(errors) == 1, result.stderr
            assert any(text in result.stderr for text in (str(run), *named)), result.stderr
        return result

    return call


def text(name: str, content: str) -> Change:
    return lambda run: (run / name).write_text(content)


def data(name: str, content: bytes) -> Change:
    return lambda run: (run / name).write_bytes(content)


def remove(name: str) -> Change:
    return lambda run: (run / name).unlink()


def changed(name: str, **values: Any) -> Change:
    """Set keys of a JSON file; a value of ``...`` removes the key."""

    def change(run: Path) -> None:
        value = json.loads((run / name).read_text())
        value |= values
        (run / name).write_text(json.dumps({key: item for key, item in value.items() if item is not ...}))

    return change


DEEP = "[" * 100_000 + "]" * 100_000
NOT_JSON = {
    "missing": remove,
    "empty": lambda name: text(name, ""),
    "a list": lambda name: text(name, "[]"),
    "null": lambda name: text(name, "null"),
    "a text": lambda name: text(name, '"x"'),
    "an empty object": lambda name: text(name, "{}"),
    "deep nesting": lambda name: text(name, DEEP),
    "deep objects": lambda name: text(name, '{"a": ' * 50_000 + "1" + "}" * 50_000),
    "not JSON": lambda name: text(name, "{"),
    "not text": lambda name: data(name, b"\xff\xfe\x00garbage"),
    "not a number": lambda name: text(name, '{"a": NaN}'),
    "a folder": lambda name: lambda run: ((run / name).unlink(), (run / name).mkdir()),
}
READ_BY = {
    "card.json": ("report", "predict", "oof", "resume"),
    "config.json": ("report", "predict", "resume"),
    "summary.json": ("report", "predict", "oof"),
    "folds/0/fold.json": ("resume",),
    "score.json": ("report",),
    "check.json": ("report",),
    "audit.json": ("report",),
}


@pytest.mark.parametrize("name", READ_BY)
@pytest.mark.parametrize("kind", NOT_JSON)
def test_a_damaged_json_file_is_one_error(attempt: Callable[..., Result], name: str, kind: str) -> None:
    for verb in READ_BY[name]:
        attempt(NOT_JSON[kind](name), verb, "there is no run")


VALUES: dict[str, tuple[str, Mapping[str, Any]]] = {
    "a batch of nothing": ("config.json", {"batch_size": 0}),
    "a batch of a negative size": ("config.json", {"batch_size": -5}),
    "a batch of text": ("config.json", {"batch_size": "64"}),
    "a batch of true": ("config.json", {"batch_size": True}),
    "a batch of a fraction": ("config.json", {"batch_size": 1.5}),
    "a batch of a list": ("config.json", {"batch_size": [64]}),
    "no epochs": ("config.json", {"epochs": -1}),
    "epochs as text": ("config.json", {"epochs": "two"}),
    "folds as a list": ("config.json", {"folds": [2]}),
    "no folds": ("config.json", {"folds": 0}),
    "a negative seed": ("config.json", {"seed": -1}),
    "negative workers": ("config.json", {"workers": -7}),
    "an unknown model": ("config.json", {"model": "huge"}),
    "a model that is a number": ("config.json", {"model": 7}),
    "an unknown device": ("config.json", {"device": "tpu"}),
    "an unknown schedule": ("config.json", {"schedule": "__import__"}),
    "an unknown setting": ("config.json", {"surprise": 1}),
    "a missing file of weights": ("config.json", {"pretrained": "/etc/shadow.safetensors"}),
    "another task": ("card.json", {"task": "digits"}),
    "a task that is a number": ("card.json", {"task": 7}),
    "no task": ("card.json", {"task": ...}),
    "no data": ("card.json", {"data": ...}),
    "data that are a number": ("card.json", {"data": 7}),
    "data that are gone": ("card.json", {"data": "/nowhere"}),
    "inputs of text": ("card.json", {"inputs": ["a", "b"]}),
    "inputs without hashes": ("card.json", {"inputs": [{}]}),
    "no inputs": ("card.json", {"inputs": ...}),
    "skipped samples of text": ("card.json", {"skipped": "a"}),
    "git of text": ("card.json", {"git": "a"}),
    "a newer schema": ("card.json", {"schema": 99}),
    "a schema of text": ("card.json", {"schema": "1"}),
    "no folds in the summary": ("summary.json", {"folds": []}),
    "folds without keys": ("summary.json", {"folds": [{}]}),
    "folds of text": ("summary.json", {"folds": "ab"}),
    "a fold outside of the run": (
        "summary.json",
        {"folds": [{"fold": "../../data", "score": 1.0, "epoch": 1, "details": {}, "samples": 1}]},
    ),
    "a mean of text": ("summary.json", {"mean": "0.9"}),
    "fitted values of text": ("summary.json", {"tuned": "a"}),
    "no history": ("folds/0/fold.json", {"history": ...}),
    "a history of text": ("folds/0/fold.json", {"history": "ab"}),
    "an epoch without keys": ("folds/0/fold.json", {"history": [{}]}),
    "a fold's score of text": ("folds/0/fold.json", {"score": "x"}),
    "a score of text": ("score.json", {"score": "x"}),
    "an interval of one number": ("score.json", {"interval": [0.5]}),
    "a rank of text": ("score.json", {"rank": "first"}),
    "faults of text": ("check.json", {"faults": "ab"}),
    "a fault without keys": ("check.json", {"faults": [{}], "ok": False}),
    "rows of text": ("check.json", {"rows": "ab"}),
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_wrong_value_is_one_error(attempt: Callable[..., Result], kind: str) -> None:
    name, values = VALUES[kind]
    for verb in READ_BY[name]:
        attempt(changed(name, **values), verb, "no task 'digits'", "/nowhere", "found: tpu")


METRICS = {
    "not JSON": "garbage\n",
    "lists": "[]\n[]\n",
    "empty objects": "{}\n{}\n",
    "text for numbers": '{"fold": "0", "epoch": "one", "train_loss": "low"}\n',
    "deep nesting": DEEP + "\n",
    "half a line": '{"fold": 0, "ep',
    "no number": '{"fold": "0", "epoch": 1, "train_loss": NaN}\n',
}


@pytest.mark.parametrize("kind", METRICS)
def test_damaged_metrics_are_one_error(attempt: Callable[..., Result], kind: str) -> None:
    attempt(text("metrics.jsonl", METRICS[kind]), "report")


def header(value: Any, body: bytes = b"") -> bytes:
    """A safetensors file with this header."""
    encoded = json.dumps(value).encode()
    return struct.pack("<Q", len(encoded)) + encoded + body


def arrays(path: Path, change: Callable[[dict[str, np.ndarray]], object]) -> None:
    found = load(path.read_bytes())
    change(found)
    path.write_bytes(save(found))


def first(found: dict[str, np.ndarray], value: float) -> None:
    next(array for name, array in sorted(found.items()) if array.ndim > 1)[...] = value


EIGHT_BITS = {"weight": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}
WEIGHTS: dict[str, Change] = {
    "missing": remove("folds/0/weights.safetensors"),
    "empty": data("folds/0/weights.safetensors", b""),
    "garbage": data("folds/0/weights.safetensors", b"\x89garbage" * 9),
    "an endless header": data("folds/0/weights.safetensors", struct.pack("<Q", 1 << 62) + b"{}"),
    "a header that is a list": data("folds/0/weights.safetensors", header([])),
    "numbers of eight bits": data("folds/0/weights.safetensors", header(EIGHT_BITS, bytes(4))),
    "a shape that is too large": data(
        "folds/0/weights.safetensors",
        header({"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 4]}}, bytes(4)),
    ),
    "no arrays": data("folds/0/weights.safetensors", save({})),
    "other arrays": data("folds/0/weights.safetensors", save({"a": np.zeros(3, np.float32)})),
    "another shape": lambda run: arrays(
        run / "folds/0/weights.safetensors", lambda found: found.update({min(found): np.zeros((1, 2), np.float32)})
    ),
    "NaN in one fold": lambda run: arrays(run / "folds/0/weights.safetensors", lambda found: first(found, np.nan)),
    "infinity": lambda run: arrays(run / "folds/0/weights.safetensors", lambda found: first(found, np.inf)),
    "NaN in every fold": lambda run: [
        arrays(run / f"folds/{fold}/weights.safetensors", lambda found: first(found, np.nan)) for fold in (0, 1)
    ],
    "a folder": lambda run: (
        (run / "folds/0/weights.safetensors").unlink(),
        (run / "folds/0/weights.safetensors").mkdir(),
    ),
}


@pytest.mark.parametrize("kind", WEIGHTS)
def test_damaged_weights_are_one_error(attempt: Callable[..., Result], kind: str) -> None:
    assert attempt(WEIGHTS[kind], "predict").exit_code == 1


def unfinished(change: Callable[[Path], object]) -> Change:
    """The first fold was killed after an epoch: its state is read. ``change`` gets the path of the state."""

    def apply(run: Path) -> None:
        fold = run / "folds" / "0"
        state = fold / "state.safetensors"
        if not state.exists():
            state.write_bytes((fold / "weights.safetensors").read_bytes())
        for path in list(fold.iterdir()):
            if path != state:
                path.unlink()
        change(state)

    return apply


PROGRESS = {"epoch": 1, "history": [], "best_epoch": 0, "best_score": None, "scaler": None, "updates": 1}
STATES: dict[str, Callable[[Path], object]] = {
    "no metadata": lambda path: path.write_bytes(save(load(path.read_bytes()))),
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(b"\x89garbage" * 9),
    "numbers of eight bits": lambda path: path.write_bytes(header(EIGHT_BITS, bytes(4))),
    **{
        f"metadata {value!r}": lambda path, value=value: path.write_bytes(save({}, metadata={"kit": value}))
        for value in ("[]", "null", "{}", '"x"', "{", DEEP, json.dumps(PROGRESS), json.dumps(PROGRESS | {"epoch": "1"}))
    },
    "unknown arrays": lambda path: path.write_bytes(
        save({"a": np.zeros(3, np.float32)}, metadata={"kit": json.dumps(PROGRESS)})
    ),
    "an epoch beyond the last": lambda path: path.write_bytes(
        save(load(path.read_bytes()), metadata={"kit": json.dumps(PROGRESS | {"epoch": 10**6})})
    ),
}


@pytest.mark.parametrize("kind", [name if len(name) < 60 else "deep metadata" for name in STATES])
def test_a_damaged_state_is_one_error(attempt: Callable[..., Result], kind: str) -> None:
    change = STATES.get(kind) or next(value for name, value in STATES.items() if len(name) >= 60)
    assert attempt(unfinished(change), "resume").exit_code == 1


def stored(change: Callable[[h5py.File], object]) -> Change:
    def apply(run: Path) -> None:
        with h5py.File(run / "predictions.h5", "r+") as file:
            change(file)

    return apply


def replaced(name: str, **values: Any) -> Change:
    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, **values)

    return stored(change)


def linked(name: str, link: Any) -> Change:
    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = link

    return stored(change)


def external(file: h5py.File) -> None:
    """The predictions are bytes of a file outside of the run."""
    shape = file["valid/prediction"].shape
    del file["valid/prediction"]
    file["valid"].create_dataset("prediction", shape, "u1", external=[("/etc/passwd", 0, int(np.prod(shape)))])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(4, 2), dtype="f4")
    layout[...] = h5py.VirtualSource("/nowhere.h5", "x", shape=(4, 2))
    del file["valid/prediction"]
    file["valid"].create_virtual_dataset("prediction", layout)


PREDICTIONS: dict[str, Change] = {
    "empty": data("predictions.h5", b""),
    "garbage": data("predictions.h5", b"\x89HDF\r\n\x1a\n" + b"garbage" * 99),
    "cut": lambda run: (run / "predictions.h5").write_bytes((run / "predictions.h5").read_bytes()[:700]),
    "a folder": lambda run: ((run / "predictions.h5").unlink(), (run / "predictions.h5").mkdir()),
    "no groups": stored(lambda file: file.clear()),
    "a dataset for a group": lambda run: _fresh(run, {"valid": np.zeros(3)}),
    "no ids": stored(lambda file: file["valid"].__delitem__("id")),
    "no predictions": stored(lambda file: file["valid"].__delitem__("prediction")),
    "fewer ids": replaced("valid/id", data=np.array(["1"], dtype=object), dtype=h5py.string_dtype()),
    "ids of numbers": replaced("valid/id", data=np.arange(60)),
    "ids that are no text": replaced("valid/id", data=np.array([b"\xff"] * 60)),
    "one number": replaced("valid/prediction", data=1.5),
    "predictions of text": replaced(
        "valid/prediction", data=np.array(["a"] * 60, dtype=object), dtype=h5py.string_dtype()
    ),
    "predictions of NaN": replaced("valid/prediction", data=np.full((60, 2), np.nan, np.float32)),
    "folds of text": replaced("valid/fold", data=np.array(["a"] * 60, dtype=object), dtype=h5py.string_dtype()),
    "fewer folds": replaced("valid/fold", data=np.zeros(2, np.int64)),
    "a huge array": replaced(
        "valid/prediction", shape=(60, 1 << 36), dtype="f4", chunks=(1, 1 << 20), compression="gzip"
    ),
    "external storage": stored(external),
    "a virtual dataset": stored(virtual),
    "a link to another file": linked("valid/prediction", h5py.ExternalLink("/etc/passwd", "x")),
    "a link to itself": linked("valid/prediction", h5py.SoftLink("/valid/prediction")),
    "a link to its parent": linked("valid/prediction", h5py.SoftLink("/valid")),
}


def _fresh(run: Path, content: Mapping[str, np.ndarray]) -> None:
    with h5py.File(run / "predictions.h5", "w") as file:
        for name, value in content.items():
            file[name] = value


@pytest.mark.parametrize("kind", PREDICTIONS)
def test_damaged_predictions_are_one_error(attempt: Callable[..., Result], kind: str) -> None:
    assert attempt(PREDICTIONS[kind], "oof").exit_code == 1
    attempt(PREDICTIONS[kind], "report")
    # What is predicted anew needs nothing of the file, and replaces it.
    assert attempt(PREDICTIONS[kind], "predict").exit_code == 0 or kind == "a folder"


def test_a_file_outside_of_the_run_is_never_read(attempt: Callable[..., Result], tmp_path: Path) -> None:
    for kind in ("external storage", "a link to another file"):
        result = attempt(PREDICTIONS[kind], "oof")
        assert "root:" not in result.output


PIPES = {
    "card.json": "report",
    "config.json": "predict",
    "summary.json": "predict",
    "folds/0/fold.json": "resume",
    "folds/0/weights.safetensors": "predict",
    "metrics.jsonl": "report",
    "predictions.h5": "oof",
    "score.json": "report",
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", PIPES)
def test_a_pipe_in_place_of_a_file_is_an_error_and_not_waited_for(attempt: Callable[..., Result], name: str) -> None:
    def change(run: Path) -> None:
        (run / name).unlink()
        os.mkfifo(run / name)

    assert attempt(change, PIPES[name], "there is no run").exit_code == 1


def test_an_untouched_copy_passes_every_verb(attempt: Callable[..., Result]) -> None:
    for verb in VERBS:
        assert attempt(lambda run: None, verb).exit_code == 0


def test_the_header_of_a_weights_file_is_what_the_tests_take_it_for(finished: Path) -> None:
    whole = io.BytesIO((finished / "folds/0/weights.safetensors").read_bytes())
    (length,) = struct.unpack("<Q", whole.read(8))
    assert isinstance(json.loads(whole.read(length)), dict)
