"""Readers of samples, readers of answers and audits meet damaged files: refused by name or read, no crash, no hang.

Each mutation damages one file of the task's own sample data and runs the reader, with the examples that the file may
have become. Any exception but KitError is a failure, as is a message without the file's name, and damage that a decoder
reports on standard error must not be accepted. The work is done in a process of its own, so that a hang or a crash of a
library ends one mutation only. ``KIT_FUZZ=20`` sets the number of mutations, ``KIT_FUZZ_TASKS=a,b`` the tasks, and
``KIT_FUZZ_ONLY=N`` repeats one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import re
import tempfile
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.auditing.unread_files import sample_paths
from kit.contract.sample import PARTS, Sample
from kit.contract.task import Task
from kit.data.reading import read_example
from kit.data.sample_folder import make_sample
from kit.discovery import discover
from kit.errors import KitError
from kit.scoring.answers import read_answers
from tests.mutations import mutate

TASKS = [name for name in discover().tasks if name in os.environ.get("KIT_FUZZ_TASKS", name).split(",")]
SIZE = 24
MUTATIONS = int(os.environ.get("KIT_FUZZ", "300"))
SECONDS = 60.0  # for one mutation, on a busy machine
MEMORY = 8 << 30
MOST_EXAMPLES = 4
READ, REFUSED = "read", "refused"
Action = Callable[[Task, Path, Path], None]
DECODER_WARNING = re.compile(r"(Corrupt JPEG data|Premature end|CRC error|libpng|libtiff).*", re.IGNORECASE)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize(("what", "fraction"), [("samples", 1.0), ("answers", 0.3), ("audit", 0.1)])
def test_a_damaged_file_is_read_or_refused_by_its_name(name: str, what: str, fraction: float, tmp_path: Path) -> None:
    only = os.environ.get("KIT_FUZZ_ONLY")
    numbers = [int(only)] if only else list(range(max(1, round(fraction * MUTATIONS))))
    found = [f"mutation {number}: {reason}" for number, reason in outcomes(name, what, numbers, tmp_path) if reason]
    assert not found, f"{len(found)} of {len(numbers)}:\n" + "\n".join(found[:30])


def outcomes(name: str, what: str, numbers: list[int], folder: Path) -> Iterator[tuple[int, str]]:
    """Yield the number of each mutation and what went wrong, or an empty text; restart the process after a hang."""
    left = list(numbers)
    while left:
        ours, theirs = multiprocessing.get_context("spawn").Pipe()
        work = Path(tempfile.mkdtemp(dir=folder))
        process = multiprocessing.get_context("spawn").Process(target=worker, args=(theirs, name, what, left, work))
        process.start()
        theirs.close()
        started = ours.poll(600) and ours.recv()  # the sample is made
        assert started == "ready", f"the worker did not start: {started}"
        while left:
            reason = answer(ours)
            yield left.pop(0), reason
            if reason in ("no answer in time", "the process died"):
                break
        process.kill()
        process.join()


def answer(pipe: Connection) -> str:
    """Wait for the result of one mutation."""
    try:
        return str(pipe.recv()) if pipe.poll(SECONDS) else "no answer in time"
    except EOFError:
        return "the process died"


def worker(pipe: Any, name: str, what: str, numbers: list[int], work: Path) -> None:
    """Make the task's sample, then damage, read and restore one file after the other."""
    limit_memory()
    os.environ["KIT_CACHE"] = str(work / "cache")
    os.environ["OMP_NUM_THREADS"] = "1"
    task = discover().tasks[name]
    data = work / "data"
    make_sample(task, data, SIZE, 0)
    paths = [path for path in sorted(data.rglob("*")) if path.is_file()]
    files = [path for path in paths if (task.answers in path.parts) == (what == "answers")]
    pipe.send("ready")
    for number in numbers:
        rng = np.random.default_rng([number, len(name)])
        path, other = (pick(files, rng) for _ in range(2))
        content = path.read_bytes()
        way = mutate(path, other, rng)
        try:
            with captured_errors(work / "stderr") as errors:
                reason = outcome(ACTIONS[what], task, data, path)
        finally:
            path.write_bytes(content)
        warning = DECODER_WARNING.search(errors.read_text("utf-8", "replace"))
        if reason == READ and warning:
            reason = f"read, although its decoder said {warning[0]!r}"
        reason = "" if reason in (READ, REFUSED) else reason
        pipe.send(f"{way} of {path.relative_to(data)}: {reason}" if reason else "")


def pick(files: list[Path], rng: np.random.Generator) -> Path:
    """Choose a kind of file, then a file, so that the only table is damaged as often as the images."""
    kinds = sorted({path.suffix for path in files})
    kind = kinds[rng.integers(len(kinds))]
    chosen = [path for path in files if path.suffix == kind]
    return chosen[rng.integers(len(chosen))]


def read_samples(task: Task, data: Path, damaged: Path) -> None:
    """Read both parts and some examples."""
    for part in PARTS:
        samples = task.reader(data, part)
        for position in concerned([samples[i] for i in range(len(samples))], data, damaged):
            read_example(task, samples[position], None, task.config)


def read_truth(task: Task, data: Path, damaged: Path) -> None:
    """Read the answers."""
    read_answers(task, data / task.answers)


def audit(task: Task, data: Path, damaged: Path) -> None:
    """Run the task's own audit."""
    if task.audit is not None:
        list(task.audit(data))


ACTIONS = {"samples": read_samples, "answers": read_truth, "audit": audit}


def outcome(action: Action, task: Task, data: Path, damaged: Path) -> str:
    """Return READ, REFUSED or what is wrong with how a damaged file was met."""
    try:
        action(task, data, damaged)
    except KitError as error:
        return REFUSED if names(str(error), damaged) else f"the message does not name the file: {error}"
    except MemoryError:
        return f"more than {MEMORY >> 30} GB of memory"
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {str(error)[:300]} ({last.filename}:{last.lineno})"
    return READ


@contextlib.contextmanager
def captured_errors(path: Path) -> Iterator[Path]:
    """Let standard error, of libraries too, go to a file."""
    own = os.dup(2)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield path
        finally:
            os.dup2(own, 2)
            os.close(own)


def concerned(samples: list[Sample], data: Path, damaged: Path) -> list[int]:
    """The positions of samples that hold the damaged file, or of the first ones where none does."""
    own = damaged.relative_to(data)
    held = [i for i, s in enumerate(samples) if own.stem in {path.stem for path in sample_paths(s, data)}]
    return (held or list(range(len(samples))))[:MOST_EXAMPLES]


def names(message: str, path: Path) -> bool:
    """Whether a message names the file, or the file without its ending, as a sample's id."""
    return path.name in message or bool(re.search(rf"(?<!\w){re.escape(path.stem)}(?!\w)", message))


def limit_memory() -> None:
    """Bound the memory of this process, so that a header that asks for more fails at once."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def test_a_reader_that_fails_on_a_damaged_file_is_found(toy: Task, toy_folder: Path) -> None:
    damaged = toy_folder / "train.npy"
    damaged.write_bytes(damaged.read_bytes()[:200])
    assert outcome(read_samples, toy, toy_folder, damaged).startswith("ValueError: ")


def test_damage_that_a_decoder_reports_on_standard_error_is_seen(tmp_path: Path) -> None:
    with captured_errors(tmp_path / "errors") as errors:
        os.write(2, b"Corrupt JPEG data: 12 extraneous bytes before marker 0xd9\n")
    assert DECODER_WARNING.search(errors.read_text())


def test_a_message_without_the_files_name_is_found(toy: Task, toy_folder: Path) -> None:
    def refuse(folder: Path, part: str) -> list[Sample]:
        raise KitError("something is wrong")

    found = outcome(read_samples, dataclasses.replace(toy, reader=refuse), toy_folder, toy_folder / "train.npy")
    assert "does not name the file" in found


def test_a_mutation_is_repeated_by_its_number(tmp_path: Path) -> None:
    path, other = tmp_path / "a.csv", tmp_path / "b.csv"
    other.write_bytes(b"something else\n")
    for number in range(60):
        contents = set()
        for _ in range(2):
            path.write_bytes(b"id,label\n1,0\n2,1\n")
            mutate(path, other, np.random.default_rng(number))
            contents.add(path.read_bytes())
        assert len(contents) == 1
