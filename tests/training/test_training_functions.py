"""Batches, schedules, optimizers and frozen parts of a task's own: they do what they say, and a resume is exact."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.contract.config import TrainConfig
from kit.contract.model import Model
from kit.contract.settings import configure
from kit.contract.task import Task
from kit.errors import KitError, PluginError
from kit.files import sha256
from kit.models import checkpoint
from kit.pipeline import train_run
from kit.runs import EpochRecord, Run
from kit.training.events import Events

paddle = pytest.importorskip("paddle")

from kit.training.optimizer import make_optimizers  # noqa: E402  imports Paddle
from kit.training.schedule import learning_rate, plateau  # noqa: E402


class StopError(Exception):
    """What a kill looks like inside the process."""


def two_parts(config: TrainConfig) -> Any:
    from paddle import nn

    encoder = nn.Sequential(nn.Conv2D(1, 4, 3), nn.BatchNorm2D(4), nn.ReLU(), nn.Dropout(0.2), nn.Flatten())
    return nn.Sequential(encoder, nn.Linear(144, 2))


def layer_wise(layer: Any, config: TrainConfig) -> Any:
    encoder, head = layer
    slow = {"params": encoder.parameters(), "learning_rate": 0.1}
    return paddle.optimizer.AdamW(config.learning_rate, parameters=[slow, {"params": head.parameters()}])


def two_optimizers(layer: Any, config: TrainConfig) -> Any:
    encoder, head = layer
    return [
        paddle.optimizer.Momentum(config.learning_rate * 10, parameters=encoder.parameters()),
        paddle.optimizer.Adam(config.learning_rate, parameters=head.parameters()),
    ]


def encoder_of(layer: Any, config: TrainConfig) -> Any:
    return [layer[0]]


def mixup(x: Any, y: Any, rng: np.random.Generator, config: TrainConfig) -> tuple[Any, Any]:
    weight, order = np.float32(rng.beta(0.4, 0.4)), rng.permutation(len(x))
    labels = np.eye(2, dtype=np.float32)[y]
    return weight * x + (1 - weight) * x[order], weight * labels + (1 - weight) * labels[order]


def noise_on_the_device(x: Any, y: Any, rng: np.random.Generator, config: TrainConfig) -> tuple[Any, Any]:
    return x + paddle.to_tensor(rng.normal(0, 0.1, x.shape).astype(np.float32)), y


def falling(epoch: float, config: TrainConfig) -> float:
    return config.learning_rate / (1 + epoch)


KINDS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "rmsprop": ({}, {}, {"optimizer": "rmsprop", "learning_rate": 1e-3}),
    "adadelta": ({}, {}, {"optimizer": "adadelta", "learning_rate": 1.0}),
    "plateau": ({}, {}, {"schedule": "plateau", "plateau_patience": 1}),
    "accumulate": ({}, {}, {"accumulate": 3, "batch_size": 16}),
    "mixup": ({"batch": mixup}, {}, {"batch_size": 16}),
    "augmentation on the device": ({"augment": noise_on_the_device}, {}, {"augment_on": "device"}),
    "schedule": ({"schedule": falling}, {}, {}),
    "layer-wise rates": ({}, {"optimizer": layer_wise}, {}),
    "two optimizers": ({}, {"optimizer": two_optimizers}, {}),
    "frozen": ({}, {"freeze": encoder_of}, {"frozen_epochs": 1}),
    "frozen for long": ({}, {"freeze": encoder_of}, {"frozen_epochs": 2}),
    "frozen, two optimizers": ({}, {"freeze": encoder_of, "optimizer": two_optimizers}, {"frozen_epochs": 2}),
}


PLAIN = {"epochs": 1, "ema": 0, "optimizer": "sgd", "schedule": "constant", "clip_norm": 0, "valid_fraction": 0.2}


def train(task: Task, folder: Path, events: Events | None = None, **settings: Any) -> Run:
    config = configure(task, {"epochs": 3, "workers": 0, "ema": 0.5, **settings})
    return train_run(task, folder, config, events or Events())


def weights(run: Run, fold: str = "0") -> dict[str, np.ndarray]:
    return checkpoint.read(run.fold(fold) / "weights.safetensors")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_was_stopped_ends_with_the_same_bytes(toy: Task, toy_folder: Path, kind: str) -> None:
    of_task, of_model, settings = KINDS[kind]
    task = replace(toy, models={"parts": Model(two_parts, **of_model)}, **of_task)
    whole = train(task, toy_folder, **settings)
    assert len({weights(whole)[name].tobytes() for name in weights(whole)}) > 1
    for last in (1, 2):

        def stop(run: Run, fold: int, epoch: int, metrics: Any, last: int = last) -> None:
            if epoch == last:
                raise StopError(str(run.path))

        with pytest.raises(StopError) as stopped:
            train(task, toy_folder, Events(epoch_ended=stop), **settings)
        run = Run(Path(str(stopped.value)))
        config = configure(task, {"epochs": 3, "workers": 0, "ema": 0.5, **settings})
        train_run(task, toy_folder, config, Events(), resume=run)
        for name in ("folds/0/weights.safetensors", "predictions.h5", "summary.json"):
            assert sha256(run.path / name) == sha256(whole.path / name), (kind, last, name)


def test_accumulated_batches_are_one_large_batch(toy: Task, toy_folder: Path) -> None:
    large = weights(train(toy, toy_folder, batch_size=64, **PLAIN))
    small = weights(train(toy, toy_folder, batch_size=16, accumulate=4, **PLAIN))
    for name, array in large.items():
        np.testing.assert_allclose(small[name], array, atol=1e-6)


def test_a_last_smaller_group_of_batches_is_averaged_over_its_own_size(toy: Task, toy_folder: Path) -> None:
    together = weights(train(toy, toy_folder, batch_size=32, accumulate=2, **PLAIN))
    more = weights(train(toy, toy_folder, batch_size=32, accumulate=100, **PLAIN))
    for name, array in together.items():
        np.testing.assert_array_equal(more[name], array)


def test_frozen_parts_keep_weights_and_statistics_until_they_thaw(toy: Task, toy_folder: Path) -> None:
    task = replace(toy, models={"parts": Model(two_parts, freeze=encoder_of)})
    found = {n: weights(train(task, toy_folder, ema=0, frozen_epochs=n, epochs=2)) for n in (-1, 2, 1, 0)}
    names = [name for name in found[0] if name.startswith("0.")]
    assert any("_mean" in name for name in names)
    for name in names:
        np.testing.assert_array_equal(found[-1][name], found[2][name])
        assert not np.array_equal(found[1][name], found[2][name])
        assert not np.array_equal(found[0][name], found[1][name])
    assert not np.array_equal(found[-1]["1.weight"], found[1]["1.weight"])


def test_a_batch_function_changes_training_batches_alone_and_depends_on_the_seed(toy: Task) -> None:
    from kit.contract.sample import Sample
    from kit.data.loader import Loader
    from kit.data.reading import plain_items

    samples = [Sample(f"s{i}", np.full((1, 2), i, np.float32), i % 2) for i in range(12)]
    task = replace(toy, batch=mixup)
    found = []
    for workers, seed in ((0, 1), (2, 1), (0, 2)):
        with Loader(task, samples, TrainConfig(workers=workers, seed=seed)) as loader:
            found.append(np.concatenate([b.x for b in loader.batches(loader.epoch_items(np.arange(12), 0), 4)]))
            plain = next(loader.batches(plain_items(range(12)), 12))
        assert plain.x[:, 0, 0].tolist() == list(range(12))
        assert plain.y.dtype.kind == "i"
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_rates_of_several_optimizers_follow_one_schedule() -> None:
    config = TrainConfig(learning_rate=0.01)
    layer = two_parts(config)
    optimizers = make_optimizers(layer, Model(two_parts, optimizer=two_optimizers), config, [])
    optimizers.set_rate(0.002)
    assert [each.get_lr() for each in optimizers.optimizers] == pytest.approx([0.02, 0.002])


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda layer, config: "adam", "something else"),
        (lambda layer, config: paddle.optimizer.Adam(0.1, parameters=layer.parameters()), "frozen at first"),
        (
            lambda layer, config: paddle.optimizer.Adam(
                paddle.optimizer.lr.StepDecay(0.1, 3), parameters=layer[1].parameters()
            ),
            "schedule of its own",
        ),
    ],
)
def test_an_optimizer_that_cannot_be_used_is_refused(function: Any, words: str) -> None:
    config = TrainConfig()
    layer = two_parts(config)
    with pytest.raises(KitError, match=words):
        make_optimizers(layer, Model(two_parts, optimizer=function), config, layer[0].parameters())


def epochs_of(*scores: float | None, loss: float = 1.0) -> list[EpochRecord]:
    common: dict[str, Any] = {"fold": "0", "learning_rate": 1.0, "seconds": 1.0, "samples_per_second": 1.0}
    return [
        EpochRecord(epoch=i, train_loss=loss, valid_loss=None if s is None else 1.0, valid_score=s, **common)
        for i, s in enumerate(scores, start=1)
    ]


def test_plateau_lowers_the_rate_after_epochs_without_a_better_score() -> None:
    config = TrainConfig(learning_rate=1.0, schedule="plateau", plateau_patience=2, plateau_floor=0.3)

    def rate(*scores: float | None, higher: bool = True) -> float:
        return plateau(config, epochs_of(*scores), higher_is_better=higher)

    assert rate() == rate(0.5) == rate(0.5, 0.5) == rate(0.5, 0.4, 0.6, 0.6) == 1.0
    assert rate(0.5, 0.5, 0.4) == rate(0.5, 0.5, 0.4, 0.3) == 0.5
    assert rate(0.5, None, 0.5, 0.4) == 0.5
    assert rate(0.5, 0.5, 0.5, 0.5, 0.5) == rate(*[0.5] * 9) == 0.3
    assert rate(0.5, 0.6, 0.7, higher=False) == 0.5
    assert rate(None, None, None) == 0.5  # nothing held out: the training loss, which did not fall
    low = replace(config, learning_rate=0.1)
    assert plateau(low, epochs_of(*[0.5] * 9), higher_is_better=True) == 0.1


def test_a_schedule_of_the_task_is_the_default_and_can_be_replaced(toy: Task) -> None:
    task = replace(toy, schedule=falling)
    config = configure(task, {"learning_rate": 1.0})
    assert config.schedule == "task"
    assert learning_rate(1.0, task, config, []) == 0.5
    assert configure(task, {}, ["schedule=cosine"]).schedule == "cosine"
    with pytest.raises(KitError, match="no schedule of its own"):
        configure(toy, {}, ["schedule=task"])
    with pytest.raises(KitError, match="no learning rate"):
        learning_rate(1.0, replace(task, schedule=lambda epoch, config: float("nan")), config, [])


def test_frozen_epochs_want_a_model_that_says_what_to_freeze(toy: Task) -> None:
    with pytest.raises(KitError, match="nothing to freeze"):
        configure(toy, {}, ["frozen_epochs=1"])
    with pytest.raises(PluginError, match="freeze"):
        replace(toy, models={"parts": Model(two_parts, freeze="encoder")})  # type: ignore[arg-type]


def test_the_training_accuracy_is_in_the_metrics_and_in_the_plot(toy: Task, toy_folder: Path) -> None:
    from kit.report.learning_curves import learning_curves

    run = train(toy, toy_folder, epochs=4, batch_size=16)
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert all(0 <= row["train_accuracy"] <= 1 for row in rows)
    assert rows[-1]["train_accuracy"] > 0.6
    plots = learning_curves(run.epochs(), {"0": 4}, "accuracy")
    assert plots[1].title == "Training and held-out accuracy"
    assert learning_curves(run.epochs(), {"0": 4}, "log loss")[1].title == "Held-out log loss"


def test_the_running_accuracy_counts_single_labels_alone(toy: Task) -> None:
    from kit.training.running_accuracy import RunningAccuracy

    labels, two = paddle.to_tensor([0, 1, 1]), paddle.to_tensor([[2.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    other = replace(toy.metric, name="log loss")
    softmax, sigmoid = (RunningAccuracy(replace(toy, objective=name)) for name in ("classification", "binary"))
    softmax.add(two, labels)
    sigmoid.add(paddle.to_tensor([[-1.0], [1.0], [-1.0]]), labels)
    assert softmax.value() == sigmoid.value() == pytest.approx(2 / 3)
    mixed = RunningAccuracy(replace(toy, objective="binary"))
    mixed.add(paddle.to_tensor([[-1.0], [1.0], [-1.0]]), paddle.to_tensor([0.0, 0.4, 1.0]))
    assert mixed.value() == 1 / 2
    none = RunningAccuracy(toy)
    none.add(two, paddle.to_tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]))
    none.add((two, two), labels)
    regression = RunningAccuracy(replace(toy, objective="regression", metric=other))
    regression.add(two[:, :1], labels)
    assert none.value() is None
    assert regression.value() is None
