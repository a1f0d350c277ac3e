"""Transcripts of the documentation: commands after ``$`` in ``console`` blocks, each with the output that follows it.

Outputs are compared loosely. Every line that is shown must be printed, in the same order, with any numbers in place of
those shown and any spaces; lines that are not shown may stand between. ``...`` stands for any text. The name of a run
that is shown stands, in later commands, for that of the run that was printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
RUN = re.compile(r"\d{8}-\d{6}-\w+")


@dataclass(frozen=True)
class Entry:
    """A command and the lines that are shown below it."""

    command: str
    shown: tuple[str, ...]


def entries(page: Path) -> list[Entry]:
    """Read the transcript of a page."""
    found: list[tuple[str, list[str]]] = []
    for block in BLOCK.findall(page.read_text("utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            elif line.strip():
                found[-1][1].append(line)
    return [Entry(command, tuple(shown)) for command, shown in found]


def replay(transcript: Iterable[Entry], execute: Callable[[str], str]) -> list[str]:
    """Execute the commands in turn and return what disagrees: nothing, if the transcript is true."""
    names: dict[str, str] = {}
    wrong = []
    for entry in transcript:
        command = RUN.sub(lambda match: names.get(match[0], match[0]), entry.command)
        printed = execute(command)
        missing = compare(entry.shown, printed, names)
        if missing is not None:
            wrong.append(f"$ {command}\nnot printed: {missing}\nprinted:\n{printed}")
    return wrong


def compare(shown: Iterable[str], printed: str, names: dict[str, str]) -> str | None:
    """Return the first shown line that was not printed, or None; notes the names of runs."""
    waiting = iter(printed.splitlines())
    for line in shown:
        pattern = _pattern(line)
        matched = next((other for other in waiting if pattern.fullmatch(_plain(other))), None)
        if matched is None:
            return line
        names.update(zip(RUN.findall(line), RUN.findall(matched), strict=False))
    return None


def _plain(line: str) -> str:
    return re.sub(r"[\s\u2500-\u257f]+", " ", line).strip()


def _pattern(line: str) -> re.Pattern[str]:
    """The line with numbers for numbers, the longest text for ``...``."""
    literal = re.escape(_plain(line)).replace(r"\ ", " ")
    literal = literal.replace(re.escape("..."), ".*")
    return re.compile(re.sub(r"\d+(?:(?:\\\.|,)\d+)*", lambda _: r"\\d+(?:[.,]\\d+)*".replace("\\\\", "\\"), literal))
