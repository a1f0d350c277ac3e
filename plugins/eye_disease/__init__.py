"""Eye disease: is this fundus photograph that of an eye with pathological myopia? (iChallenge-PM, PALM)

Task card
  data        fundus photographs, jpg; 400 to train on, named P* (pathological myopia, 213), H* (high myopia, 26) and
              N* (normal, 161); 400 to predict, V0001.jpg to V0400.jpg
  prediction  the probability of pathological myopia, shape (1,)
  submission  ``classification_results.csv``: ``FileName,PM Risk``; the header may be missing
  metric      ROC AUC, higher is better
  source      https://ieee-dataport.org/documents/palm-pathologic-myopia-challenge

Not for clinical use.
"""

from __future__ import annotations

from kit import (
    Column,
    Format,
    Metric,
    Model,
    Reference,
    Task,
    View,
    hookimpl,
    lazy,
    number,
    text,
)
from kit.metrics import roc_auc_bootstrap

from .config import EyeConfig

COURSE = {"image_size": 224, "folds": 1, "batch_size": 16, "label_smoothing": 0.0}


def _course(name: str, meaning: str, **settings: object) -> Model:
    return Model(lazy(f"{__name__}.model:{name}"), {**COURSE, **settings}, meaning=meaning)


MODELS = {
    "features": Model(
        lazy(f"{__name__}.model:features"),
        {"epochs": 0, "image_size": 240},
        meaning="logistic regression on features of EfficientNet-Lite1, trained on ImageNet",
        pretrained=("efficientnet_lite1",),
        initialize=lazy("kit.models:fit_head"),
    ),
    "transfer": Model(
        lazy(f"{__name__}.model:transfer"),
        {"epochs": 5, "image_size": 240, "learning_rate": 1e-4, "label_smoothing": 0.0, "valid_every": 1},
        meaning="the same network, its last stages fine-tuned",
        pretrained=("efficientnet_lite1",),
        initialize=lazy("kit.models:fit_head"),
    ),
    "residual": Model(lazy(f"{__name__}.model:residual"), meaning="a small residual network made for 400 photographs"),
    "lenet": _course("lenet", "the course's LeNet: sigmoids; hardly learns", epochs=5, learning_rate=1e-3),
    "alexnet": _course("alexnet", "Paddle's AlexNet", epochs=10, learning_rate=2e-4),
    "course_alexnet": _course(
        "course_alexnet",
        "the course's AlexNet with 96 first filters, trained as there",
        epochs=5,
        batch_size=10,
        learning_rate=1e-3,
        optimizer="sgd",
        schedule="constant",
        weight_decay=0.0,
    ),
    "vgg": _course("vgg", "Paddle's VGG-16; slow on a CPU, hence few epochs", epochs=3, learning_rate=1e-4),
    "googlenet": _course("googlenet", "GoogLeNet with batch normalisation", epochs=10, learning_rate=1e-3),
    "resnet": _course("resnet", "Paddle's ResNet-50", epochs=10, learning_rate=1e-3),
    "baseline": Model(
        lazy(f"{__name__}.baseline:baseline"),
        {"augment": False, "illumination": 0.0, "image_size": 128},
        meaning="logistic regression on 8x8 thumbnails: what colour alone achieves",
    ),
}


def _photograph_name(cell: str) -> str | None:
    if cell.lower().endswith((".jpg", ".jpeg")):
        return None
    return "a photograph's file name with its .jpg"


COLUMNS: tuple[Column, ...] = (
    text("FileName", rule=_photograph_name, meaning="name of the photograph, with .jpg"),
    number("PM Risk", 0, 1, meaning="probability of pathological myopia"),
)

REFERENCES = (
    Reference(
        "challenge-awarded system", 0.9867, "the contest's 400 test images", "Hemelings et al., arXiv 2006.02813"
    ),
    Reference(
        "logistic regression, 8x8 thumbnails",
        0.977,
        "the contest's 400 validation images, trained on its 400 training images",
        "measured for this kit; --model baseline makes one",
    ),
)

TASK = Task(
    name="eye_disease",
    title="Eye disease: pathological myopia from fundus photographs (iChallenge-PM, PALM)",
    files={
        "PALM-Training400/**/[PHN]*.jpg": "photographs to train on: P pathological, H high myopia, N normal; 400",
        "PALM-Validation400/**/V*.jpg": "photographs to predict; 400",
        "PALM-Validation-GT/PM_Label_and_Fovea_Location.xlsx": "labels of V*, for scoring only; or labels.csv",
        "*.zip": "the archives as downloaded, instead of the folders; also one within another",
    },
    reader=lazy(f"{__name__}.reader:read"),
    ids=lazy(f"{__name__}.reader:ids"),
    read_answers=lazy(f"{__name__}.labels:read_answers"),
    models=MODELS,
    objective="binary",
    classes=("no pathological myopia", "pathological myopia"),
    format=Format(columns=COLUMNS, id="FileName", filename="classification_results.csv", header="optional"),
    metric=Metric(
        name="ROC AUC",
        function=lazy(f"{__name__}.metric:auc"),
        higher_is_better=True,
        details=lazy(f"{__name__}.metric:details"),
        bootstrap=roc_auc_bootstrap,
        best=1.0,
    ),
    sample=lazy(f"{__name__}.sample:write"),
    sample_size=120,
    config=EyeConfig(
        epochs=40,
        batch_size=16,
        learning_rate=2e-3,
        weight_decay=0.05,
        label_smoothing=0.1,
        folds=5,
        valid_every=10,
    ),
    example=lazy(f"{__name__}.inputs:example"),
    strata=lazy(f"{__name__}.reader:stratum"),
    evaluate=lazy(f"{__name__}.metric:evaluate"),
    audit=lazy(f"{__name__}.audit:audit"),
    explain=lazy(f"{__name__}.model:explain"),
    figures=lazy(f"{__name__}.figures:figures"),
    picture=lazy(f"{__name__}.inputs:picture"),
    views=(
        View("left to right", lazy(f"{__name__}.views:left_to_right")),
        View("upside down", lazy(f"{__name__}.views:upside_down")),
        View("turned by 180 degrees", lazy(f"{__name__}.views:turned")),
    ),
    references=REFERENCES,
    notes=(
        "Not for clinical use.",
        "Colour nearly solves this task: compare every score with --model baseline, and look at P against H.",
    ),
)


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the one task of this plugin."""
    return [TASK]
