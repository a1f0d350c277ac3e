"""Messages and progress on standard error: a bar with rate and time left in a terminal, silence elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]


def say(message: str) -> None:
    """Print a message for the user."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def progress(label: str, total: int, unit: str, *, shown: bool = True) -> Iterator[Advance]:
    """Show how far ``total`` units have come; the block calls what it gets with the number of units just done."""
    if not shown or not sys.stderr.isatty():
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
