"""Pathology segmentation: find cancer on gastric slides (DataDreams, preliminary round).

Task card
  data        H&E tiles at 20x, 2048x2048 tiff; 700 for training with outlines in SVG, 300 to predict
  prediction  the probability of cancer on a grid coarser than the slide, float16 (h, w)
  submission  ``submission.csv``: ``ImageId,EncodedPixels``, run-length encoded column by column; empty: no cancer
  metric      F1 (Dice) of the pixels with cancer, pooled over all slides, higher is better
  source      the contest's data are no longer public; its rules were at datadreams.org/race-rule-3.html

Not for clinical use.
"""

from __future__ import annotations

from kit import Format, Metric, Model, Objective, Task, hookimpl, lazy, text

from .config import SlideConfig
from .rle import fault
from .views import VIEWS

MODELS = {
    "unet": Model(lazy(f"{__name__}.model:unet"), meaning="a U-Net with few channels and a large receptive field"),
    "pretrained_unet": Model(
        lazy(f"{__name__}.model:pretrained_unet"),
        {"learning_rate": 1e-3},
        meaning="a U-Net on EfficientNet-Lite0, trained on ImageNet; the contest forbids external data",
        pretrained=("efficientnet_lite0",),
    ),
    "fcn": Model(
        lazy(f"{__name__}.model:fcn"),
        {"patch": 256, "batch_size": 4, "learning_rate": 1e-4, "weight_decay": 5e-4, "optimizer": "adam", "drop": 0.5},
        meaning="FCN-8s with a VGG-16 encoder, as in the public notebook; use pretrained weights and a GPU",
    ),
    "baseline": Model(
        lazy(f"{__name__}.baseline:baseline"),
        {"patch": 512, "augment": False},
        meaning="the best threshold on one of 13 colour channels: what colour alone achieves",
    ),
}

TASK = Task(
    name="pathology_segmentation",
    title="Pathology segmentation: gastric cancer on H&E slides (DataDreams)",
    reader=lazy(f"{__name__}.reader:read"),
    sample=lazy(f"{__name__}.sample:write"),
    models=MODELS,
    objective=Objective(lazy(f"{__name__}.model:dice_cross_entropy"), lazy(f"{__name__}.model:probability")),
    format=Format(
        columns=(
            text("ImageId", meaning="the slide's file name without its suffix"),
            text(
                "EncodedPixels", blank=True, rule=fault, meaning="runs of cancer: start length start length; see README"
            ),
        ),
        id="ImageId",
    ),
    metric=Metric(
        name="pooled F1",
        function=lazy(f"{__name__}.metric:pooled_f1"),
        higher_is_better=True,
        prepare=lazy(f"{__name__}.metric:prepare"),
        details=lazy(f"{__name__}.metric:details"),
        bootstrap=lazy(f"{__name__}.metric:bootstrap"),
        best=1.0,
    ),
    config=SlideConfig(
        epochs=8,
        batch_size=8,
        learning_rate=3e-3,
        weight_decay=1e-2,
        valid_fraction=0.25,
        valid_every=100,
        ema=0.98,
    ),
    sample_size=24,
    example=lazy(f"{__name__}.inputs:example"),
    sampler=lazy(f"{__name__}.inputs:sampler"),
    infer=lazy(f"{__name__}.sliding_window:infer"),
    views=VIEWS,
    tune=lazy(f"{__name__}.tune:tune"),
    writer=lazy(f"{__name__}.writer:rows"),
    faults=lazy(f"{__name__}.check:faults"),
    masks=lazy(f"{__name__}.writer:masks"),
    truth=lazy(f"{__name__}.writer:truth"),
    audit=lazy(f"{__name__}.audit:audit"),
    figures=lazy(f"{__name__}.figures:figures"),
    picture=lazy(f"{__name__}.figures:picture"),
    files={
        "train/image/*.tiff": "slides for training, 2048x2048 at 20x; also image/ alone, and sub-folders",
        "train/labels/*.svg": "outlines of cancer; a slide without a file has none; also json, geojson, xml",
        "test/image/*.tiff": "slides to predict",
        "train/images/*, train/masks/*, test/images/*": "instead: tiff, png, jpg, ... with masks of the same names",
        "groups.csv": "optional, ImageId,group: slides of one group are never split",
        "*.zip": "an archive of any of these, instead of the folder",
    },
    external_data=False,
    notes=(
        "Not for clinical use.",
        "The published 0.94 of an FCN is the F1 of the background: a submission without any cancer scores 0.936 by it.",
        "The outlines are sparse: tissue without an outline is not certainly benign.",
    ),
    requires=dict.fromkeys(("tifffile", "imagecodecs", "defusedxml"), "contest-kit[pathology]"),
)


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the one task of this plugin."""
    return [TASK]
