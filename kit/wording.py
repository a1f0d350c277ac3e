"""Short pieces of text that many messages need: a count with its noun, a shortened list, a score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun in the singular or plural.

    >>> counted(1, "row"), counted(1000, "row"), counted(2, "class", "classes")
    ('1 row', '1,000 rows', '2 classes')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(items: Sequence[object], limit: int = 5) -> str:
    """The first ``limit`` items, and how many more there are.

    >>> listed(["a", "b"]), listed(range(7))
    ('a, b', '0, 1, 2, 3, 4 and 2 more')
    """
    more = f" and {len(items) - limit:,} more" if len(items) > limit else ""
    return ", ".join(str(item) for item in items[:limit]) + more


def score_text(value: float | None) -> str:
    """A score with five decimals, with six significant digits if it is tiny or huge, and ``-`` if there is none.

    >>> score_text(0.99286), score_text(1.5e-7), score_text(None)
    ('0.99286', '1.5e-07', '-')
    """
    if value is None:
        return "-"
    return f"{value:.5f}" if value == 0 or 1e-3 <= abs(value) < 1e6 else f"{value:.6g}"


def age_text(seconds: float | None) -> str:
    """How long ago something was, in its largest unit.

    >>> age_text(59), age_text(3600 * 5), age_text(86400 * 3), age_text(None)
    ('59 s', '5 h', '3 d', '-')
    """
    if seconds is None:
        return "-"
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length):,} {unit}"
    return f"{max(0, int(seconds))} s"


def missing_numbers(names: Iterable[str]) -> str:
    """Say which whole numbers are missing between the lowest and the highest of these; an empty text for none.

    >>> missing_numbers(["2", "3", "6"])
    '2 numbers missing from 2 to 6: 4, 5'
    """
    numbers = set(map(int, names))
    missing = sorted(set(range(min(numbers), max(numbers) + 1)) - numbers) if numbers else []
    if not missing:
        return ""
    return f"{counted(len(missing), 'number')} missing from {min(numbers)} to {max(numbers)}: {listed(missing)}"
