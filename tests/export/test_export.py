"""Exported networks give what the run predicts, are described, and appear only after a comparison."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.contract.settings import configure
from kit.contract.task import Task
from kit.errors import DataError, KitError
from kit.export import export_run, exporting
from kit.files import sha256
from kit.interruption import Interrupted, handled
from kit.pipeline import predict_runs, train_run
from kit.prediction import onnx_network, store
from kit.runs import Run
from kit.training.events import Events
from tests.conftest import ROOT
from tests.training.test_several_inputs import by_name, halves, with_inputs


@pytest.fixture
def onnx() -> Any:
    """onnxruntime; skip without the extra."""
    if not onnx_network.installed():
        pytest.skip("needs contest-kit[onnx]")
    import onnxruntime

    return onnxruntime


def trained(task: Task, folder: Path, **settings: Any) -> Run:
    return train_run(task, folder, configure(task, {"epochs": 1, "workers": 0, **settings}), Events())


def predicted(task: Task, run: Run, folder: Path) -> np.ndarray:
    """What ``kit predict`` keeps for the test part, (N, ...)."""
    part = store.read(predict_runs(task, [run], folder).run.predictions, "test")
    assert part is not None
    return np.stack(part.values)


def test_an_onnx_file_gives_what_the_run_predicts(toy: Task, toy_folder: Path, tmp_path: Path, onnx: Any) -> None:
    run = trained(toy, toy_folder)
    record = export_run(toy, run, tmp_path / "bars.onnx")
    session = onnx.InferenceSession(str(tmp_path / "bars.onnx"))
    for images in (np.load(toy_folder / "test.npy"), np.load(toy_folder / "test.npy")[:1]):
        [found] = session.run(None, {record.inputs[0].name: images})
        np.testing.assert_allclose(found, predicted(toy, run, toy_folder)[: len(images)], atol=1e-5)


def test_the_description_says_what_goes_in_and_comes_out(
    toy: Task, toy_folder: Path, tmp_path: Path, onnx: Any
) -> None:
    run = trained(toy, toy_folder)
    export_run(toy, run, tmp_path / "bars.onnx")
    about = json.loads((tmp_path / "bars.onnx.json").read_text())
    images = np.load(toy_folder / "test.npy")
    [port] = about["inputs"]
    assert (port["name"], port["shape"], port["dtype"], port["layout"]) == (
        "image",
        [None, 1, 8, 8],
        "float32",
        "NCHW",
    )
    assert port["observed"]["maximum"] == pytest.approx(float(images.max()))
    assert port["observed"]["deviation"] == pytest.approx(float(images.std()), rel=1e-4)
    assert (about["outputs"][0]["name"], about["outputs"][0]["shape"]) == ("probabilities", [None, 2])
    assert about["postprocessing"]["classes"] == ["0", "1"]
    assert about["postprocessing"]["threshold"] is None
    assert about["postprocessing"]["activation"] == "softmax over the classes"
    assert about["preprocessing"]["description"] == "Sample.x as float32, without a change"
    assert about["comparison"]["samples"] == 20 and about["comparison"]["data"] == toy_folder.name
    assert 0 <= about["comparison"]["largest_difference"] < 1e-4
    assert about["files"] == {"bars.onnx": sha256(tmp_path / "bars.onnx")}
    assert (about["task"], about["run"], about["folds"]) == ("bars", run.name, ["0"])
    assert str(tmp_path) not in (tmp_path / "bars.onnx.json").read_text()


def test_folds_are_averaged_in_one_network(toy: Task, toy_folder: Path, tmp_path: Path, onnx: Any) -> None:
    run = trained(toy, toy_folder, folds=3)
    record = export_run(toy, run, tmp_path / "bars.onnx", folds="average")
    images = np.load(toy_folder / "test.npy")
    [found] = onnx.InferenceSession(str(tmp_path / "bars.onnx")).run(None, {record.inputs[0].name: images})
    np.testing.assert_allclose(found, predicted(toy, run, toy_folder), atol=1e-5)
    assert record.folds == ("0", "1", "2")
    one = export_run(toy, run, tmp_path / "one.onnx", folds="1")
    [single] = onnx.InferenceSession(str(tmp_path / "one.onnx")).run(None, {one.inputs[0].name: images})
    assert one.folds == ("1",) and np.abs(single - found).max() > 1e-4
    with pytest.raises(KitError, match="no fold '7'"):
        export_run(toy, run, tmp_path / "none.onnx", folds="7")


def test_an_average_by_a_rule_of_the_tasks_own_is_refused(toy: Task, toy_folder: Path, tmp_path: Path) -> None:
    own = dataclasses.replace(toy, average=lambda values: np.median(values, axis=0))
    run = trained(own, toy_folder, folds=2)
    with pytest.raises(KitError, match="--folds 0"):
        export_run(own, run, tmp_path / "bars", format="paddle", folds="average")


def test_a_folder_in_paddles_format_runs_in_paddle_inference(toy: Task, toy_folder: Path, tmp_path: Path) -> None:
    from kit.prediction.paddle_network import PaddleNetwork

    run = trained(toy, toy_folder)
    record = export_run(toy, run, tmp_path / "bars", format="paddle")
    program, weights = (tmp_path / "bars" / name for name in record.files)
    images = np.load(toy_folder / "test.npy")
    [found] = PaddleNetwork(program, weights)([images])
    np.testing.assert_allclose(found, predicted(toy, run, toy_folder), atol=1e-5)
    assert json.loads((tmp_path / "bars" / "kit.json").read_text())["format"] == "paddle"
    with pytest.raises(KitError, match="there already"):
        export_run(toy, run, tmp_path / "bars", format="paddle")


def test_a_network_that_differs_leaves_no_file(
    toy: Task, toy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(toy, toy_folder)
    real = exporting.eager
    monkeypatch.setattr(exporting, "eager", lambda network, arrays: np.asarray(real(network, arrays)) + 0.01)
    with pytest.raises(KitError, match=r"differs by 1\.0e-02"):
        export_run(toy, run, tmp_path / "out" / "bars", format="paddle")
    assert not (tmp_path / "out").exists()


def test_an_estimator_is_not_exported(toy: Task, toy_folder: Path, tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    task = dataclasses.replace(
        toy,
        models={"logistic": lambda config: LogisticRegression()},
        example=lambda sample, rng, config: (sample.x.ravel(), sample.y),
    )
    run = trained(task, toy_folder)
    with pytest.raises(KitError, match="only networks are exported"):
        export_run(task, run, tmp_path / "bars", format="paddle")
    assert not (tmp_path / "bars").exists()


def test_several_inputs_keep_their_names(toy: Task, toy_folder: Path, tmp_path: Path, onnx: Any) -> None:
    task = with_inputs(toy, by_name, halves)
    run = trained(task, toy_folder, folds=2)
    record = export_run(task, run, tmp_path / "halves.onnx", folds="average")
    assert [port.name for port in record.inputs] == ["right", "left"]
    assert [port.name for port in record.outputs] == ["probabilities"]
    flat = np.load(toy_folder / "test.npy").reshape(-1, 64)
    session = onnx.InferenceSession(str(tmp_path / "halves.onnx"))
    [found] = session.run(None, {"left": flat[:, :32], "right": flat[:, 32:]})
    np.testing.assert_allclose(found, predicted(task, run, toy_folder), atol=1e-5)


def test_data_that_are_gone_are_replaced_by_the_tasks_sample(toy: Task, toy_folder: Path, tmp_path: Path) -> None:
    run = trained(toy, toy_folder)
    toy_folder.rename(tmp_path / "moved")
    assert export_run(toy, run, tmp_path / "a", format="paddle").comparison.data == "sample"
    with pytest.raises(KitError, match="--data DIR"):
        export_run(dataclasses.replace(toy, sample=None), run, tmp_path / "b", format="paddle")
    found = export_run(toy, run, tmp_path / "c", format="paddle", data=tmp_path / "moved")
    assert found.comparison.data == "moved"


def test_without_the_extra_the_command_that_installs_it_is_named(
    toy: Task, toy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_network, "installed", lambda: False)
    with pytest.raises(KitError, match=re.escape("contest-kit[onnx]")):
        export_run(toy, trained(toy, toy_folder), tmp_path / "bars.onnx")


def test_a_file_that_no_export_wrote_is_not_replaced(toy: Task, toy_folder: Path, tmp_path: Path, onnx: Any) -> None:
    run = trained(toy, toy_folder)
    output, described = tmp_path / "bars.onnx", tmp_path / "bars.onnx.json"
    for foreign in (output, described):
        foreign.write_text('{"files": []}')
        with pytest.raises(KitError, match="no export has written"):
            export_run(toy, run, output)
        foreign.unlink()
    export_run(toy, run, output)
    assert export_run(toy, run, output).files == {"bars.onnx": sha256(output)}
    output.write_bytes(b"changed by hand")
    with pytest.raises(KitError, match="no export has written"):
        export_run(toy, run, output)
    for name in ("", "below", "out"):
        (tmp_path / "out").mkdir(exist_ok=True)
        with pytest.raises(KitError, match="the output"):
            export_run(toy, run, {"": Path(), "below": output / "x.onnx", "out": tmp_path / "out"}[name])


def test_a_run_without_folds_or_with_a_part_of_a_fold_is_refused(toy: Task, toy_folder: Path, tmp_path: Path) -> None:
    run = trained(toy, toy_folder)
    summary = json.loads((run.path / "summary.json").read_text())
    (run.path / "summary.json").write_text(json.dumps(summary | {"folds": []}))
    with pytest.raises(DataError, match="names no fold"):
        export_run(toy, run, tmp_path / "bars", format="paddle")
    (run.path / "summary.json").write_text(json.dumps(summary))
    weights = run.path / "folds" / "0" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(DataError, match="weights"):
        export_run(toy, run, tmp_path / "bars", format="paddle")
    assert not (tmp_path / "bars").exists()


def test_a_signal_waits_for_the_comparison_and_leaves_no_file(
    toy: Task, toy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, compared, real = trained(toy, toy_folder), [], exporting._compared

    def interrupted(*arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        compared.append(real(*arguments))
        return compared[0]

    monkeypatch.setattr(exporting, "_compared", interrupted)
    with pytest.raises(Interrupted), handled():
        export_run(toy, run, tmp_path / "bars", format="paddle")
    assert compared and not (tmp_path / "bars").exists()


def test_the_verb_names_the_file_and_refuses_one_of_a_run(
    toy: Task, toy_folder: Path, toy_plugins: Path, kit_cli: Any, tmp_path: Path
) -> None:
    run = trained(toy, toy_folder)
    done = kit_cli("export", run.name, "--format", "paddle", "-o", tmp_path / "bars")
    assert done.exit_code == 0 and done.stdout.splitlines()[-1] == str(tmp_path / "bars")
    assert "compared on 20 inputs" in done.stderr
    for folder in (".", "/"):
        nameless = kit_cli("export", run.name, "--format", "onnx", "-o", folder)
        assert nameless.exit_code == 1 and nameless.stderr.startswith("error: ")
    refused = kit_cli("export", run.name, "-o", run.path / "folds" / "0" / "weights.safetensors")
    assert refused.exit_code == 1 and "overwrite a file of a run" in refused.stderr


def test_the_example_of_the_documentation_runs_without_the_kit(tmp_path: Path, onnx: Any) -> None:
    from kit_plugins.digit_recognizer import TASK

    folder = tmp_path / "digits"
    folder.mkdir()
    assert TASK.sample is not None
    TASK.sample(folder, 80, 0)
    run = trained(TASK, folder)
    export_run(TASK, run, tmp_path / "digits.onnx")
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "export.md").read_text("utf-8"), re.DOTALL)
    assert len(example.strip().splitlines()) <= 11
    script = f"{example}\nimport sys\nassert not {{'kit', 'paddle'}} & set(sys.modules)\n"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = predict_runs(TASK, [run], folder).submission.read_text().split()[1:]
    assert done.stdout.split() == [row.split(",")[1] for row in rows]
