"""What training can be told."""

from __future__ import annotations

from dataclasses import dataclass

from kit import TrainConfig


@dataclass(frozen=True, kw_only=True)
class CaptchaConfig(TrainConfig):
    """The kit's settings, and how training mixes given images with fresh ones."""

    generated: float = 0.9
    """The share of training examples that are drawn afresh instead of read."""
    repeats: int = 6
    """How often an epoch takes each training image; a drawn one takes its place as often as ``generated`` says."""
    images: int = 24_000
    """The most examples an epoch shows."""
    binarised: float = 0.25
    """The share of training examples that are binarised, as some copies of the contest's images are."""


@dataclass(frozen=True, kw_only=True)
class FinalConfig(CaptchaConfig):
    """Round 2's settings."""

    located: float = 1.0
    """The weight of knowing at which step a drawn character stands, beside CTC."""
