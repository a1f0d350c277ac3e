"""Slides on disk: their headers, and their pixels region by region."""

from .reader import Slide, open_slide

__all__ = ["Slide", "open_slide"]
