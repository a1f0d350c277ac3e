"""The verbs as functions. Messages and progress go to standard error; nothing is written to standard output."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from kit.api.arguments import PathLike, RunLike, TaskLike, configured, events_of, find_run, find_runs, sample_folder
from kit.api.comparisons import ReplayResult
from kit.api.results import AuditResult, BoardResult, CheckResult, RunResult, ScoreResult, TaskList
from kit.contract.requirements import explained
from kit.contract.task import Task
from kit.errors import KitError


def tasks(*, plugins: Sequence[PathLike] = ()) -> TaskList:
    """Return every task by name. ``plugins`` are folders that hold plugins, beside those of ``KIT_PLUGINS``."""
    from kit.discovery import discover

    found = discover([Path(folder) for folder in plugins])
    return TaskList(found.tasks, {each.plugin: each.reason for each in found.broken})


def load(task: TaskLike, *, plugins: Sequence[PathLike] = ()) -> Task:
    """Return the task of this name. Raises KitError with the nearest names."""
    from kit.discovery import discover

    return task if isinstance(task, Task) else discover([Path(folder) for folder in plugins]).task(task)


def sample(
    task: TaskLike, folder: PathLike, *, size: int | None = None, seed: int = 0, plugins: Sequence[PathLike] = ()
) -> Path:
    """Write a small data set in the contest's own layout, with the answers, and return its folder; as ``kit sample``.

    ``size`` is the number of training samples; the test part has a quarter as many. The same size and seed give the
    same bytes. Raises KitError for a task without a sample, and for a folder that is not empty.
    """
    from kit.data.sample_folder import make_sample

    found, path = load(task, plugins=plugins), Path(folder)
    make_sample(found, path, size or found.sample_size, seed)
    return path


def run(
    task: TaskLike,
    data: PathLike | None = None,
    *,
    size: int | None = None,
    tta: bool = False,
    plugins: Sequence[PathLike] = (),
    **settings: Any,
) -> RunResult:
    """Audit, train, predict, write, check, score if there are answers, rank, report; as ``kit run``.

    Without ``data`` the task's sample is used, with ``size`` training samples. ``settings`` are ``model``, ``epochs``,
    ``folds``, ``seed``, ``device`` and the task's own settings. Raises KitError as the command line does.
    """
    from kit.pipeline import run_task

    found = load(task, plugins=plugins)
    folder = sample_folder(found, size) if data is None else Path(data)
    outcome = run_task(found, folder, configured(found, settings), events_of(plugins), tta=tta)
    return RunResult(outcome.run, found, outcome)


def train(
    task: TaskLike, data: PathLike, *, resume: RunLike | None = None, plugins: Sequence[PathLike] = (), **settings: Any
) -> RunResult:
    """Train a model and return its run, or continue the run ``resume``; as ``kit train``."""
    from kit.pipeline import train_run
    from kit.runs import load_config

    found = load(task, plugins=plugins)
    if resume is None:
        config, stopped = configured(found, settings), None
    elif settings:
        raise KitError("a resumed run keeps its settings", found=", ".join(sorted(settings)), remedy="leave them out")
    else:
        stopped = find_run(resume)
        config = load_config(stopped, found)
    return RunResult(train_run(found, Path(data), config, events_of(plugins), resume=stopped), found)


def predict(
    *runs: RunLike,
    data: PathLike | None = None,
    tta: bool = False,
    output: PathLike | None = None,
    plugins: Sequence[PathLike] = (),
) -> RunResult:
    """Write the submission of a run, or of the average of several; as ``kit predict``.

    Without ``data``, the data of the first run are used. The result's ``submission`` is the file.
    """
    from kit.pipeline import predict_runs
    from kit.runs.opening import refuse_blend

    task, found = find_runs(runs, plugins)
    for each in found:
        refuse_blend(each)
    folder = Path(found[0].card.data if data is None else data)
    outcome = predict_runs(task, found, folder, tta=tta, output=None if output is None else Path(output))
    return RunResult(outcome.run, task, outcome)


def replay(
    run: RunLike,
    *,
    data: PathLike | None = None,
    resume: RunLike | None = None,
    plugins: Sequence[PathLike] = (),
) -> ReplayResult:
    """Repeat a run from its card, or go on with the repetition ``resume``; as ``kit replay``.

    The result says whether the two runs hold the same bytes. Raises KitError if the data have changed.
    """
    from kit.repetition import replay as repeat

    task, (first,) = find_runs([run], plugins)
    stopped = None if resume is None else find_run(resume)
    folder = Path(first.card.data if data is None else data)
    return ReplayResult(task, repeat(task, first, folder, events_of(plugins), resume=stopped))


def bundle(*runs: RunLike, output: PathLike, wheels: str | None = None, plugins: Sequence[PathLike] = ()) -> Path:
    """Gather all that a notebook without internet needs to predict with runs, in the new folder; as ``kit bundle``.

    ``wheels``, such as ``"3.11"``, adds the wheels of all dependencies for that Python. Returns the folder.
    """
    from kit.bundling import write_bundle
    from kit.discovery import discover

    task, found = find_runs(runs, plugins)
    catalogue, folder = discover([Path(each) for each in plugins]), Path(output)
    catalogue.task(task.name)  # a task that is no plugin cannot be installed elsewhere
    write_bundle(task, found, catalogue.origins[task.name], folder, python=wheels)
    return folder


def check(
    task: TaskLike, file: PathLike, data: PathLike | None = None, *, plugins: Sequence[PathLike] = ()
) -> CheckResult:
    """Find every fault of a submission; with ``data`` also those of its ids; as ``kit check``."""
    from kit.submission import answered_ids
    from kit.submission import check as find_faults

    found = load(task, plugins=plugins)
    folder = None if data is None else Path(data)
    more = None if folder is None or found.faults is None else partial(found.faults, folder)
    with explained(found):
        ids = None if folder is None else answered_ids(found, folder)
        return CheckResult(find_faults(Path(file), found.format, ids, find_faults=more))


def score(task: TaskLike, file: PathLike, answers: PathLike, *, plugins: Sequence[PathLike] = ()) -> ScoreResult:
    """Score a submission against the answers, a file or a folder that holds them; as ``kit score``."""
    from kit.scoring import score as score_file

    return ScoreResult(score_file(load(task, plugins=plugins), Path(file), Path(answers)))


def audit(task: TaskLike, data: PathLike, *, plugins: Sequence[PathLike] = ()) -> AuditResult:
    """Check whether data are fit to train on; as ``kit audit``."""
    from kit.auditing import audit as find_findings

    return AuditResult(tuple(find_findings(load(task, plugins=plugins), Path(data))))


def leaderboard(
    task: str | None = None, *, reveal: bool = False, limit: int | None = None, plugins: Sequence[PathLike] = ()
) -> BoardResult:
    """Rank the recorded submissions of one task or of all; as ``kit leaderboard``."""
    from kit.boards import boards

    return BoardResult(tuple(boards(tasks(plugins=plugins), task, reveal=reveal, limit=limit)))
