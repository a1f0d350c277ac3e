"""The most confident mistakes of a classifier, with pictures of their samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kit.console import warn
from kit.contract.report import Evidence
from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.data.pictures import picture
from kit.report.classification import ClassPredictions, mistakes
from kit.report.explained import explained_picture
from kit.report.pictures import Picture, encode

NO_IMAGE = "not an image"


@dataclass(frozen=True)
class Mistake:
    """A wrong prediction: its sample, the true and the predicted class with their probabilities, and pictures.

    ``heat`` is the picture with the task's explanation map over it, or the sample as the model sees it; ``reason`` is
    why there is no picture.
    """

    id: str
    truth: int
    guess: int
    confidence: float
    true_probability: float
    picture: Picture | None
    heat: Picture | None
    reason: str


def confident_mistakes(task: Task, evidence: Evidence, predicted: ClassPredictions, limit: int = 12) -> list[Mistake]:
    """The wrong predictions with the highest confidence, in order, with pictures of those that are images."""
    found = []
    for row in mistakes(predicted, limit):
        sample = evidence.samples[predicted.positions[row]]
        truth, guess = int(predicted.truth[row]), int(predicted.guess[row])
        image, heat, reason = _pictures(task, sample, evidence.maps)
        confidence, of_truth = (float(predicted.probabilities[row, label]) for label in (guess, truth))
        found.append(Mistake(str(sample.id), truth, guess, confidence, of_truth, image, heat, reason))
    reasons = {mistake.reason for mistake in found if mistake.reason and mistake.reason != NO_IMAGE}
    for reason in sorted(reasons):
        warn(f"a picture for the report could not be made: {reason}")
    return found


def _pictures(task: Task, sample: Sample, maps: Mapping[str, np.ndarray]) -> tuple[Picture | None, Picture | None, str]:
    try:
        image = picture(task, sample)
        if image is None:
            return None, None, NO_IMAGE
        return encode(image), explained_picture(task, sample, image, maps.get(sample.id)), ""
    except Exception as error:  # from a plugin's picture or a missing file: the mistake is listed without one
        return None, None, f"{type(error).__name__}: {error}"
