"""How time and memory grow with the work: rows, recorded submissions, samples, slides and scans.

``python -m tests.benchmarks.growth [SERIES...] [--json FILE] [--plot FILE]`` prints two tables. Every point is measured
in a process of its own, with its own peak memory. Processor seconds are compared, since other work on the machine
hardly changes them. For each further size the cost of one more unit is computed; where cost is linear, it is the same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from tests.benchmarks import growth_data

ROOT = Path(__file__).parents[2]
INSIDE = (sys.executable, "-m", "tests.benchmarks.growth_data")


@dataclass(frozen=True)
class Series:
    """Work of growing size. ``command`` are its arguments in the folder that ``prepare`` has filled.

    ``kit`` stands for the command line, ``inside`` for a function of :mod:`growth_data`; ``SIZE`` is replaced.
    """

    unit: str
    sizes: tuple[int, ...]
    prepare: Callable[[Path, int], None]
    command: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """One measurement: processor and clock seconds, and the peak memory of the largest process in MB."""

    series: str
    size: int
    cpu: float
    seconds: float
    megabytes: float


SERIES = {
    "check, the format": Series(
        "rows", (10**4, 10**5, 10**6, 10**7), growth_data.rows, ("kit", "check", "rows", "rows.csv")
    ),
    "check, ids too": Series(
        "rows", (10**4, 10**5, 10**6, 10**7), growth_data.rows, ("kit", "check", "rows", "rows.csv", "--data", ".")
    ),
    "score with interval": Series(
        "rows", (10**4, 10**5, 10**6, 10**7), growth_data.rows, ("kit", "score", "rows", "rows.csv", "--answers", ".")
    ),
    "leaderboard, best 20": Series(
        "recorded submissions",
        (10**3, 10**4, 10**5, 10**6),
        growth_data.ledger,
        ("kit", "leaderboard", "rows", "--limit", "20"),
    ),
    "score and record": Series(
        "recorded submissions",
        (10**3, 10**4, 10**5, 10**6),
        growth_data.ledger,
        ("kit", "score", "rows", "few.csv", "--answers", "few", "--record"),
    ),
    "run, one epoch": Series(
        "training samples", (10**3, 10**4, 10**5), growth_data.images, ("kit", "run", "rows", "--data", "bars")
    ),
    "predict a slide": Series("pixels", (2**20, 2**22, 2**24), growth_data.slide, ("inside", "predict_slide")),
    "prepare scans": Series("scans", (1, 2, 4, 8), growth_data.scans, ("inside", "prepare_scans")),
}
"""By name; each begins with sizes whose time is mostly that of starting Python and reading libraries."""

QUICK = {
    "kit tasks": (growth_data.nothing, 0, ("kit", "tasks")),
    "kit check, a million rows": (growth_data.rows, 10**6, ("kit", "check", "rows", "rows.csv", "--data", ".")),
    "kit score, LUNA16's size, interval": (
        growth_data.luna,
        0,
        ("kit", "score", "lung_nodules", "marks.csv", "--answers", "."),
    ),
}
"""What people wait for: how the data are made, their size, and the command."""


def measure(name: str, size: int, folder: Path, command: Sequence[str]) -> Point:
    """Run one command in ``folder`` and measure it. Raises RuntimeError with its messages if it fails."""
    head = {"kit": (sys.executable, "-m", "kit"), "inside": INSIDE}[command[0]]
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "KIT_PLUGINS": str(growth_data.PLUGINS),
        "KIT_SUBMISSIONS": str(folder / "submissions"),
        "KIT_CACHE": str(folder / "cache"),
    }
    with tempfile.TemporaryFile() as messages:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*head, *command[1:]], cwd=folder, env=environment, stdout=messages, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            messages.seek(0)
            raise RuntimeError(f"{name}, {size:,}: {messages.read().decode()[-2000:]}")
    return Point(name, size, used.ru_utime + used.ru_stime, seconds, used.ru_maxrss / 1000)


def grow(name: str, sizes: Sequence[int] = ()) -> list[Point]:
    """Measure one series; its data are made by another process, whose memory is not counted."""
    series, points = SERIES[name], []
    for size in sizes or series.sizes:
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            make(series.prepare, Path(folder), size)
            points.append(measure(name, size, Path(folder), series.command))
    return points


def make(prepare: Callable[[Path, int], None], folder: Path, size: int) -> None:
    """Fill a folder in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "KIT_SUBMISSIONS": str(folder / "submissions")}
    subprocess.run([*INSIDE, prepare.__name__, str(folder), str(size)], check=True, env=environment)


def quick(name: str, rounds: int = 3) -> Point:
    """The fastest of some rounds of a command."""
    prepare, size, command = QUICK[name]
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        make(prepare, Path(folder), size)
        return min((measure(name, size, Path(folder), command) for _ in range(rounds)), key=lambda point: point.cpu)


def marginal(points: Sequence[Point]) -> list[float | None]:
    """Processor seconds of one more unit between each size and the one before; None for the first."""
    pairs = pairwise(points)
    return [None, *((b.cpu - a.cpu) / (b.size - a.size) for a, b in pairs)]


def growth_rows(points: Sequence[Point]) -> list[str]:
    """Lines of a Markdown table for one series."""
    lines = []
    for point, cost in zip(points, marginal(points), strict=True):
        more = "" if cost is None else f"{cost * 1e6:,.2f}" if cost < 0.01 else f"{cost * 1e6:,.0f}"
        cells = (point.series, f"{point.size:,} {SERIES[point.series].unit}", f"{point.cpu:.2f}", more)
        lines.append("| " + " | ".join([*cells, f"{point.megabytes:,.0f}"]) + " |")
    return lines


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth", description=__doc__)
    parser.add_argument("series", nargs="*", default=[*SERIES, "quick"], help="; ".join([*SERIES, "quick"]))
    parser.add_argument("--json", type=Path, help="write the points into this file")
    parser.add_argument("--plot", type=Path, help="draw the points into this file")
    options = parser.parse_args()
    points: list[Point] = []
    print("| work | size | CPU s | one more, in CPU µs | peak MB |\n| --- | --- | --- | --- | --- |")
    for name in [name for name in options.series if name != "quick"]:
        found = grow(name)
        points += found
        print("\n".join(growth_rows(found)), flush=True)
    if "quick" in options.series:
        print("\n| command | CPU s | s | peak MB |\n| --- | --- | --- | --- |")
        for name in QUICK:
            best = quick(name)
            print(f"| {name} | {best.cpu:.2f} | {best.seconds:.2f} | {best.megabytes:,.0f} |", flush=True)
    if options.json:
        options.json.write_text(json.dumps([asdict(point) for point in points], indent=1))
    if options.plot:
        from tests.benchmarks.growth_plot import draw

        draw(points, options.plot)


if __name__ == "__main__":
    main()
