"""Pathology segmentation: where is the cancer on the slide? (gastric slides, DataDreams, preliminary round)

Task card
  data        H&E tiles at 20x, 2048x2048 tiff; 700 to train on with outlines in SVG, 300 to predict
  prediction  the probability of cancer on a grid coarser than the slide, float16 (h, w)
  submission  ``submission.csv``: ``ImageId,EncodedPixels``, runs of pixels down the columns; empty: no cancer
  metric      F1 (Dice) of cancer over the pixels of all slides together, higher is better
  source      the contest's data are not public any more; its rules stood at datadreams.org/race-rule-3.html

Not for clinical use.
"""

from __future__ import annotations

from dataclasses import dataclass

from kit import Format, Metric, Model, Objective, Task, TrainConfig, hookimpl, lazy, text

from .rle import fault
from .views import VIEWS


@dataclass(frozen=True, kw_only=True)
class SlideConfig(TrainConfig):
    """The kit's settings, and how slides are read and varied."""

    magnification: float = 10.0
    """What the network sees; the slides' own divided by a whole number."""
    source_magnification: float = 20.0
    """What the slides were scanned at."""
    patch: int = 192
    """Side of a training patch at the network's magnification; a multiple of 16 (fcn: 32)."""
    patches: int = 12
    """Patches a slide and epoch."""
    window: int = 1024
    """Side of what one window predicts, at the network's magnification; never changes a result."""
    stain: float = 0.2
    """The amount of each stain varies by up to this share."""
    blur: float = 0.8
    """The focus varies by up to a Gaussian of so many pixels."""
    width: int = 16
    """Channels of the default network's first layer."""
    drop: float = 0.2
    """Dropout between encoder and decoder."""


MODELS = {
    "unet": Model(lazy(f"{__name__}.model:unet"), meaning="a U-Net with few channels and a wide view"),
    "fcn": Model(
        lazy(f"{__name__}.model:fcn"),
        {"patch": 256, "batch_size": 4, "learning_rate": 1e-4, "weight_decay": 5e-4, "optimizer": "adam", "drop": 0.5},
        meaning="the article's FCN-8s on VGG-16, its L2; wants pretrained weights and a GPU",
    ),
    "baseline": Model(
        lazy(f"{__name__}.baseline:baseline"),
        {"patch": 512, "augment": False},
        meaning="the best threshold on one of 13 colour channels: what colour alone is worth",
    ),
}

TASK = Task(
    name="pathology_segmentation",
    title="Pathology segmentation: gastric cancer on H&E slides (DataDreams)",
    files={
        "train/image/*.tiff": "slides to train on, 2048x2048 at 20x; also image/ itself, and image/merge",
        "train/labels/*.svg": "outlines of cancer; a slide without a file has none",
        "test/image/*.tiff": "slides to predict",
        "train/images/*, train/masks/*, test/images/*": "instead: tiff, png or jpg with masks of the same names",
        "*.zip": "an archive of either, instead of the folder",
    },
    reader=lazy(f"{__name__}.reader:read"),
    models=MODELS,
    objective=Objective(lazy(f"{__name__}.model:dice_cross_entropy"), lazy(f"{__name__}.model:probability")),
    format=Format(
        columns=(
            text("ImageId", meaning="name of the slide's file without its ending"),
            text(
                "EncodedPixels", blank=True, rule=fault, meaning="runs of cancer: start length start length; see README"
            ),
        ),
        id="ImageId",
    ),
    metric=Metric(
        name="pooled F1",
        function=lazy(f"{__name__}.scores:pooled_f1"),
        higher_is_better=True,
        prepare=lazy(f"{__name__}.scores:prepare"),
        details=lazy(f"{__name__}.scores:details"),
        bootstrap=lazy(f"{__name__}.scores:bootstrap"),
        best=1.0,
    ),
    sample=lazy(f"{__name__}.sample:write"),
    sample_size=24,
    config=SlideConfig(
        epochs=8,
        batch_size=8,
        learning_rate=3e-3,
        weight_decay=1e-2,
        valid_fraction=0.25,
        valid_every=100,
        ema=0.98,
    ),
    example=lazy(f"{__name__}.patches:example"),
    sampler=lazy(f"{__name__}.patches:sampler"),
    infer=lazy(f"{__name__}.windows:infer"),
    views=VIEWS,
    tune=lazy(f"{__name__}.tune:tune"),
    writer=lazy(f"{__name__}.writer:rows"),
    truth=lazy(f"{__name__}.writer:truth"),
    masks=lazy(f"{__name__}.writer:masks"),
    faults=lazy(f"{__name__}.extent:faults"),
    audit=lazy(f"{__name__}.audit:audit"),
    figures=lazy(f"{__name__}.figures:figures"),
    picture=lazy(f"{__name__}.figures:picture"),
    notes=(
        "Not for clinical use.",
        "The published 0.94 for an FCN is the F1 of the background: an answer without any cancer reaches 0.936 by it.",
        "Outlines are sparse: tissue that nobody outlined is not surely benign.",
    ),
)


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the one task of this plugin."""
    return [TASK]
