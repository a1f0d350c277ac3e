"""The report's pictures of single samples, and the task's own figures; a plugin that fails here spoils nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kit.console import warn
from kit.contract.report import Evidence
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.report.classification import Judged, mistakes
from kit.report.pictures import Picture, data_uri, encode, overlay, picture

PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Mistake:
    """A wrong prediction: its sample, the true and the predicted class with their probabilities, and pictures.

    ``heat`` is the picture under the task's explanation map; ``reason`` says why there is no picture.
    """

    id: str
    truth: int
    guess: int
    confidence: float
    true_probability: float
    picture: Picture | None
    heat: Picture | None
    reason: str


def confident_mistakes(task: Task, evidence: Evidence, judged: Judged, limit: int = 12) -> list[Mistake]:
    """The surest wrong predictions, surest first, with pictures where the samples can be shown."""
    found = []
    for row in mistakes(judged, limit):
        sample = evidence.samples[judged.positions[row]]
        truth, guess = int(judged.truth[row]), int(judged.guess[row])
        image, heat, reason = _pictures(task, sample, evidence.maps)
        sure, true = float(judged.probabilities[row, guess]), float(judged.probabilities[row, truth])
        found.append(Mistake(str(sample.id), truth, guess, sure, true, image, heat, reason))
    reasons = {mistake.reason for mistake in found if mistake.reason and mistake.reason != NO_IMAGE}
    for reason in sorted(reasons):
        warn(f"a picture for the report could not be made: {reason}")
    return found


NO_IMAGE = "not an image"


def _pictures(task: Task, sample: Sample, maps: Mapping[str, np.ndarray]) -> tuple[Picture | None, Picture | None, str]:
    try:
        image = picture(task, sample)
        if image is None:
            return None, None, NO_IMAGE
        heat = encode(overlay(image, maps[sample.id])) if sample.id in maps else None
        return encode(image), heat, ""
    except Exception as error:  # a plugin's picture, or a file that is gone: the mistake is still worth listing
        return None, None, _words(error)


@dataclass(frozen=True)
class Shown:
    """One of the task's own figures as it stands in the page; ``failure`` says why there is none."""

    title: str
    uri: str = ""
    caption: str = ""
    failure: str = ""


def task_figures(task: Task, evidence: Evidence | None) -> list[Shown]:
    """The task's figures. Those made before one fails are kept; the failure takes the next place and is said aloud."""
    if task.figures is None or evidence is None:
        return []
    shown = []
    try:
        for figure in task.figures(evidence):
            if not figure.png.startswith(PNG):
                raise ValueError(f"figure {figure.title!r} is not a PNG")
            shown.append(Shown(figure.title, data_uri(figure.png, "image/png"), figure.caption))
    except Exception as error:  # drawn by a plugin: its bug must not cost the user the report
        warn(f"a figure of task {task.name} could not be drawn: {_words(error)}")
        shown.append(Shown("A figure that could not be drawn", failure=_words(error)))
    return shown


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
