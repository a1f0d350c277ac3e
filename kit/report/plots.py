"""Plots for a page: drawn by matplotlib without a screen, as SVG with the same bytes each time, light and dark."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import matplotlib.style
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from kit.report.pictures import data_uri

Draw = Callable[[Axes], None]
# Okabe and Ito's palette, which colour-blind readers can distinguish, and the tone of each on a dark page.
LINES = {
    "#0072b2": "#56b4e9",
    "#d55e00": "#f0884a",
    "#009e73": "#3cc9a0",
    "#cc79a7": "#e39cc4",
    "#9a7b00": "#f0e442",
    "#3f7fd0": "#7fa8ff",
    "#5b5b5b": "#b8b8b8",
    "#7a3e9d": "#c49be8",
}
GREY = "#5b5b5b"
DASHED = (0, (3, 2))
INK, SOFT, FAINT = "#1b2330", "#5a6577", "#dfe4ea"
DARK = {**LINES, INK: "#e6ebf2", SOFT: "#9aa7b8", FAINT: "#2a3442"}
WIDTH, HEIGHT = 4.8, 3.1  # inches: narrow, so that text is readable on a phone


@dataclass(frozen=True)
class Plot:
    """One plot as two data URIs (for a light and a dark page), with its text alternative."""

    light: str
    dark: str
    title: str
    alt: str
    caption: str = ""


def plot(draw: Draw, title: str, alt: str, caption: str = "") -> Plot:
    """Draw for a light page, and replace the colours for a dark one."""
    light = _svg(draw)
    dark = re.sub("|".join(DARK), lambda found: DARK[found[0]], light)
    kind = "image/svg+xml"
    return Plot(data_uri(light.encode(), kind), data_uri(dark.encode(), kind), title, alt, caption)


def _svg(draw: Draw) -> str:
    settings = {
        "svg.hashsalt": "contest-kit",  # element names are hashed with it: a fixed value keeps the bytes the same
        "svg.fonttype": "none",
        "font.size": 9.5,
        "text.color": INK,
        "axes.edgecolor": FAINT,
        "axes.labelcolor": SOFT,
        "axes.prop_cycle": cycler(color=list(LINES)),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": FAINT,
        "grid.linewidth": 0.7,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "lines.linewidth": 1.7,
        "legend.frameon": False,
        "legend.fontsize": 8.5,
    }
    # The user's matplotlibrc must not change the page, so the library's defaults come first.
    with matplotlib.style.context(["default", settings]):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.subplots())
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return buffer.getvalue().decode()
