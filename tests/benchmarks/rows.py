"""The measured networks, one row each. To measure another network, add a row to ``ROWS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """A network and the shape of its input.

    ``paddle`` and ``torch`` build the same network, as 'module:function' of this folder or (Paddle's) as 'task/model',
    so each engine's process imports only its own framework; ``torch`` may be None. ``shape`` is the shape of a batch.
    ``loss`` is 'classes' (logits (B, C)), 'ctc' (logits (T, B, C), blank 0) or 'mean' of any output; C is ``classes``,
    a line has ``text`` characters.
    """

    name: str
    title: str
    paddle: str
    torch: str | None
    shape: tuple[int, ...]
    loss: str = "classes"
    classes: int = 10
    text: int = 0


ROWS = (
    Row("digit", "digit CNN of the article", "networks_paddle:digit", "networks_torch:digit", (128, 1, 28, 28)),
    Row(
        "captcha",
        "captcha CRNN of the article",
        "networks_paddle:captcha",
        "networks_torch:captcha",
        (64, 3, 80, 170),
        loss="ctc",
        classes=37,
        text=4,
    ),
    Row(
        "volume",
        "3D CNN 8-16-32-64",
        "networks_paddle:volume",
        "networks_torch:volume",
        (64, 1, 16, 16, 16),
        classes=2,
    ),
    Row(
        "digits",
        "digit_recognizer, default",
        "digit_recognizer/default",
        "networks_torch:digits",
        (64, 1, 28, 28),
    ),
    Row(
        "slides", "pathology_segmentation, default", "pathology_segmentation/unet", None, (8, 3, 192, 192), loss="mean"
    ),
    Row("eye", "eye_disease, default", "eye_disease/residual", None, (16, 3, 128, 128), loss="mean"),
    Row(
        "backbone",
        "EfficientNet-Lite0, pooled features",
        "networks_paddle:backbone",
        "networks_torch:backbone",
        (32, 3, 224, 224),
        loss="mean",
    ),
    Row(
        "fine_tuning",
        "EfficientNet-Lite0, last five stages",
        "networks_paddle:fine_tuning",
        "networks_torch:fine_tuning",
        (32, 3, 224, 224),
        loss="mean",
    ),
    Row(
        "lung",
        "lung_nodules, default",
        "lung_nodules/cnn3d",
        "networks_torch:nodule",
        (32, 1, 32, 32, 32),
        loss="mean",
    ),
    Row(
        "cluttered",
        "cluttered_digits, default",
        "cluttered_digits/default",
        "networks_torch_tasks:cluttered",
        (64, 1, 40, 40),
    ),
    Row("stn", "cluttered_digits, stn", "cluttered_digits/stn", "networks_torch_tasks:stn", (64, 1, 40, 40)),
    Row("solids", "digits_3d, default", "digits_3d/default", "networks_torch_tasks:solids", (64, 2, 28, 28)),
    Row("cifar10", "cifar10, default", "cifar10/default", "networks_torch_tasks:cifar10", (128, 3, 32, 32)),
    Row(
        "photographs",
        "cats_dogs, scratch",
        "cats_dogs/scratch",
        "networks_torch_tasks:photographs",
        (32, 3, 96, 96),
        loss="mean",
    ),
)


def named(name: str) -> Row:
    """Return the row of that name."""
    return next(row for row in ROWS if row.name == name)


def builder(path: str) -> Callable[[], Any]:
    """Return the function that 'module:function' names in this folder, or the one that builds a task's model."""
    from importlib import import_module

    if "/" in path:
        return lambda: _model(*path.split("/"))
    module, _, function = path.partition(":")
    found: Callable[[], Any] = getattr(import_module(f"{__package__}.{module}"), function)
    return found


def _model(task: str, model: str) -> Any:
    from kit.contract.settings import configure
    from kit.discovery import discover

    found = discover().task(task)
    return found.model(model)[1].build(configure(found, {"model": model}))
