"""Six topics: which of six topics does a message mention, several or none? A probability for each is wanted."""

from dataclasses import replace
from pathlib import Path

import kit
from kit.blocks.readers import csv_table
from kit.metrics import by_name

TOPICS = ("billing", "delivery", "returns", "account", "privacy", "praise")
AUC = by_name("mean column-wise AUC")


def read(folder: Path, part: kit.Part) -> list[kit.Sample]:
    """Read ``train.csv`` (id, message and six columns of 0 or 1) or ``test.csv`` (id, message)."""
    return [replace(row, x=row.x["message"]) for row in csv_table(folder, part, id="id", target=TOPICS)]


def linear(config: kit.TrainConfig):
    """A logistic regression for each topic on the words that occur."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LogisticRegression()))


@kit.hookimpl
def kit_tasks() -> list[kit.Task]:
    """The contest's task."""
    topics = kit.Task(
        name="six_topics",
        title="Six topics: what does a message mention?",
        files={"train.csv, test.csv": "id, message and in training a column of 0 or 1 for each topic"},
        reader=read,
        sample=kit.lazy(f"{__name__}.sample:draw"),
        models={"linear": linear},
        objective="multilabel",
        format=kit.Format(columns=(kit.text("id"), *(kit.number(topic, 0, 1) for topic in TOPICS)), id="id"),
        metric=kit.Metric(name=AUC.name, function=AUC.function, higher_is_better=True, best=1.0),
    )
    return [topics]
