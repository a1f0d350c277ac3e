"""Everything the user reads in a terminal: messages and progress on standard error, results on standard output.

Names of files, members of archives and texts of plugins come from outside. Their control characters could rewrite the
terminal, so every function here replaces them; nothing else in the kit prints.

How much is printed is one of :data:`LEVELS`; ``KIT_LOG``, ``--quiet`` and ``--verbose`` choose it.
Results, warnings and errors are printed at every level, messages and progress from ``info`` on, details at ``debug``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.table import Table

Advance = Callable[[int], None]

# Control characters but tab and line feed, line separators, marks that reverse the direction of text, and surrogates,
# which stand for the bytes of a file name that is not UTF-8.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
MINIMUM_WIDTH = 80
LEVELS = ("quiet", "info", "debug")
STARTED = time.perf_counter()
FALLBACKS = str.maketrans({"–": "..", "±": "+-"})


_chosen: list[str] = []
_block: list[str] = []  # what redraw drew last, then the messages since


def level() -> str:
    """The level that was chosen last; without one that of ``KIT_LOG``, else ``info``."""
    name = _chosen[-1] if _chosen else os.environ.get("KIT_LOG", "")
    return name if name in LEVELS else "info"


@contextmanager
def at_level(name: str) -> Iterator[None]:
    """Print as much as a level says within the block."""
    _chosen.append(name)
    try:
        yield
    finally:
        _chosen.pop()


def info(message: object) -> None:
    """Print a message on standard error, unless the level is ``quiet``."""
    if level() != "quiet":
        error(message)


def status(message: object) -> None:
    """Print what begins now and may take seconds, where somebody watches: on a terminal, or at the level ``debug``."""
    if level() == "debug":
        debug(message)
    elif sys.stderr.isatty():
        info(f"{message} ...")


def debug(message: object) -> None:
    """Print a detail on standard error at the level ``debug``, with the seconds since the start."""
    if level() == "debug":
        error(f"debug: {time.perf_counter() - STARTED:.2f} s  {message}")


def warn(message: object) -> None:
    """Print a warning on standard error."""
    error(f"warning: {message}")


def error(message: object) -> None:
    """Print a message on standard error at every level."""
    _print(printable(message), sys.stderr, "backslashreplace")


def output(result: object = "") -> None:
    """Print a line of a command's result on standard output."""
    _print(printable(result), sys.stdout, "replace")  # one character for one keeps the columns of a table


def output_path(path: Path) -> None:
    """Print a path as a command's result. A pipe gets the exact bytes of a name that is not UTF-8."""
    text = os.fspath(path)
    exact = UNPRINTABLE.sub(lambda match: match[0] if match[0] >= "\ud800" else _escape(match), text)
    buffer = getattr(sys.stdout, "buffer", None)
    if exact == printable(text) or buffer is None or sys.stdout.isatty():
        output(text)
        return
    sys.stdout.flush()
    buffer.write(os.fsencode(exact) + b"\n")
    buffer.flush()


def output_json(value: Any) -> None:
    """Print a command's result as JSON in ASCII on standard output. Raises ValueError for NaN and infinity."""
    text = json.dumps(value, indent=2, allow_nan=False)
    _print(UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text), sys.stdout, "strict")


def table_text(table: Table) -> str:
    """Render a table as plain text, wider than a narrow window if needed: numbers are not cut and only names fold."""
    from rich.console import Console
    from rich.measure import Measurement

    console = Console(highlight=False, markup=False, emoji=False, force_terminal=False)
    console.width = max(console.width, MINIMUM_WIDTH, Measurement.get(console, console.options, table).minimum)
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def printable(text: object, *, one_line: bool = False) -> str:
    r"""Replace control characters by their escapes; with ``one_line`` also tabs and line feeds.

    >>> printable("scan\x1b[2J.mhd")
    'scan\\x1b[2J.mhd'
    """
    safe = UNPRINTABLE.sub(_escape, str(text))
    return safe.replace("\t", "\\t").replace("\n", "\\n") if one_line else safe


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def _print(text: str, stream: TextIO, errors: str) -> None:
    if not _can_encode(text, stream):  # a pipe on Windows, a locale without UTF-8, a file name that is not UTF-8
        text = text.translate(FALLBACKS).encode(stream.encoding, errors).decode(stream.encoding)
    print(text, file=stream, flush=True)
    if _block and stream is sys.stderr:
        _block.append(text)


def redraw(draw: Callable[[bool], str]) -> None:
    """Draw a block on standard error in place of the one before; messages printed since then stay above it.

    ``draw`` gets whether the stream holds more than ASCII. Nothing is drawn, or called, without a terminal, or at the
    level ``quiet``.
    """
    if not sys.stderr.isatty() or level() == "quiet":
        return
    block = printable(draw(_can_encode("⠿─", sys.stderr)))
    since, columns = list(_block[1:]), shutil.get_terminal_size().columns
    rows = sum(max(1, -(-len(line) // columns)) for text in _block for line in text.split("\n"))
    _block.clear()
    if since and rows < shutil.get_terminal_size().lines and os.environ.get("TERM") != "dumb":
        print(f"\x1b[{rows}A\x1b[J", end="", file=sys.stderr, flush=True)
        for text in since:
            _print(text, sys.stderr, "backslashreplace")
    _print(block, sys.stderr, "backslashreplace")
    _block.append(block)


def _can_encode(text: str, stream: TextIO) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def progress(label: str, total: int, unit: str, *, shown: bool = True) -> Iterator[Advance]:
    """Show how far ``total`` units have come; the block calls what it gets with the number of units just done."""
    if not shown or not sys.stderr.isatty() or level() == "quiet":
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    ]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        row = bar.add_task(label, total=total, rate="")

        def advance(count: int) -> None:
            speed = bar.tasks[row].speed
            bar.update(row, advance=count, rate=f"{speed:,.0f}/s" if speed else "")

        yield advance
