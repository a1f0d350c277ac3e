"""HTML pages: one Jinja environment that escapes everything, one style sheet, one strict content security policy."""

from __future__ import annotations

import base64
import datetime
import functools
import hashlib
import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import jinja2
from markupsafe import Markup

LONGEST = 300
_CYCLE = ("B", "KB", "MB", "GB", "TB")


def render(template: str, context: Mapping[str, Any]) -> str:
    """Render a template of ``kit/templates`` that extends ``page.html`` to a self-contained page.

    The policy in the page lets a browser use this style sheet and embedded images and nothing else: no script, no
    request, no frame, no form. Text that UTF-8 cannot hold (lone surrogates of odd file names) becomes ``?``.
    """
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    # The style sheet is the kit's own file; escaping it would break its hash.
    page = _environment().get_template(template).render({**context, "style": Markup(style), "policy": policy})  # noqa: S704
    return page.encode("utf-8", "replace").decode("utf-8")


@functools.lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kit", "templates"),
        autoescape=True,
        # A run's files may lack what an older or a killed run did not write: such places stay empty.
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(figure=figure, size=size, duration=duration, brief=brief, share=share, moment=moment)
    return environment


def _style() -> str:
    source, _, _ = jinja2.PackageLoader("kit", "templates").get_source(_environment(), "style.css")
    return source


def figure(value: Any) -> str:
    """A number as a reader wants it: integers with thousands marks, others with five decimals, as boards do.

    >>> figure(0.98700001), figure(12345), figure(1.5e-7), figure(None), figure("a")
    ('0.98700', '12,345', '1.5e-07', '–', 'a')
    """
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, Real):
        return brief(value)
    if isinstance(value, Integral):
        return f"{int(value):,}"
    number = float(value)
    if not math.isfinite(number) or number == 0:
        return f"{number:g}"
    if abs(number) < 1e-3 or abs(number) >= 1e6:
        return f"{number:.4g}"
    return f"{number:.5f}" if abs(number) < 10 else f"{number:,.2f}"


def share(value: Any, decimals: int = 1) -> str:
    """A rate as per cent: ``98.7%``; an unknown one as a dash."""
    if not isinstance(value, Real) or not math.isfinite(float(value)):
        return "–"
    return f"{100 * float(value):.{decimals}f}%"


def size(value: Any) -> str:
    """A number of bytes in decimal units.

    >>> size(999), size(1_234_567), size(None)
    ('999 B', '1.2 MB', '–')
    """
    if not isinstance(value, Real) or not math.isfinite(float(value)):
        return "–"
    amount, unit = float(value), 0
    while abs(amount) >= 999.95 and unit < len(_CYCLE) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.1f} {_CYCLE[unit]}" if unit else f"{amount:.0f} B"


def duration(value: Any) -> str:
    """Seconds in words.

    >>> duration(4.26), duration(75), duration(7325), duration(None)
    ('4.3 s', '1 min 15 s', '2 h 02 min', '–')
    """
    if not isinstance(value, Real) or not math.isfinite(float(value)):
        return "–"
    seconds = float(value)
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def moment(value: Any) -> str:
    """An ISO 8601 time to the minute, as it was written down.

    >>> moment("2026-01-31T12:00:59+00:00"), moment("soon")
    ('2026-01-31 12:00 UTC', 'soon')
    """
    try:
        when = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        return brief(value)
    zone = "" if when.tzinfo is None else f" {when.tzname()}"
    return f"{when:%Y-%m-%d %H:%M}{zone}"


def brief(value: Any) -> str:
    """Any value as one short line of text: lists joined, long text cut in its middle."""
    if isinstance(value, Mapping):
        value = ", ".join(f"{key}: {brief(item)}" for key, item in value.items())
    elif isinstance(value, list | tuple):
        value = ", ".join(brief(item) for item in value)
    elif isinstance(value, float):
        value = f"{value:.6g}"
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 60]} … {text[-50:]}"
