"""Kills at random moments: nothing corrupt, nothing lost, every resume exact."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from kit.files import read_json, sha256
from kit.models import checkpoint
from kit.runs.run import Run

KEPT = ("predictions.h5", "submission.csv", "folds/0/weights.safetensors", "folds/1/weights.safetensors")
SETTINGS = ("--folds", "2", "--epochs", "4", "--set", "ema=0.9", "--set", "workers=1")

Process = Callable[..., subprocess.CompletedProcess[str]]


def hashes(run: Path) -> dict[str, str]:
    return {name: sha256(run / name) for name in KEPT}


def start(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "kit", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))


def killed_after(seconds: float, *arguments: object) -> bool:
    """Start a command and kill it; False when it had ended already."""
    process = start(*arguments)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def assert_nothing_is_corrupt(folder: Path) -> None:
    """Every file that has its final name can be read to its end."""
    for path in folder.rglob("*"):
        if path.name.startswith(".") or not path.is_file():
            continue
        if path.suffix == ".json":
            read_json(path)
        elif path.suffix == ".safetensors":
            checkpoint.read(path)
        elif path.suffix == ".h5":
            with h5py.File(path) as file:
                file.visititems(lambda name, item: item[()] if isinstance(item, h5py.Dataset) else None)
        elif path.suffix == ".db":
            with sqlite3.connect(path) as ledger:
                assert ledger.execute("pragma integrity_check").fetchone() == ("ok",)


LONGER = 1.25
"""Each attempt gets more time than the one before it: on a machine that became busy it would never end."""


def exercise(process: Process, toy_folder: Path, submissions: Path, kills: int, seed: int) -> None:
    """Kill train, predict and score at random moments and go on each time; then compare with an undisturbed run."""
    rng = random.Random(seed)
    began = time.monotonic()
    whole = Path(process("train", "bars", "--data", toy_folder, *SETTINGS).stdout.splitlines()[-1])
    length = time.monotonic() - began
    file = Path(process("predict", whole).stdout.splitlines()[-1])
    assert file.read_bytes()
    expected = hashes(whole)

    done, rounds = 0, 0
    while done < kills:
        rounds += 1
        before = set(submissions.glob("bars/*/card.json"))
        command: tuple[Any, ...] = ("train", "bars", "--data", toy_folder, *SETTINGS)
        patience = length
        while killed_after(rng.uniform(0.3, 1.0) * patience, *command):
            done, patience = done + 1, patience * LONGER
            assert_nothing_is_corrupt(submissions)
            begun = set(submissions.glob("bars/*/card.json")) - before
            command = ("train", "bars", "--resume", begun.pop().parent) if begun else command
        (card,) = set(submissions.glob("bars/*/card.json")) - before
        run = card.parent
        commands: list[tuple[Any, ...]] = [
            ("predict", run),
            (
                "score",
                "bars",
                run / "submission.csv",
                "--answers",
                toy_folder / "answers.csv",
                "--record",
                "--note",
                "again",
            ),
        ]
        for command in commands:
            patience = length / 2
            while killed_after(rng.uniform(0.1, 1.0) * patience, *command):
                done, patience = done + 1, patience * LONGER
                assert_nothing_is_corrupt(submissions)
        assert hashes(run) == expected
        assert Run(run).score is not None
    with sqlite3.connect(submissions / "leaderboard.db") as ledger:
        assert ledger.execute("select count(*) from submissions").fetchone()[0] >= 1


def test_a_run_killed_at_random_moments_ends_with_the_same_bytes(
    toy_plugins: Path, toy_folder: Path, tmp_path: Path, kit_process: Process
) -> None:
    exercise(kit_process, toy_folder, tmp_path / "submissions", kills=3, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_fifty_kills_leave_nothing_corrupt_and_every_resume_exact(
    toy_plugins: Path, toy_folder: Path, tmp_path: Path, kit_process: Process
) -> None:
    exercise(kit_process, toy_folder, tmp_path / "submissions", kills=50, seed=2)
