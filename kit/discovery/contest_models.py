"""The models of a contest's plugin with their settings: what suits its kind and the number of its samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kit.inspection import Inspection


@dataclass(frozen=True)
class ModelEntry:
    """One model in the generated plugin: ``target`` is its module and function."""

    name: str
    target: str
    meaning: str
    settings: str = ""
    pretrained: str = ""
    """"fitted": pretrained weights, and the last layer is fitted first; "trained": pretrained weights."""


def outputs(inspection: Inspection) -> int:
    """How many outputs a network has."""
    if inspection.kind in ("binary", "masks"):
        return 1
    return len(inspection.classes) if inspection.kind in ("classes", "multi-label") else len(inspection.targets)


BOOSTERS = (
    ("lightgbm", "LightGBM", "LIGHTGBM"),
    ("xgboost", "XGBoost", "XGBOOST"),
    ("catboost", "CatBoost", ""),
)
"""Libraries of gradient boosting: module, name, and the constant of ``kit.models`` with what a stored model holds."""
MODELS = {
    "table": (
        ModelEntry("boosting", "baseline:boosting", "scikit-learn's gradient boosting on histograms"),
        ModelEntry("linear", "baseline:linear", "a linear model on numbers and one column for each category"),
        ModelEntry("network", "model:network", "two hidden layers beside a linear one, an embedding for each category"),
    ),
    "text": (
        ModelEntry("linear", "baseline:linear", "a linear model on TF-IDF of words and pairs of words"),
        ModelEntry("network", "model:network", "two hidden layers beside a linear one, on words"),
    ),
    "images": (ModelEntry("residual", "model:residual", "a small residual network, trained from scratch"),),
    "masks": (ModelEntry("unet", "model:unet", "a U-Net, trained from scratch"),),
}
FEATURES = ModelEntry(
    "features",
    "model:features",
    "a linear model on features of EfficientNet-Lite0",
    '{"epochs": 0, "image_size": 160}',
    "fitted",
)
TRANSFER = ModelEntry(
    "transfer",
    "model:transfer",
    "EfficientNet-Lite0, its last stages trained too",
    '{"epochs": 4, "learning_rate": 1e-4, "image_size": 160}',
    "fitted",
)
CONFIGS = {"table": "TableConfig", "text": "TextConfig", "images": "ImageConfig", "masks": "MaskConfig"}


def models_of(inspection: Inspection, group: str) -> tuple[ModelEntry, ...]:
    """The models, the default first: pretrained ones for photographs, one trained from scratch for small pictures."""
    if group in ("table", "text"):
        own = network_settings(inspection)
        return tuple(replace(m, settings=own) if m.name == "network" else m for m in MODELS[group])
    if group != "images" or not has_files(inspection):
        return MODELS[group]
    if inspection.kind in ("binary", "classes"):
        fitted = FEATURES, TRANSFER
        return (*fitted, *MODELS[group]) if inspection.source["photographs"] else (*MODELS[group], *fitted)
    return *MODELS[group], replace(TRANSFER, pretrained="trained")


def network_settings(inspection: Inspection) -> str:
    """The settings of a network on rows: enough steps for few rows, ended early where they do not help."""
    epochs = max(8, min(60, 100_000 // max(1, inspection.counts.get("train", 0))))
    return f'{{"epochs": {epochs}, "patience": {max(4, epochs // 4)}}}'


def has_files(inspection: Inspection) -> bool:
    """Whether images are files, and not arrays or rows of a table."""
    return inspection.source.get("how") in ("folders", "names", "table", "pairs", "rle")


def settings_of(inspection: Inspection, group: str) -> dict[str, Any]:
    """The plugin's default settings, by how much data there are."""
    samples = inspection.counts.get("train", 0)
    own = (inspection.time and not inspection.group) or inspection.source.get("valid")
    held = {"folds": "held_out"} if own else {"valid_fraction": 0.2}
    epochs = max(4, min(40, 40_000 // max(1, samples)))
    batch = 32 if samples < 4000 else 128
    if group in ("table", "text"):
        epochs = min(epochs, 20)
    return {"epochs": epochs, "batch_size": batch, "learning_rate": 3e-3, **held}
