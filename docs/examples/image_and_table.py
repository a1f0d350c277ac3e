"""Large seeds: a photograph and a line of a table. The photograph shows pixels, the table says how large a pixel is."""

import csv
from pathlib import Path

import numpy as np

import kit
from kit.metrics import accuracy


def read(folder: Path, part: kit.Part) -> list[kit.Sample]:
    """Read ``PART.csv`` (id, millimetres per pixel, weight and in training the label) and the photographs."""
    images = np.load(folder / "images.npz", allow_pickle=False)
    with (folder / f"{part}.csv").open(newline="") as file:
        return [
            kit.Sample(
                id=row["id"],
                x={"image": images[row["id"]], "table": [float(row["mm_per_pixel"]), float(row["weight"])]},
                y=int(row["large"]) if part == "train" else None,
            )
            for row in csv.DictReader(file)
        ]


def example(sample: kit.Sample, rng: np.random.Generator | None, config: kit.TrainConfig):
    """The inputs by the names of the network's parameters; a photograph is mirrored in training."""
    image = sample.x["image"].astype(np.float32) / 255
    if rng is not None and config.augment and rng.random() < 0.5:
        image = image[:, ::-1]
    return {"image": image[None], "table": np.array(sample.x["table"], np.float32)}, sample.y


def build(config: kit.TrainConfig):
    """A small convolutional network for the photograph, joined with the line of the table."""
    import paddle
    from paddle import nn

    class SeedNetwork(nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.features = nn.Sequential(nn.Conv2D(1, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2D(1), nn.Flatten())
            self.head = nn.Sequential(nn.Linear(8 + 2, 32), nn.ReLU(), nn.Linear(32, 2))

        def forward(self, image, table):
            return self.head(paddle.concat([self.features(image), table], axis=1))

    return SeedNetwork()


def make_sample(folder: Path, size: int, seed: int) -> None:
    """Draw seeds of 2 to 8 pixels at 0.2 to 0.8 mm per pixel; large ones have a radius of more than 2.2 mm."""
    rng = np.random.default_rng(seed)
    images = {}
    rows, columns = np.mgrid[:20, :20]
    for part, count in ("train", size), ("test", max(1, size // 4)):
        table, answers = ["id,mm_per_pixel,weight" + (",large" if part == "train" else "")], ["id,large"]
        for number in range(count):
            id, radius, scale = f"{part}-{number}", rng.uniform(2, 8), rng.uniform(0.2, 0.8)
            disc = (rows - rng.uniform(8, 11)) ** 2 + (columns - rng.uniform(8, 11)) ** 2 < radius**2
            images[id] = np.clip(rng.normal(60, 10, (20, 20)) + 120 * disc, 0, 255).astype(np.uint8)
            large = int(radius * scale > 2.2)
            table.append(f"{id},{scale:.3f},{rng.normal(5, 1):.2f}" + (f",{large}" if part == "train" else ""))
            answers.append(f"{id},{large}")
        (folder / f"{part}.csv").write_text("\n".join(table) + "\n")
        if part == "test":
            (folder / "answers.csv").write_text("\n".join(answers) + "\n")
    np.savez(folder / "images.npz", **images)


@kit.hookimpl
def kit_tasks() -> list[kit.Task]:
    """The contest's task."""
    seeds = kit.Task(
        name="large_seeds",
        title="Is a seed large? A photograph and a table",
        files={"images.npz": "a photograph (20, 20) for each id", "train.csv, test.csv": "scale, weight and label"},
        reader=read,
        example=example,
        sample=make_sample,
        models={"two_branches": build},
        objective="classification",
        format=kit.Format(columns=(kit.text("id"), kit.integer("large", 0, 1)), id="id"),
        metric=kit.Metric(name="accuracy", function=accuracy, higher_is_better=True, best=1.0),
        config=kit.TrainConfig(epochs=30, learning_rate=0.02),
    )
    return [seeds]
