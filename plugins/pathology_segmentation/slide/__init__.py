"""Slides on disk: their headers, and their pixels region by region."""

from .reader import Slide, as_rgb, open_slide, read_picture

__all__ = ["Slide", "as_rgb", "open_slide", "read_picture"]
