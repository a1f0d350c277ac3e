"""What a law receives and returns, and the loop that checks a task against laws."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from kit.contract.config import TrainConfig
from kit.contract.requirements import require_installed
from kit.contract.sample import PARTS, Part, Sample
from kit.contract.settings import configure
from kit.contract.task import Task
from kit.data.sample_folder import make_sample
from kit.errors import KitError, with_location
from kit.models.pretrained import default_model
from kit.scoring.default_rows import truth_of
from kit.submission import expected_ids, parse, write


class Violation(Exception):  # noqa: N818 # a result of a check, not an error of the program
    """The task breaks a law; the message says how."""


@dataclass(frozen=True)
class Context:
    """A task with a small data set from its own sample maker, or with a contest's files (``is_sample`` is False).

    ``work`` is an empty folder for the files of a law; ``plugins`` are the plugin folders that a new process needs to
    find the task.
    """

    task: Task
    data: Path
    work: Path
    size: int
    plugins: tuple[Path, ...] = ()
    is_sample: bool = True

    @cached_property
    def samples(self) -> dict[Part, Sequence[Sample]]:
        """Both parts, read once."""
        return {part: self.task.reader(self.data, part) for part in PARTS}

    @cached_property
    def config(self) -> TrainConfig:
        """The configuration of the default model, reduced to one short epoch on the CPU."""
        batch = max(2, min(self.task.config.batch_size, self.size // 4))
        given = {"epochs": 1, "batch_size": batch, "folds": 1, "valid_fraction": 0.25, "device": "cpu", "workers": 0}
        model, _ = default_model(self.task)
        return configure(self.task, {**given, "model": model, "patience": 0, "pretrained": ""})

    @cached_property
    def ids(self) -> list[str]:
        """The ids that a submission must contain; of files without answers those of the training part."""
        if self.answers is not None and self.answers.parent != self.data:
            train = self.samples["train"]
            return [str(train[i].id) for i in range(len(train))]
        return [str(id) for id in expected_ids(self.task, self.data)]

    @cached_property
    def answers(self) -> Path | None:
        """The answers: those beside the data, or the labels of the training part as a perfect submission.

        None where there are no answers and a perfect submission cannot be made from the labels.
        """
        given = self.data / self.task.answers
        if given.exists():
            return given
        if self.task.read_answers is not None or self.task.format.id is None:
            return None
        train = self.samples["train"]
        made = self.work / "labels" / self.task.answers
        write(made, self.task.format, truth_of(self.task)([train[i] for i in range(len(train))]), None)
        return made

    @cached_property
    def perfect(self) -> Path | None:
        """The path of a perfect submission: the answers, or a file with the submission's name in the answers' folder.

        None where the answers are tables of the contest's own format and no such file is beside them.
        """
        answers = self.answers
        if answers is None:
            return None
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
    """A sentence that must be true of every task.

    ``check`` raises :class:`Violation` where it is not, and returns the reason where the law does not apply.
    """

    name: str
    check: Callable[[Context], str | None]


@dataclass(frozen=True)
class Verdict:
    """The result of one law. ``reason`` says how the task breaks it, or why it does not apply."""

    law: str
    ok: bool
    reason: str
    seconds: float
    applies: bool = True


def make_context(task: Task, work: Path, size: int, plugins: Sequence[Path] = (), data: Path | None = None) -> Context:
    """Return a context with the task's sample, made under ``work``, or with the contest's files in ``data``."""
    require_installed(task)
    own = work / "work"
    own.mkdir()
    if data is not None:
        return Context(task, data.resolve(), own, len(task.reader(data, "train")), tuple(plugins), is_sample=False)
    make_sample(task, work / "data", size, 0)
    return Context(task, work / "data", own, size, tuple(plugins))


def certify(
    task: Task, laws: Sequence[Law], work: Path, size: int, plugins: Sequence[Path] = (), data: Path | None = None
) -> Iterator[Verdict]:
    """Check a task against each law in turn, each with a folder of its own under ``work``.

    The laws are tested on the task's sample, or on the contest's files in ``data``. Where the sample cannot be made or
    the files not be read, that is the only verdict.
    """
    made: list[Context] = []
    name = "the sample maker makes a sample" if data is None else "the files can be read"
    law = Law(name, lambda _: made.append(make_context(task, work, size, plugins, data)))
    verdict = check_law(law, Context(task, work, work, size))
    if not verdict.ok:
        yield verdict
        return
    for number, law in enumerate(laws):
        own = work / f"law-{number}"
        own.mkdir()
        yield check_law(law, replace(made[0], work=own))


def check_law(law: Law, context: Context) -> Verdict:
    """Check a task against one law. Any exception is a verdict with its reason; messages of training are not shown."""
    started = time.perf_counter()
    applies = True
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            reason, ok = law.check(context) or "", True
        applies = not reason
    except (Violation, KitError) as error:
        reason, ok = str(error), False
    except Exception as error:  # a bug in the plugin, which is what laws are for
        reason, ok = with_location(error), False
    return Verdict(law.name, ok, reason, time.perf_counter() - started, applies)


def require(ok: object, reason: str) -> None:
    """Raise :class:`Violation` with this reason unless ``ok``."""
    if not ok:
        raise Violation(reason)
