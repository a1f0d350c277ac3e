"""A sample as a model's explanation shows it: the map over the picture, or the task's own drawing of the map."""

from __future__ import annotations

import numpy as np

from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.pictures import as_image
from kit.report.pictures import LONGEST_SIDE, Picture, encode, overlay


def explained_picture(
    task: Task, sample: Sample, image: np.ndarray, found: np.ndarray | None, longest: int = LONGEST_SIDE
) -> Picture | None:
    """Draw a sample's map, over its picture uint8 (H, W[, 3]) or as the task sees it; None where nothing is."""
    if found is None:
        return None
    if task.seen is None:
        return encode(overlay(image, found), longest) if found.ndim == 2 else None
    own = task.seen(sample, found)
    drawn = None if own is None else as_image(own)
    return None if drawn is None else encode(drawn, longest)
