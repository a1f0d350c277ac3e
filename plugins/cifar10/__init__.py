"""Kaggle's CIFAR-10: which of ten objects does a 32x32 colour image show?

Task card
  data        ``train/N.png`` and ``trainLabels.csv`` (50,000), ``test/N.png`` (300,000 on Kaggle, of which 10,000
              count); png or jpg
  prediction  probabilities of the ten classes, shape (10,)
  submission  ``id,label``: the number of the test image and the name of its class
  metric      accuracy, higher is better
  source      https://www.kaggle.com/c/cifar-10
"""

from __future__ import annotations

from kit import Format, Metric, Model, Reference, Task, hookimpl, integer, lazy, text
from kit.metrics import accuracy, accuracy_bootstrap

from .config import CLASSES, CifarConfig
from .views import VIEWS


def _class_name(cell: str) -> str | None:
    if cell in CLASSES:
        return None
    plain = cell.strip().lower()
    number = int(plain) if plain in map(str, range(len(CLASSES))) else None
    if number is not None or plain in CLASSES:
        return f"write {plain if number is None else CLASSES[number]}"
    return f"write one of {', '.join(CLASSES)}"


FORMAT = Format(
    columns=(
        integer("id", 1, meaning="number of the image in test/"),
        text("label", rule=_class_name, meaning="name of the class"),
    ),
    id="id",
)

TASK = Task(
    name="cifar10",
    title="CIFAR-10: ten kinds of objects in 32x32 images (Kaggle)",
    files={
        "train/N.png": "training images; 50,000 on Kaggle",
        "trainLabels.csv": "id,label: the class name of each training image",
        "test/N.png": "images to predict; 300,000 on Kaggle",
        "sampleSubmission.csv": "id,label; not needed",
    },
    reader=lazy(f"{__name__}.reader:read"),
    ids=lazy(f"{__name__}.reader:ids"),
    models={
        "default": Model(
            lazy(f"{__name__}.model:default"),
            meaning="a shallow residual network with whitened inputs, made to train fast",
            initialize=lazy(f"{__name__}.model:whiten"),
        ),
        "article": Model(
            lazy(f"{__name__}.model:article"),
            {
                "epochs": 20,
                "batch_size": 64,
                "learning_rate": 1e-3,
                "optimizer": "adam",
                "weight_decay": 0.0,
                "ema": 0.0,
            },
            meaning="six convolutions with dropout, as in the Keras examples",
        ),
        "features": Model(
            lazy(f"{__name__}.model:features"),
            {"epochs": 0, "image_size": 160},
            meaning="logistic regression on features of EfficientNet-Lite0",
            pretrained=("efficientnet_lite0",),
            initialize=lazy("kit.models:fit_head"),
        ),
        "transfer": Model(
            lazy(f"{__name__}.model:transfer"),
            {"epochs": 4, "image_size": 160, "batch_size": 32, "learning_rate": 1e-4, "ema": 0.98},
            meaning="EfficientNet-Lite0 with such a head, its last stages fine-tuned",
            pretrained=("efficientnet_lite0",),
            initialize=lazy("kit.models:fit_head"),
        ),
    },
    objective="classification",
    classes=CLASSES,
    format=FORMAT,
    metric=Metric(name="accuracy", function=accuracy, bootstrap=accuracy_bootstrap, higher_is_better=True, best=1.0),
    sample=lazy(f"{__name__}.sample:write"),
    sample_size=1000,
    config=CifarConfig(epochs=12, batch_size=128, learning_rate=5e-3, ema=0.99, label_smoothing=0.1),
    example=lazy(f"{__name__}.inputs:example"),
    views=VIEWS,
    writer=lazy(f"{__name__}.writer:write"),
    truth=lazy(f"{__name__}.writer:truth"),
    audit=lazy(f"{__name__}.audit:audit"),
    picture=lazy(f"{__name__}.inputs:picture"),
    kaggle="cifar-10",
    references=(
        Reference("ResNet-18", 0.96, "the 10,000 test images", "https://github.com/KellerJordan/cifar10-airbench"),
        Reference("airbench94", 0.9401, "the 10,000 test images", "https://github.com/KellerJordan/cifar10-airbench"),
    ),
    notes=(
        "Kaggle's archives are 7z files: unpack train.7z and test.7z first.",
        "The sample is drawn: shapes and colours that stand for the ten classes. Its score says that the pipeline "
        "works, not how well photographs are recognised.",
    ),
)


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the one task of this plugin."""
    return [TASK]
