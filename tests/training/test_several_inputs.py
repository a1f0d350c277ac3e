"""Networks and estimators of several inputs, of text and of tables: trained, predicted, exported and audited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.auditing import audit
from kit.certify import QUICK, check_law, make_context
from kit.contract.config import TrainConfig
from kit.contract.model import View
from kit.contract.sample import Part, Sample
from kit.contract.settings import configure
from kit.contract.task import Task
from kit.discovery import discover
from kit.errors import KitError
from kit.pipeline import run_task
from kit.training.events import Events
from tests.conftest import ROOT
from tests.toy_task import read

paddle = pytest.importorskip("paddle")

EXAMPLES = ROOT / "docs" / "examples"


def run(task: Task, folder: Path, **settings: Any) -> Any:
    return run_task(task, folder, configure(task, {"epochs": 1, "workers": 0, **settings}), Events())


def with_inputs(toy: Task, change: Callable[[Sample], Any], build: Any, **further: Any) -> Task:
    def reader(folder: Path, part: Part) -> list[Sample]:
        return [replace(sample, x=change(sample)) for sample in read(folder, part)]

    return replace(toy, reader=reader, models={"own": build}, **further)


def halves(config: TrainConfig) -> Any:
    from paddle import nn

    class Halves(nn.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Linear(32, 2), nn.Linear(32, 2)

        def forward(self, left: Any, right: Any) -> Any:
            return self.left(left) + self.right(right)

    return Halves()


def whole(config: TrainConfig) -> Any:
    from paddle import nn

    class Whole(nn.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(64, 2)

        def forward(self, inputs: Any) -> Any:
            parts = list(inputs.values()) if isinstance(inputs, dict) else list(inputs)
            return self.linear(paddle.concat(parts, axis=1))

    return Whole()


def by_name(sample: Sample) -> dict[str, np.ndarray]:
    flat = sample.x.ravel()
    return {"right": flat[32:], "left": flat[:32]}


def by_position(sample: Sample) -> tuple[np.ndarray, ...]:
    flat = sample.x.ravel()
    return flat[:32], flat[32:]


@pytest.mark.parametrize("change", [by_name, by_position])
@pytest.mark.parametrize("build", [halves, whole])
def test_a_network_gets_several_inputs(toy: Task, toy_folder: Path, change: Any, build: Any) -> None:
    outcome = run(with_inputs(toy, change, build), toy_folder)
    assert outcome.check.ok
    assert outcome.score is not None


@pytest.mark.parametrize("change", [by_name, by_position])
def test_exported_and_eager_predictions_of_several_inputs_agree(toy: Task, change: Any) -> None:
    from kit.data.inputs import stack
    from kit.device import choose
    from kit.prediction.engines import eager_forward, exported_forward

    rng = np.random.default_rng(0)
    layer = halves(toy.config)
    batch = stack([change(Sample("a", rng.normal(size=(1, 8, 8)).astype(np.float32))) for _ in range(5)])
    device = choose("cpu")
    exported = exported_forward(toy, layer, device)
    np.testing.assert_allclose(exported(batch), eager_forward(toy, layer, device)(batch), atol=1e-5)
    assert exported.engine is not None
    assert "paddle.inference" in exported.engine.milliseconds  # it was exported, whatever was faster


def test_views_of_several_inputs_are_averaged(toy: Task, toy_folder: Path) -> None:
    mirrored = View("negative", lambda batch: {name: -part for name, part in batch.items()})
    task = with_inputs(toy, by_name, halves, views=(mirrored,))
    config = configure(task, {"epochs": 1, "workers": 0})
    assert run_task(task, toy_folder, config, Events(), tta=True).check.ok


def in_words(sample: Sample) -> str:
    """The rows and columns of bright pixels as a text longer than any file name."""
    _, rows, columns = np.nonzero(sample.x > 0.6)
    words = [f"row{row} column{column}" for row, column in zip(rows, columns, strict=True)]
    return " ".join([*words, "x" * 300, "and/or.png"])


def test_texts_train_a_pipeline(toy: Task, toy_folder: Path) -> None:
    def build(config: TrainConfig) -> Any:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        return make_pipeline(TfidfVectorizer(), LogisticRegression())

    task = with_inputs(toy, in_words, build)
    outcome = run(task, toy_folder)
    assert outcome.score is not None
    assert outcome.score.score > 0.6
    assert not [finding for finding in audit(task, toy_folder) if finding.level == "error"]


def test_a_network_refuses_text_by_name(toy: Task, toy_folder: Path) -> None:
    with pytest.raises(KitError, match="a network takes numbers"):
        run(with_inputs(toy, in_words, whole), toy_folder)


def columns_of(sample: Sample) -> dict[str, Any]:
    image = sample.x[0]
    brightest = float(image.sum(0).max() - image.sum(1).max())
    return {
        "difference": brightest,
        "sign": "column" if brightest > 0 else "row",
        "empty": None if brightest > 2 else 1,
    }


def as_row(sample: Sample) -> Any:
    return pytest.importorskip("pandas").DataFrame([columns_of(sample)])


@pytest.mark.parametrize("change", [columns_of, as_row])
def test_raw_tables_train_a_pipeline_with_a_column_transformer(toy: Task, toy_folder: Path, change: Any) -> None:
    pytest.importorskip("pandas")

    def build(config: TrainConfig) -> Any:
        from sklearn.compose import make_column_transformer
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import OneHotEncoder

        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        columns = make_column_transformer((encoder, ["sign"]), remainder="passthrough")
        return make_pipeline(columns, HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=3))

    task = with_inputs(toy, change, build)
    outcome = run(task, toy_folder)
    assert outcome.score is not None
    assert outcome.score.score > 0.8
    assert not [finding for finding in audit(task, toy_folder) if finding.level == "error"]


def test_the_documented_example_of_an_image_and_a_table_runs_and_keeps_the_laws(tmp_path: Path) -> None:
    task = discover([EXAMPLES]).task("large_seeds")
    contexts = []
    for number, _ in enumerate(QUICK):
        (tmp_path / str(number)).mkdir()
        contexts.append(make_context(task, tmp_path / str(number), size=80))
    verdicts = [check_law(law, context) for law, context in zip(QUICK, contexts, strict=True)]
    assert [verdict.reason for verdict in verdicts if not verdict.ok] == []
    outcome = run(task, contexts[0].data, epochs=20)
    assert outcome.score is not None
    assert outcome.score.score > 0.6
