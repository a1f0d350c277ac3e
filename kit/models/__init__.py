"""Networks and estimators: built, kept on disk, what they minimise, and pretrained backbones.

The names below are for plugins; they are imported when they are first used, since they import Paddle.
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = {
    "EfficientNetLite": "backbone",
    "efficientnet_lite": "backbone",
    "TransferNetwork": "transfer",
    "EncoderUNet": "segmentation",
    "encoder_unet": "segmentation",
    "fit_head": "transfer",
    "transfer_network": "transfer",
    "warp": "warping",
    "LIGHTGBM": "estimator_types",
    "XGBOOST": "estimator_types",
}

__all__ = [
    "LIGHTGBM",
    "XGBOOST",
    "EfficientNetLite",
    "EncoderUNet",
    "TransferNetwork",
    "efficientnet_lite",
    "encoder_unet",
    "fit_head",
    "transfer_network",
    "warp",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
