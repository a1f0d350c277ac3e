"""Predictions overlap with reading: the same values and the same loss, in every way that leads to a prediction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.contract.model import View
from kit.contract.sample import Sample
from kit.contract.settings import configure
from kit.contract.task import Task
from kit.data import Batch, Loader
from kit.device import choose, paddle
from kit.errors import SampleError
from kit.models.build import build_model
from kit.models.objective import objective_of
from kit.prediction.engines import ModelForward, eager_forward
from kit.prediction.ensemble import with_views
from kit.prediction.predict import predict
from kit.training.validation import ValidationForward

DEVICE = choose("cpu")
CONFIG = {"batch_size": 16, "workers": 0}
FLIP = View("flip", lambda batch: batch[..., ::-1])


@pytest.fixture
def samples(toy: Task, toy_folder: Path) -> list[Sample]:
    return list(toy.reader(toy_folder, "train"))[:40]


@pytest.fixture
def layer(toy: Task) -> Any:
    paddle.seed(0)
    return build_model(toy, configure(toy, CONFIG))


class Noting:
    """An eager forward that notes when its device is started and waited for."""

    def __init__(self, forward: Any) -> None:
        self.forward, self.noted = forward, []

    def __call__(self, batch: Any) -> np.ndarray:
        return self.start(batch)()

    def start(self, batch: Any) -> Callable[[], np.ndarray]:
        self.noted.append("start")
        wait = self.forward.start(batch)
        return lambda: self.noted.append("wait") or wait()


def one_by_one(forward: Any, samples: list[Sample]) -> np.ndarray:
    return np.concatenate([forward(np.stack([s.x for s in samples[i : i + 16]])) for i in range(0, len(samples), 16)])


@pytest.mark.parametrize("workers", [0, 2])
def test_a_network_predicts_ahead_what_it_predicts_batch_by_batch(toy, samples, layer, workers):
    noting = Noting(eager_forward(toy, layer, DEVICE))
    with Loader(toy, samples, configure(toy, CONFIG | {"workers": workers})) as loader:
        found = predict(loader, range(40), ModelForward(noting))
    assert noting.noted == ["start", "start", "wait", "start", "wait", "wait"]
    np.testing.assert_array_equal(found, one_by_one(noting.forward, samples))


def test_views_are_started_together(toy, samples, layer):
    task = replace(toy, views=(FLIP,))
    noting = Noting(eager_forward(task, layer, DEVICE))
    forward = with_views(task, ModelForward(noting))
    with Loader(task, samples, configure(task, CONFIG)) as loader:
        found = predict(loader, range(20), forward)
    assert noting.noted == ["start"] * 4 + ["wait"] * 4
    plain, flipped = (noting.forward(np.stack([change(s.x) for s in samples[:16]])) for change in (np.array, np.fliplr))
    assert np.abs(plain - flipped).max() > 0
    mirrored = noting.forward(np.ascontiguousarray(np.stack([s.x for s in samples[:16]])[..., ::-1]))
    np.testing.assert_allclose(found[:16], (plain + mirrored) / 2, atol=1e-6)


def test_the_loss_of_the_held_out_samples_is_that_of_each_batch_times_its_samples(toy, samples, layer):
    config, objective = configure(toy, CONFIG), objective_of(toy)
    forward = ValidationForward(layer, objective, DEVICE, config)
    with Loader(toy, samples, config) as loader:
        values = predict(loader, range(40), forward, on_batch=forward.expect)
        layer.eval()
        total = 0.0
        for start in range(0, 40, 16):
            part = samples[start : start + 16]
            outputs = layer(paddle.to_tensor(np.stack([s.x for s in part])))
            total += objective.loss(outputs, paddle.to_tensor([s.y for s in part]), config).item() * len(part)
    assert forward.total_loss() == total
    np.testing.assert_array_equal(values, one_by_one(eager_forward(toy, layer, DEVICE), samples))


def test_a_prediction_that_no_labels_were_given_for_has_no_loss(toy, samples, layer):
    forward = ValidationForward(layer, objective_of(toy), DEVICE, configure(toy, CONFIG))
    x = np.stack([s.x for s in samples[:4]])
    forward.expect(Batch(x, np.array([s.y for s in samples[:4]]), np.arange(4)))
    forward(x)
    once = forward.total_loss()
    forward(x)
    assert forward.total_loss() == once > 0


@pytest.mark.parametrize("workers", [0, 2])
def test_a_sample_that_cannot_be_read_is_named_as_ever(toy, samples, layer, workers):
    bad = [*samples[:20], replace(samples[20], x=["no number"])]
    with Loader(toy, bad, configure(toy, CONFIG | {"workers": workers})) as loader:
        with pytest.raises(SampleError, match=f"sample '{bad[20].id}' cannot be read"):
            predict(loader, range(21), eager_forward(toy, layer, DEVICE))
        assert len(predict(loader, range(20), eager_forward(toy, layer, DEVICE))) == 20
