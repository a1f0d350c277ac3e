"""How long it takes until a goal is reached on held-out samples, median of several seeds, PyTorch beside it.

``python -m tests.benchmarks.time_to_accuracy --rows digits "text captcha"`` trains on each task's sample;
``--data digits=DIR`` trains on the contest's files instead, and the goals are those for such files. The time counts
from the start of the process to the end of the first epoch whose held-out score reaches the goal, so it holds imports,
reading and validation. A run is stopped there, or when the row's time is over. The machine should be idle.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.table import Table

POLL = 0.2  # seconds


@dataclass(frozen=True)
class Row:
    """A task, the score to reach on its sample and on the contest's files, and the minutes after which to give up."""

    task: str
    sample_goal: float
    goal: float
    minutes: float
    settings: tuple[str, ...] = ()
    size: int | None = None
    lower_is_better: bool = False

    def reached(self, score: float, goal: float) -> bool:
        """Whether a held-out score is as good as the goal."""
        return score <= goal if self.lower_is_better else score >= goal


ROWS: Mapping[str, Row] = {
    "digits": Row("digit_recognizer", 0.985, 0.995, 15),
    "digits, 0.997": Row("digit_recognizer", 0.99, 0.997, 20),
    "arithmetic captcha": Row("arithmetic_captcha", 0.97, 0.99, 15),
    "text captcha": Row("text_captcha", 0.95, 0.98, 45),
    "eye disease": Row("eye_disease", 0.99, 0.998, 5),
    "cluttered digits": Row("cluttered_digits", 0.90, 0.98, 15),
    "3D digits": Row("digits_3d", 0.85, 0.90, 15, size=8000),
    "cifar10": Row("cifar10", 0.90, 0.94, 90),
}


@dataclass(frozen=True)
class Result:
    """Seconds until the goal, or None where it was not reached, and the last held-out score."""

    seconds: float | None
    score: float


def kit(row: Row, data: Path, goal: float, seed: int) -> Result:
    """Train with ``kit train`` until an epoch's held-out score reaches the goal."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "kit", "train", row.task, "--data", str(data), "--seed", str(seed)]
        environment = {**os.environ, "KIT_SUBMISSIONS": folder}
        start = time.monotonic()
        process = subprocess.Popen(
            [*command, *row.settings],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        score = float("nan")
        try:
            while time.monotonic() - start < 60 * row.minutes:
                ended = process.poll() is not None
                for score in _scores(Path(folder)):
                    if row.reached(score, goal):
                        return Result(time.monotonic() - start, score)
                if ended:
                    break
                time.sleep(POLL)
            return Result(None, score)
        finally:
            process.terminate()
            process.wait()


def _scores(folder: Path) -> list[float]:
    """The held-out scores of the epochs so far of the run below a folder, and of all of it when it is at its end.

    A model that is fitted to features has no epochs.
    """
    lines = [line for path in folder.rglob("metrics.jsonl") for line in path.read_text().splitlines()]
    scores = [json.loads(line).get("valid_score") for line in lines if line.endswith("}")]
    scores += [json.loads(path.read_text())["pooled"] for path in folder.rglob("summary.json")]
    return [score for score in scores if score is not None]


def pytorch(row: Row, data: Path, goal: float, seed: int) -> Result:
    """Train the same network on the same inputs in PyTorch, in a process of its own; the digits alone have one."""
    command = [sys.executable, "-m", "tests.benchmarks.digits_torch", str(data), str(goal), str(seed)]
    start = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60 * row.minutes)
    score = float(done.stdout.split()[-1])
    return Result(time.monotonic() - start if row.reached(score, goal) else None, score)


def measured(name: str, folder: Path | None, seeds: Sequence[int]) -> list[str]:
    """The cells of one row of the table."""
    row = ROWS[name]
    goal = row.sample_goal if folder is None else row.goal
    peer = row.task == "digit_recognizer" and find_spec("torch") is not None
    with tempfile.TemporaryDirectory() as temporary:
        data = _sample(row, Path(temporary)) if folder is None else folder
        pairs = [(kit(row, data, goal, seed), pytorch(row, data, goal, seed) if peer else None) for seed in seeds]
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs if pair[1] is not None]
    return [name, f"{goal:g}", _cell(ours), _cell(theirs)]


def _sample(row: Row, folder: Path) -> Path:
    size = ["--size", str(row.size)] if row.size else []
    command = [sys.executable, "-m", "kit", "sample", row.task, str(folder / "data"), *size]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "data"


def _cell(results: Sequence[Result]) -> str:
    """The median time and every one of them; a run that did not reach the goal counts as endless."""
    if not results:
        return "-"
    seconds = sorted(float("inf") if result.seconds is None else result.seconds for result in results)
    middle = statistics.median(seconds)
    every = ", ".join(_time(each) for each in seconds)
    last = ", ".join(f"{result.score:.4f}" for result in results)
    return f"{_time(middle)} ({every}); scores {last}"


def _time(seconds: float) -> str:
    return "not reached" if seconds == float("inf") else f"{int(seconds // 60)}:{int(seconds % 60):02d}"


def main() -> None:
    """Parse the arguments, measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.time_to_accuracy", description=__doc__)
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--data", nargs="*", default=[], metavar="ROW=DIR", help="the contest's files of a row")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    options = parser.parse_args()
    folders = {name: Path(folder).resolve() for name, _, folder in (each.partition("=") for each in options.data)}
    table = Table("task", "goal", "kit", "PyTorch", title="minutes to the goal: median (each seed)")
    for name in options.rows:
        table.add_row(*measured(name, folders.get(name), options.seeds))
    Console().print(table)


if __name__ == "__main__":
    main()
