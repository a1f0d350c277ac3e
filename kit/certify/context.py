"""What a law is given, and what it finds."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from kit.contract.config import TrainConfig
from kit.contract.sample import PARTS, Part, Sample
from kit.contract.settings import configure
from kit.contract.task import Task
from kit.data.reading import make_sample
from kit.errors import KitError, with_location
from kit.submission import expected_ids, parse


class Broken(Exception):  # noqa: N818 # it is a finding, not an error
    """A law is broken; the message says by what."""


@dataclass(frozen=True)
class Bench:
    """A task with a small sample of its own data. ``work`` is an empty folder that a law may write to.

    ``plugins`` are the folders that a new process needs to find the task.
    """

    task: Task
    data: Path
    work: Path
    size: int
    plugins: tuple[Path, ...] = ()

    @cached_property
    def samples(self) -> dict[Part, Sequence[Sample]]:
        """Both parts, read once."""
        return {part: self.task.reader(self.data, part) for part in PARTS}

    @cached_property
    def config(self) -> TrainConfig:
        """The default model's own configuration, cut to one short epoch on the CPU."""
        batch = max(2, min(self.task.config.batch_size, self.size // 4))
        given = {"epochs": 1, "batch_size": batch, "folds": 1, "valid_fraction": 0.25, "device": "cpu", "workers": 0}
        return configure(self.task, {**given, "patience": 0, "pretrained": ""})

    @cached_property
    def ids(self) -> list[str]:
        """The ids that a submission must answer."""
        return [str(id) for id in expected_ids(self.task, self.data)]

    @cached_property
    def perfect(self) -> Path | None:
        """A perfect submission: the answers themselves, or where they are tables of the contest's own, one beside them.

        None where there is none: answers that the task reads itself need ``FILENAME`` in the folder of the answers.
        """
        answers = self.data / self.task.answers
        for path in (answers, answers / self.task.format.filename):
            if not path.is_file():
                continue
            try:
                parse(path, self.task.format, self.ids)
            except KitError:
                if self.task.read_answers is None:
                    raise
            else:
                return path
        return None


@dataclass(frozen=True)
class Law:
    """A sentence that every task keeps. ``holds`` raises Broken, or returns why the law does not apply."""

    name: str
    holds: Callable[[Bench], str | None]


@dataclass(frozen=True)
class Verdict:
    """Whether a law holds. ``reason`` says what broke it, or why it does not apply."""

    law: str
    ok: bool
    reason: str
    seconds: float


def open_bench(task: Task, work: Path, size: int, plugins: Sequence[Path] = ()) -> Bench:
    """Make a task's sample under ``work`` and a bench for it."""
    data, own = work / "data", work / "work"
    make_sample(task, data, size, 0)
    own.mkdir()
    return Bench(task, data, own, size, tuple(plugins))


def certify(task: Task, laws: Sequence[Law], work: Path, size: int, plugins: Sequence[Path] = ()) -> Iterator[Verdict]:
    """Hold a task to these laws one after the other, each in a folder of its own under ``work``.

    A sample maker that fails is the only verdict.
    """
    made: list[Bench] = []
    law = Law("the sample maker makes a sample", lambda none: made.append(open_bench(task, work, size, plugins)))
    verdict = hold(law, Bench(task, work, work, size))
    if not verdict.ok:
        yield verdict
        return
    for number, law in enumerate(laws):
        own = work / f"law-{number}"
        own.mkdir()
        yield hold(law, replace(made[0], work=own))


def hold(law: Law, bench: Bench) -> Verdict:
    """Hold a task to one law: whatever goes wrong is a verdict with its reason. Messages of training are not shown."""
    started = time.perf_counter()
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            reason, ok = law.holds(bench) or "", True
    except (Broken, KitError) as error:
        reason, ok = str(error), False
    except Exception as error:  # a plugin's bug: that is what is looked for
        reason, ok = with_location(error), False
    return Verdict(law.name, ok, reason, time.perf_counter() - started)


def need(ok: object, reason: str) -> None:
    """Raise Broken with this reason unless ``ok``."""
    if not ok:
        raise Broken(reason)
