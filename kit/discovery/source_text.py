"""Values as Python source: what comes from a contest's files is written as literals and can be nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 120


def literal(value: Any, before: int = 0, after: int = 0) -> str:
    """A text, number, tuple or mapping as source, formatted as ruff does.

    ``before`` and ``after`` are the characters that stand on the line before and after it. A tuple or mapping that is
    too long for the line has a line for each item.

    >>> literal(("a", 'b"'))
    '("a", \\'b"\\')'
    """
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        items = [f"{literal(key)}: {literal(item)}" for key, item in value.items()]
        return _bracketed(items, "{", "}", before + after)
    if isinstance(value, Sequence):
        items = [literal(item) for item in value]
        if len(items) == 1:
            return f"({items[0]},)"
        return _bracketed(items, "(", ")", before + after)
    return repr(value)


def quoted(text: str) -> str:
    """A text as a Python literal in double quotes, or in single ones if it holds double ones."""
    if not text.isprintable():
        return ascii(text)
    if '"' in text and "'" not in text:
        return "'" + text.replace("\\", "\\\\") + "'"
    return json.dumps(text, ensure_ascii=False)


def sentence(text: str) -> str:
    """A text that can stand in a docstring or in Markdown: one line without quotes, backslashes and backticks.

    >>> sentence('a "b"\\n`c`')
    'a b c'
    """
    kept = "".join(mark if mark.isprintable() and mark not in '"\\`<>|{}$' else " " for mark in text)
    return " ".join(kept.split())


def _bracketed(items: Sequence[str], opening: str, closing: str, others: int) -> str:
    short = opening + ", ".join(items) + closing
    if len(short) + others <= WIDTH:
        return short
    return opening + "\n" + "".join(f"    {item},\n" for item in items) + closing


def names(items: Sequence[str], before: int) -> str:
    """Sorted names after ``from MODULE import``, which has ``before`` characters; in brackets where they are many."""
    ordered = sorted(items)
    short = ", ".join(ordered)
    if len(short) + before <= WIDTH:
        return short
    return "(\n" + "".join(f"    {item},\n" for item in ordered) + ")"
