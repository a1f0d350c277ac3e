"""Outlines in SVG."""

from .reader import read_svg

__all__ = ["read_svg"]
