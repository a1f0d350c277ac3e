"""The hooks of a run, and the trackers that use them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.errors import KitError
from kit.training.events import Events, Lifecycle

Cli = Callable[..., Any]
QUICK = ("--sample", "--size", 40, "--epochs", 2, "--set", "workers=0")

LOGGER = """
import json, pathlib
import kit

def log(**event):
    with open({file!r}, "a") as file:
        file.write(json.dumps(event) + "\\n")

@kit.hookimpl
def kit_run_started(run, config):
    log(hook="started", run=run.name, epochs=config["epochs"])

@kit.hookimpl
def kit_epoch_ended(run, epoch, metrics):
    log(hook="epoch", epoch=epoch, keys=sorted(metrics))

@kit.hookimpl
def kit_run_ended(run, state, scores):
    log(hook="ended", state=state, scores=sorted(scores), report=(run / "report.html").exists())
"""


@pytest.fixture
def log(toy_plugins: Path, tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """A plugin that writes down what it is told; the function reads it."""
    file = tmp_path / "events.jsonl"
    (toy_plugins / "logger.py").write_text(LOGGER.format(file=str(file)))
    return lambda: [json.loads(line) for line in file.read_text().splitlines()]


def last_line(result: Any) -> Path:
    assert result.exit_code == 0, result.output
    return Path(result.stdout.splitlines()[-1])


def test_a_plugin_is_told_what_happens_to_a_run(kit_cli: Cli, log: Callable[[], list[dict[str, Any]]]) -> None:
    run = last_line(kit_cli("run", "bars", *QUICK))
    started, first, second, ended = log()
    assert started == {"hook": "started", "run": run.name, "epochs": 2}
    assert (first["epoch"], second["epoch"]) == (1, 2) and "train_loss" in first["keys"]
    assert ended["state"] == "finished" and ended["report"]
    assert {"held_out", "score"} <= set(ended["scores"])


@pytest.mark.parametrize("hook", ["kit_run_started", "kit_epoch_ended", "kit_run_ended"])
def test_a_hook_that_fails_warns_once_and_only_ends_a_strict_run(
    kit_cli: Cli, log: Callable[[], list[dict[str, Any]]], toy_plugins: Path, hook: str
) -> None:
    broken = f"import kit\n\n@kit.hookimpl\ndef {hook}(run):\n    raise RuntimeError('no disk')\n"
    (toy_plugins / "broken.py").write_text(broken)
    result = kit_cli("train", "bars", "--data", _sample(kit_cli, toy_plugins), *QUICK[3:])
    assert result.exit_code == 0
    (warning,) = [line for line in result.stderr.splitlines() if "warning" in line and "no disk" in line]
    assert hook in warning and "broken.py" in warning
    assert [event["hook"] for event in log()] == ["started", "epoch", "epoch", "ended"]
    with pytest.raises(RuntimeError, match="no disk"):
        kit_cli("train", "bars", "--data", toy_plugins.parent / "data", *QUICK[3:], "--strict-hooks")


def _sample(kit_cli: Cli, plugins: Path) -> Path:
    folder = plugins.parent / "data"
    assert kit_cli("sample", "bars", folder, "--size", 40).exit_code == 0
    return folder


@pytest.mark.parametrize(
    ("error", "state"), [(None, "finished"), (KitError("x"), "failed"), (KeyboardInterrupt(), "stopped")]
)
def test_a_run_ends_once_in_one_of_three_states(error: BaseException | None, state: str, tmp_path: Path) -> None:
    from kit.runs import Run

    ended: list[str] = []
    try:
        with Lifecycle(Events(ended=lambda run, state: ended.append(state))) as life:
            life.started(Run(tmp_path))
            if error:
                raise error
    except (KitError, KeyboardInterrupt):
        pass
    assert ended == [state]
    with Lifecycle(Events(ended=lambda run, state: ended.append(state))):
        pass  # the run was never opened, as with data that are not fit to train on
    assert ended == [state]


def test_tensorboard_gets_the_curves_of_a_run(kit_cli: Cli, toy_plugins: Path) -> None:
    pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event

    run = last_line(kit_cli("run", "bars", *QUICK, "--track", "tensorboard"))
    (file,) = (run / "tensorboard").iterdir()
    values = {}
    for record in _records(file.read_bytes()):
        event = Event.FromString(record)
        for value in event.summary.value:
            values[value.tag, event.step] = value.simple_value
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        assert values["train_loss/fold_0", line["epoch"]] == pytest.approx(line["train_loss"])
        assert values["valid_score/fold_0", line["epoch"]] == pytest.approx(line["valid_score"])
    assert values["result/score", 0] == pytest.approx(json.loads((run / "score.json").read_text())["score"])


def _records(data: bytes) -> list[bytes]:
    """The records of a TFRecord file: length (8 bytes), checksum (4), content, checksum (4)."""
    found, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 8], "little")
        found.append(data[at + 12 : at + 12 + length])
        at += length + 16
    return found


def test_mlflow_gets_settings_metrics_and_scores(
    kit_cli: Cli, toy_plugins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("KIT_TRACK", "mlflow")
    run = last_line(kit_cli("run", "bars", *QUICK))
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("bars")
    (found,) = client.search_runs([experiment.experiment_id])
    assert (found.info.run_name, found.info.status) == (run.name, "FINISHED")
    assert found.data.params["epochs"] == "2"
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    history = client.get_metric_history(found.info.run_id, "fold_0_train_loss")
    assert [(point.step, point.value) for point in history] == [(line["epoch"], line["train_loss"]) for line in lines]
    assert found.data.metrics["score"] == json.loads((run / "score.json").read_text())["score"]


@pytest.mark.usefixtures("toy_plugins")
def test_an_unknown_tracker_is_refused(kit_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kit_cli("run", "bars", *QUICK, "--track", "paper").exit_code == 2
    monkeypatch.setenv("KIT_TRACK", "paper")
    result = kit_cli("run", "bars", *QUICK)
    assert result.exit_code == 1 and "tensorboard, mlflow" in result.stderr
    assert not os.environ.get("MLFLOW_RUN_ID")
