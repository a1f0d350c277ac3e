"""The reliability diagram of a classifier's held-out predictions."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from kit.report.calibration import Calibration
from kit.report.plots import DASHED, GREY, Plot, plot


def reliability_plot(calibration: Calibration) -> Plot:
    """Plot how often predictions were true against their probability, with the number of samples in each bin."""
    label = "predicted probability of class 1" if calibration.binary else "probability of the predicted class"
    return plot(
        lambda axes: _reliability(axes, calibration, label),
        "Calibration",
        f"Reliability diagram over {calibration.bins} bins; expected calibration error {calibration.error:.4f}.",
        f"Expected calibration error {calibration.error:.4f} over {calibration.bins} bins of equal width. On the dashed"
        " line predictions are true as often as their probability says; below it the model is overconfident. The"
        " numbers are counts of samples.",
    )


def _reliability(axes: Axes, calibration: Calibration, label: str) -> None:
    axes.plot([0, 1], [0, 1], linestyle=DASHED, linewidth=1, color=GREY)
    area = 18 + 150 * np.sqrt(calibration.count / calibration.count.max())
    axes.plot(calibration.confidence, calibration.rate, color="C0", alpha=0.5, linewidth=1.2)
    axes.scatter(calibration.confidence, calibration.rate, s=area, color="C0", alpha=0.85, linewidths=0)
    for x, y, count in zip(calibration.confidence, calibration.rate, calibration.count, strict=True):
        near = (0, -15) if y > 0.9 else (0, 10)
        axes.annotate(f"{count:,}", (x, y), xytext=near, textcoords="offset points", ha="center", fontsize=7.5)
    axes.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.06), xlabel=label, ylabel="fraction that is true")
