"""Figures by Matplotlib, without a screen."""

from __future__ import annotations

import io
from typing import Any


def blank_figure(width: float, height: float) -> tuple[Any, Any]:
    """Return a Matplotlib figure of this size in inches, and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def png_of(figure: Any) -> bytes:
    """Return a figure as PNG. The same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()
