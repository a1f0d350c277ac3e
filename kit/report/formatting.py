"""Values as text for a page: numbers, percentages, sizes, durations, times, and anything else cut short."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

LONGEST = 300  # characters
UNITS = ("B", "KB", "MB", "GB", "TB")


def number(value: Any) -> str:
    """A number for display: integers with thousands separators, others with five decimals, as on the leaderboard.

    >>> number(0.98700001), number(12345), number(1.5e-7), number(None), number("a")
    ('0.98700', '12,345', '1.5e-07', '–', 'a')
    """
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, Real):
        return brief(value)
    if isinstance(value, Integral):
        return f"{int(value):,}"
    real = float(value)
    if not math.isfinite(real) or real == 0:
        return f"{real:g}"
    if abs(real) < 1e-3 or abs(real) >= 1e6:
        return f"{real:.4g}"
    return f"{real:.5f}" if abs(real) < 10 else f"{real:,.2f}"


def percent(value: Any, decimals: int = 1) -> str:
    """A fraction as a percentage, or a dash if there is none.

    >>> percent(0.98712), percent(None)
    ('98.7%', '–')
    """
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
    while abs(amount) >= 999.95 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.1f} {UNITS[unit]}" if unit else f"{amount:.0f} B"


def duration(value: Any) -> str:
    """Seconds as a duration.

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


def timestamp(value: Any) -> str:
    """An ISO 8601 time to the minute, in its own time zone.

    >>> timestamp("2026-01-31T12:00:59+00:00"), timestamp("soon")
    ('2026-01-31 12:00 UTC', 'soon')
    """
    try:
        when = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        return brief(value)
    zone = "" if when.tzinfo is None else f" {when.tzname()}"
    return f"{when:%Y-%m-%d %H:%M}{zone}"


def brief(value: Any) -> str:
    """Any value as one short line of text: lists are joined, long text is cut in the middle."""
    if isinstance(value, Mapping):
        value = ", ".join(f"{key}: {brief(item)}" for key, item in value.items())
    elif isinstance(value, list | tuple):
        value = ", ".join(brief(item) for item in value)
    elif isinstance(value, float):
        value = f"{value:.6g}"
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 60]} … {text[-50:]}"
