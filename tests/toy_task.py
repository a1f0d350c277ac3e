"""Bars: does an 8x8 image hold a standing bar (1) or a lying one (0)? A complete task plugin."""

from pathlib import Path

import numpy as np

import kit


def read(folder: Path, part: str) -> list[kit.Sample]:
    images = np.load(folder / f"{part}.npy")  # (N, C, H, W) float32
    labels = [None] * len(images)
    if part == "train":
        labels = np.loadtxt(folder / "labels.csv", int, delimiter=",", skiprows=1)[:, 1].tolist()
    return [kit.Sample(str(i), x, y) for i, (x, y) in enumerate(zip(images, labels, strict=True), 1)]


def make_sample(folder: Path, size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for part, table, count in (("train", "labels.csv", size), ("test", "answers.csv", size // 4)):
        labels, images = rng.integers(0, 2, count), rng.normal(0, 0.2, (count, 1, 8, 8)).astype("float32")
        for (image,), label in zip(images, labels, strict=True):
            (image.T if label else image)[rng.integers(8)] += 1
        np.save(folder / f"{part}.npy", images)
        np.savetxt(folder / table, list(enumerate(labels, 1)), "%d", delimiter=",", header="id,label", comments="")


def build(config: kit.TrainConfig):
    from paddle import nn  # here, so that `kit tasks` and `kit check` stay quick

    return nn.Sequential(nn.Conv2D(1, 8, 3), nn.ReLU(), nn.AdaptiveMaxPool2D(1), nn.Flatten(), nn.Linear(8, 2))


@kit.hookimpl
def kit_tasks() -> list[kit.Task]:
    metric = kit.Metric(name="accuracy", function=lambda t, p: float((t == p).mean()), higher_is_better=True, best=1.0)
    rows = kit.Format(columns=(kit.integer("id", 1), kit.integer("label", 0, 1)), id="id")
    return [kit.Task(name="bars", title="Standing or lying bars?", reader=read, sample=make_sample, format=rows,
                     models={"small": build}, objective="classification", metric=metric, files={"*.npy": "images",
                     "labels.csv": "truth"}, config=kit.TrainConfig(epochs=5, learning_rate=0.05))]  # fmt: skip
