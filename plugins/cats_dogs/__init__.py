"""Kaggle's Dogs vs. Cats: does a photograph show a cat or a dog?

Task card
  data        ``train/cat.N.jpg`` and ``train/dog.N.jpg`` (12,500 each on Kaggle), ``test/N.jpg`` (12,500), or the zip
              archives of these folders
  prediction  the probability of a dog, shape (1,)
  submission  ``id,label``: the number of the test photograph and the probability of a dog
  metric      log loss, lower is better; accuracy beside it
  source      https://www.kaggle.com/c/dogs-vs-cats-redux-kernels-edition
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kit import Format, Metric, Model, Reference, Task, View, hookimpl, integer, lazy, number
from kit.metrics import accuracy, log_loss

from .config import CLASSES, PhotographConfig

FORMAT = Format(
    columns=(
        integer("id", 1, meaning="number of the photograph in test/"),
        number("label", 0, 1, meaning="probability of a dog"),
    ),
    id="id",
)


def _accuracy(y_true: Any, y_prob: Any) -> Mapping[str, Any]:
    return {"accuracy": accuracy(np.asarray(y_true).astype(int), (np.asarray(y_prob) > 0.5).astype(int))}


def _mirrored(batch: np.ndarray) -> np.ndarray:
    return batch[..., ::-1]


PRETRAINED_NOTE = "Kaggle's rules allow pretrained networks whose weights are public; the run card records them."

TASK = Task(
    name="cats_dogs",
    title="Dogs vs. Cats: cat or dog? (Kaggle)",
    files={
        "train/cat.N.jpg, train/dog.N.jpg": "photographs with their class as name; 12,500 each on Kaggle",
        "test/N.jpg": "photographs to predict; 12,500 on Kaggle",
        "train.zip, test.zip": "the folders as downloaded, instead of them",
        "dogs-vs-cats*.zip": "the whole download, instead of them",
    },
    reader=lazy(f"{__name__}.reader:read"),
    ids=lazy(f"{__name__}.reader:ids"),
    models={
        "features": Model(
            lazy(f"{__name__}.model:features"),
            {"epochs": 0, "image_size": 260},
            meaning="logistic regression on features of EfficientNet-Lite0, 1 and 2",
            pretrained=("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"),
            initialize=lazy("kit.models:fit_head"),
        ),
        "transfer": Model(
            lazy(f"{__name__}.model:transfer"),
            {"epochs": 4, "learning_rate": 1e-4, "ema": 0.98},
            meaning="EfficientNet-Lite0, its last stages fine-tuned",
            pretrained=("efficientnet_lite0",),
            initialize=lazy("kit.models:fit_head"),
        ),
        "scratch": Model(
            lazy(f"{__name__}.model:scratch"),
            {"epochs": 30, "image_size": 96, "learning_rate": 3e-3, "ema": 0.99, "label_smoothing": 0.1},
            meaning="a residual network trained from scratch",
        ),
        "baseline": Model(
            lazy(f"{__name__}.baseline:build"),
            {"augment": False, "image_size": 64},
            meaning="logistic regression on histograms of colours and edges",
        ),
    },
    objective="binary",
    classes=CLASSES,
    format=FORMAT,
    metric=Metric(name="log loss", function=log_loss, higher_is_better=False, details=_accuracy, best=0.0),
    sample=lazy(f"{__name__}.sample:write"),
    sample_size=400,
    config=PhotographConfig(batch_size=32),
    example=lazy(f"{__name__}.inputs:example"),
    views=(View("mirrored", _mirrored),),
    audit=lazy(f"{__name__}.audit:audit"),
    explain=lazy(f"{__name__}.model:explain"),
    figures=lazy(f"{__name__}.figures:figures"),
    picture=lazy(f"{__name__}.inputs:picture"),
    kaggle="dogs-vs-cats-redux-kernels-edition",
    references=(
        Reference(
            "winner of 2017",
            0.03302,
            "Kaggle's private board",
            "https://www.kaggle.com/c/dogs-vs-cats-redux-kernels-edition",
        ),
    ),
    notes=(
        PRETRAINED_NOTE,
        "Log loss punishes certainty: one photograph predicted wrongly with probability 1 costs as much as hundreds of "
        "uncertain ones.",
        "The sample is drawn: faces with pointed or hanging ears. Its score shows that the pipeline works, not how "
        "well photographs are recognised.",
    ),
)


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the one task of this plugin."""
    return [TASK]
