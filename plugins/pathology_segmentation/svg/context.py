"""The state that SVG elements inherit from their parents, and how an element's style changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from xml.etree.ElementTree import Element

import numpy as np

from ..polygon import FillRule, Shape
from .css import CSS_ONLY, Style
from .geometry import Viewport
from .lengths import length_of
from .transforms import Matrix, transform_of, translation

VISIBILITY = {"visible": True, "initial": True, "hidden": False, "collapse": False}
FILL_RULES: dict[str, FillRule] = {"nonzero": "nonzero", "evenodd": "evenodd", "initial": "nonzero"}
NO_EFFECT = ("", "none", "normal", "auto", "initial", "visible", "view-box", "1")

T = TypeVar("T")


@dataclass(frozen=True)
class Context:
    """The inherited state of an element."""

    matrix: Matrix
    viewport: Viewport
    fill_rule: FillRule = "nested"
    clip_rule: FillRule = "nonzero"
    in_clip: bool = False
    visible: bool = True
    clips: tuple[tuple[Shape, ...], ...] = ()
    depth: int = 0
    used: tuple[Element, ...] = ()


def with_style(context: Context, style: Style) -> Context:
    """Apply an element's own transform and its inherited properties. Raises ValueError."""
    _refuse_effects(style)
    matrix = context.matrix @ own_transform(style, context.viewport)
    if not np.isfinite(matrix).all():
        raise ValueError("a coordinate that is not finite")
    return replace(
        context,
        matrix=matrix,
        visible=_inherited(style, "visibility", VISIBILITY, context.visible),
        fill_rule=_inherited(style, "fill-rule", FILL_RULES, context.fill_rule),
        clip_rule=_inherited(style, "clip-rule", FILL_RULES, context.clip_rule),
    )


def moved(ring: np.ndarray, matrix: Matrix) -> np.ndarray:
    """Transform points (P, 2). Raises ValueError if the result is not finite."""
    with np.errstate(all="ignore"):
        points = np.c_[ring, np.ones(len(ring))] @ matrix[:2].T
    if not np.isfinite(points).all():
        raise ValueError("a coordinate that is not finite")
    return np.asarray(points)


def style_text(style: Style, name: str) -> str:
    """Return a property's value, an empty text where it is not set."""
    return style[name].text if name in style else ""


def _refuse_effects(style: Style) -> None:
    """Refuse properties that hide or move area in a way that is not supported."""
    for name in (*sorted(CSS_ONLY), "mask", "filter"):
        text = style_text(style, name).lower()
        if text not in NO_EFFECT:
            raise ValueError(f"{name}: {text[:60]!r} is not supported")
    opacity = style_text(style, "opacity")
    try:
        seen = not opacity or opacity in ("inherit", "initial", "unset") or length_of(opacity, 1.0) > 0
    except ValueError:
        raise ValueError(f"opacity {opacity[:40]!r} is not understood") from None
    if not seen:
        raise ValueError("opacity 0: show the outline or delete it")


def own_transform(style: Style, viewport: Viewport) -> Matrix:
    """Compute an element's own transform, around its origin."""
    matrix = transform_of(style_text(style, "transform"))
    origin = style_text(style, "transform-origin").split()
    if not origin or (matrix == np.eye(3)).all():
        return matrix
    if len(origin) == 3:
        origin = origin[:2] if length_of(origin[2], None) == 0 else []
    if len(origin) != 2:
        raise ValueError(f"transform-origin {style_text(style, 'transform-origin')!r} is not supported")
    x, y = (length_of(text, side) for text, side in zip(origin, viewport, strict=True))
    return np.asarray(translation(x, y) @ matrix @ translation(-x, -y))


def _inherited(style: Style, name: str, values: Mapping[str, T], above: T) -> T:
    text = style_text(style, name).lower()
    if text in ("", "inherit", "unset"):
        return above
    if text not in values:
        raise ValueError(f"{name}: {text[:40]!r} is not understood")
    return values[text]
