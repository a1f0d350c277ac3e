"""Bike rentals: how many bikes will be rented on each of the next days? Days are predicted from earlier ones alone."""

import datetime
import math
from pathlib import Path

import numpy as np

import kit
from kit.blocks.readers import csv_table
from kit.blocks.tables import preprocessing
from kit.metrics import by_name

RMSE = by_name("RMSE")


def read(folder: Path, part: kit.Part) -> list[kit.Sample]:
    """Read ``train.csv`` (date, temperature, holiday, rentals) or ``test.csv``, whose days are later ones."""
    return [day(sample) for sample in csv_table(folder, part, id="date", target="rentals")]


def day(sample: kit.Sample) -> kit.Sample:
    """Add features of the date, which is also the id: a number that grows, the season and the weekday."""
    date = datetime.date.fromisoformat(sample.id)
    angle = 2 * math.pi * date.timetuple().tm_yday / 365.25
    calendar = {"day": date.toordinal(), "cos": math.cos(angle), "sin": math.sin(angle), "weekday": f"{date:%a}"}
    return kit.Sample(sample.id, sample.x | calendar, sample.y)


def split(samples, config: kit.TrainConfig):
    """Hold out the last three eighths of the days in turn; each is predicted from the days before it."""
    order = sorted(range(len(samples)), key=lambda i: samples[i].id)  # ISO dates sort by time
    for eighth in 5, 6, 7:
        start, end = (len(order) * n // 8 for n in (eighth, eighth + 1))
        yield f"from-{samples[order[start]].id}", order[:start], order[start:end]


def linear(config: kit.TrainConfig):
    """A ridge regression; unlike a forest it continues a trend."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    table = preprocessing(["day", "cos", "sin", "temperature", "holiday"], ["weekday"], one_hot=True)
    return make_pipeline(table, Ridge())


def make_sample(folder: Path, size: int, seed: int) -> None:
    """Draw a trend, a year, a week, the weather, and noise of standard deviation 20, the lowest RMSE to expect."""
    rng = np.random.default_rng(seed)
    later = max(1, size // 4)
    week = np.array([0, 10, 20, 10, 40, 90, 60])
    tables = {"train": ["date,temperature,holiday,rentals"], "test": ["date,temperature,holiday"]}
    answers, submission = ["date,rentals"], ["date,rentals"]
    for number in range(size + later):
        date = datetime.date(2024, 1, 1) + datetime.timedelta(days=number)
        season = -math.cos(2 * math.pi * date.timetuple().tm_yday / 365.25)
        temperature, holiday = 12 + 9 * season + rng.normal(0, 4), int(rng.random() < 0.05)
        mean = 300 + 0.4 * number + 80 * season + 8 * (temperature - 12) + week[date.weekday()] + 60 * holiday
        rentals = max(0, round(mean + rng.normal(0, 20)))
        row = f"{date},{temperature:.1f},{holiday}"
        tables["train" if number < size else "test"].append(row + (f",{rentals}" if number < size else ""))
        if number >= size:
            answers.append(f"{date},{rentals}")
            submission.append(f"{date},0")
    for name, lines in {**tables, "answers": answers, "sample_submission": submission}.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


@kit.hookimpl
def kit_tasks() -> list[kit.Task]:
    """The contest's task."""
    rentals = kit.Task(
        name="bike_rentals",
        title="Bike rentals of the next days",
        files={"train.csv, test.csv": "date, temperature, holiday and in training the number of rentals"},
        reader=read,
        split=split,
        sample=make_sample,
        sample_size=730,
        models={"linear": linear},
        objective="regression",
        format=kit.Format(columns=(kit.text("date"), kit.number("rentals", 0)), id="date"),
        metric=kit.Metric(name=RMSE.name, function=RMSE.function, higher_is_better=False, best=0.0),
    )
    return [rentals]
