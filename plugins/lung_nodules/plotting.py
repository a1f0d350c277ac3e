"""Figures of matplotlib as PNG bytes."""

from __future__ import annotations

import io
from typing import Any


def png(figure: Any) -> bytes:
    """Return a figure as PNG bytes without a time stamp, and close it."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    plt.close(figure)
    return buffer.getvalue()
