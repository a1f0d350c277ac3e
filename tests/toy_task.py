"""Bars: does an 8x8 image show a vertical bar (1) or a horizontal one (0)? A complete task plugin."""

from pathlib import Path

import numpy as np

import kit
from kit.metrics import accuracy


def read(folder: Path, part: kit.Part) -> list[kit.Sample]:
    images = np.load(folder / f"{part}.npy")  # (N, 1, 8, 8) float32
    labels = [None] * len(images)
    if part == "train":
        labels = np.loadtxt(folder / "labels.csv", int, delimiter=",", skiprows=1, usecols=1, ndmin=1).tolist()
    return [kit.Sample(str(i), x, y) for i, (x, y) in enumerate(zip(images, labels, strict=True), start=1)]


def make_sample(folder: Path, size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for part, table, count in [("train", "labels.csv", size), ("test", "answers.csv", max(1, size // 4))]:
        labels = rng.integers(0, 2, count)
        images = rng.normal(0, 0.2, (count, 1, 8, 8)).astype("float32")
        for image, label in zip(images[:, 0], labels, strict=True):
            position = rng.integers(8)
            image[:, position] += label
            image[position, :] += 1 - label
        np.save(folder / f"{part}.npy", images)
        rows = [f"{id},{label}\n" for id, label in enumerate(labels, start=1)]
        (folder / table).write_text("id,label\n" + "".join(rows))


def build(config: kit.TrainConfig):
    from paddle import nn  # imported only when a model is built: `kit tasks` and `kit check` do not need Paddle

    return nn.Sequential(nn.Conv2D(1, 8, 3), nn.ReLU(), nn.AdaptiveMaxPool2D(1), nn.Flatten(), nn.Linear(8, 2))


@kit.hookimpl
def kit_tasks() -> list[kit.Task]:
    bars = kit.Task(
        name="bars",
        title="Vertical or horizontal bars?",
        files={"*.npy": "images", "labels.csv": "id,label of each training image"},
        reader=read,
        sample=make_sample,
        models={"small": build},
        objective="classification",
        format=kit.Format(columns=(kit.integer("id", 1), kit.integer("label", 0, 1)), id="id"),
        metric=kit.Metric(name="accuracy", function=accuracy, higher_is_better=True, best=1.0),
        config=kit.TrainConfig(epochs=5, learning_rate=0.05),
    )
    return [bars]
