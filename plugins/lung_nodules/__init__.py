"""Lung nodules in CT scans: detection and false-positive reduction (LUNA16, both tracks).

Task card
  data        888 scans, ``subset0`` ... ``subset9`` with ``<seriesuid>.mhd`` and ``.raw`` (or ``.zraw``);
              ``annotations.csv``, ``annotations_excluded.csv``, ``seriesuids.csv``, ``candidates_V2.csv``
  tracks      ``lung_nodules``: a probability for each of the contest's candidates (false-positive reduction);
              ``lung_nodules_detection``: the kit detects the candidates itself
  submission  ``seriesuid,coordX,coordY,coordZ,probability``, any number of rows per scan, world coordinates in mm
  metric      CPM: mean sensitivity at 1/8, 1/4, 1/2, 1, 2, 4 and 8 false positives per scan, higher is better
  folds       the contest's own: ``--folds subset``; its submission is ``kit predict RUN --oof``
  source      https://luna16.grand-challenge.org

Not for clinical use.
"""

from __future__ import annotations

from dataclasses import replace

import click
import numpy as np

from kit import (
    Format,
    Metric,
    Model,
    Objective,
    Reference,
    Task,
    View,
    hookimpl,
    lazy,
    number,
    text,
)

from .config import LungConfig

FORMAT = Format(
    columns=(
        text("seriesuid", meaning="the scan"),
        number("coordX", meaning="world coordinate in mm"),
        number("coordY", meaning="world coordinate in mm"),
        number("coordZ", meaning="world coordinate in mm"),
        number("probability", meaning="of a nodule at this point; any finite number ranks, as in the contest's script"),
    ),
    id="seriesuid",
    rows_per_id=(0, None),
    review=lazy(f"{__name__}.metric:review"),
)

METRIC = Metric(
    name="CPM",
    function=lazy(f"{__name__}.froc:cpm_score"),
    higher_is_better=True,
    prepare=lazy(f"{__name__}.metric:prepare"),
    details=lazy(f"{__name__}.metric:details"),
    bootstrap=lazy(f"{__name__}.froc:bootstrap_cpm"),
    best=1.0,
)

MODELS = {
    "cnn3d": Model(
        lazy(f"{__name__}.model:cnn3d"),
        meaning="a 3D CNN on the cube's middle and, at half the resolution, the whole",
    ),
    "multiview": Model(lazy(f"{__name__}.model:multiview"), meaning="a 2D CNN on nine planes through the candidate"),
    "unet2d": Model(lazy(f"{__name__}.model:unet2d"), meaning="a U-Net on slices; its masks give the score"),
    "baseline": Model(
        lazy(f"{__name__}.baseline:baseline"),
        {"augment": False},
        meaning="a random forest on brightness, size and shape",
    ),
}

FILES = {
    "subset[0-9]/*.mhd, *.raw, *.zraw": "the scans (without subset folders works too)",
    "annotations.csv": "seriesuid,coordX,coordY,coordZ,diameter_mm: the reference nodules",
    "annotations_excluded.csv": "findings that the evaluation ignores (optional for training)",
    "candidates_V2.csv": "seriesuid,coordX,coordY,coordZ,class: the contest's candidates (false-positive reduction)",
    "seriesuids.csv": "the uid of every scan, one per line (optional)",
    "test_seriesuids.csv": "the test scans (optional; the contest has none)",
}

NOTES = (
    "Not for clinical use.",
    "The contest's submission is that of its ten folds, merged: --folds subset, then kit predict RUN --oof.",
)


def _reported(name: str, score: float) -> Reference:
    return Reference(f"{name} (as reported, unconfirmed)", score, "888 scans, ten folds", "luna16.grand-challenge.org")


def _flipped(axis: int) -> View:
    return View(f"flip {'zyx'[axis]}", lambda batch: np.flip(batch, axis + 2) if batch.ndim == 5 else batch)


REDUCTION = Task(
    name="lung_nodules",
    title="Lung nodules in CT: false-positive reduction (LUNA16)",
    reader=lazy(f"{__name__}.reader:read_reduction"),
    models=MODELS,
    objective=Objective(lazy(f"{__name__}.model:loss"), lazy(f"{__name__}.model:activation")),
    format=FORMAT,
    metric=METRIC,
    sample=lazy(f"{__name__}.sample:make"),
    config=LungConfig(epochs=14, batch_size=16, learning_rate=4e-3, weight_decay=1e-2, ema=0.99, valid_every=7),
    files=FILES,
    notes=NOTES,
    requires=dict.fromkeys(("SimpleITK", "skimage"), "contest-kit[lung]"),
    references=(_reported("best single entry, false-positive reduction", 0.91),),
    sample_size=3000,
    example=lazy(f"{__name__}.inputs:example"),
    sampler=lazy(f"{__name__}.inputs:balanced"),
    views=tuple(_flipped(axis) for axis in range(3)),
    writer=lazy(f"{__name__}.writer:write"),
    truth=lazy(f"{__name__}.writer:truth"),
    evaluate=lazy(f"{__name__}.writer:evaluate"),
    ids=lazy(f"{__name__}.reader:ids"),
    answers="answers",
    read_answers=lazy(f"{__name__}.metric:read_answers"),
    audit=lazy(f"{__name__}.audit:audit_reduction"),
    figures=lazy(f"{__name__}.figures:figures"),
    picture=lazy(f"{__name__}.figures:picture"),
)

DETECTION = replace(
    REDUCTION,
    name="lung_nodules_detection",
    title="Lung nodules in CT: detection (LUNA16)",
    reader=lazy(f"{__name__}.reader:read_detection"),
    files={name: meaning for name, meaning in FILES.items() if name != "candidates_V2.csv"},
    references=(_reported("best single entry, detection", 0.81),),
    writer=lazy(f"{__name__}.writer:write_detections"),
    evaluate=lazy(f"{__name__}.writer:evaluate_detections"),
    audit=lazy(f"{__name__}.audit:audit_detection"),
    figures=lazy(f"{__name__}.figures:figures_detection"),
)


@hookimpl
def kit_commands() -> list[click.Command]:
    """Return the verb that writes the slices round nodules."""
    from .export import export_command

    return [export_command]


@hookimpl
def kit_tasks() -> list[Task]:
    """Return the two tracks."""
    return [REDUCTION, DETECTION]
