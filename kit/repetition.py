"""A run repeated from its card: the same data, settings, seed and folds; do its files hold the same bytes?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.console import warn
from kit.contract.task import Task
from kit.data.contest import ContestData
from kit.errors import KitError
from kit.files import sha256, write_json
from kit.interruption import Interrupted
from kit.pipeline import predict_held_out, train_with
from kit.runs import Run, load_config
from kit.runs.git_state import git_state
from kit.runs.opening import refuse_blend
from kit.runs.resuming import changed_circumstances, refuse_other_data
from kit.training.events import Events
from kit.wording import listed

if TYPE_CHECKING:
    from kit.comparison.files import FileAgreement

NAME = "replay.json"
OF_THE_MACHINE = ("device", "precision", "processes")


@dataclass(frozen=True)
class Replayed:
    """A run and its repetition: ``changes`` are versions and devices that differ, ``files`` says which bytes agree."""

    first: Run
    run: Run
    changes: tuple[str, ...]
    files: tuple[FileAgreement, ...]

    @property
    def agrees(self) -> bool:
        """Whether every file holds the same bytes."""
        return all(each.same for each in self.files)

    def as_dict(self) -> dict[str, Any]:
        """The documented JSON form."""
        files = [dataclasses.asdict(each) for each in self.files]
        return {
            "of": self.first.name,
            "run": self.run.name,
            "agrees": self.agrees,
            "changes": list(self.changes),
            "files": files,
        }


def replay(task: Task, first: Run, data: Path, events: Events, *, resume: Run | None = None) -> Replayed:
    """Train the run again from its configuration, into a new run or the one to ``resume``, and compare their files.

    What it predicts is written and checked, and neither scored nor recorded: it would be the same submission again.
    Raises KitError for an average of runs, for a run that was not trained to its end, and if data, pretrained weights
    or added samples have changed. Other versions are a warning.
    """
    from kit.comparison.files import compare_files

    refuse_blend(first)
    _ = first.summary  # raises for a run that was not trained to its end
    config = load_config(first, task)
    if resume is not None:
        _require_same_settings(first, resume)
    with ContestData(task, data, config) as contest:
        _refuse_changes(first, contest)
        changes = list(_circumstances(first))
        if changes:
            warn(f"the run was made under other circumstances, so its bytes may differ: {', '.join(changes)}")
        with _how_to_go_on(first, events) as watched:
            run = train_with(contest, config, watched, resume)
            _predict_again(contest, first, run)
    found = Replayed(first, run, (*changes, *_other_device(first, run)), tuple(compare_files(task, first, run)))
    write_json(run.path / NAME, found.as_dict())
    return found


def _require_same_settings(first: Run, resume: Run) -> None:
    refuse_blend(resume)
    if resume.path.resolve() == first.path.resolve() or resume.task_name != first.task_name:
        raise KitError("this is no repetition of the run", found=resume.name, expected="the run that replay began")
    if dict(first.config) != dict(resume.config):
        raise KitError("the run to go on with has other settings", found=resume.name, remedy=f"kit replay {first.name}")


def _refuse_changes(first: Run, contest: ContestData) -> None:
    """Raise KitError if what the run was trained on is not what is there."""
    from kit.training.added import added_samples

    card, config = first.card, contest.config
    refuse_other_data(first, contest, remedy=f"kit replay {first.name} --data DIR, with the files of then")
    if card.pretrained is not None:
        weights = Path(config.pretrained)
        found = sha256(weights) if weights.is_file() else "no file"
        if found != card.pretrained.sha256:
            expected = f"SHA-256 {card.pretrained.sha256}"
            raise KitError("the pretrained weights have changed", expected=expected, found=found, where=weights)
    before = [part.digest for part in first.added.parts] if first.added else []
    if before != [each.part.digest for each in added_samples(contest)]:
        raise KitError("the added samples have changed since the run", where=config.extra or config.pseudo)


def _circumstances(first: Run) -> Iterator[str]:
    """What is other than when the run was made: versions, threads, git's commit, and what changed in its course."""
    card, git = first.card, git_state()
    yield from changed_circumstances(card)
    if card.git and git and card.git.commit != git.commit:
        yield f"git commit {card.git.commit[:9]} -> {git.commit[:9]}"
    for resumption in card.resumed or ():
        yield f"resumed with {listed(resumption.changes)}"


@contextmanager
def _how_to_go_on(first: Run, events: Events) -> Iterator[Events]:
    """Add to an interruption the command that goes on with the repetition."""
    begun: list[Run] = []

    def started(run: Run) -> None:
        begun.append(run)
        events.started(run)

    try:
        yield dataclasses.replace(events, started=started)
    except Interrupted as stop:
        if begun:
            reached = stop.message.partition(";")[0]
            stop.message = f"{reached}; go on: kit replay {first.name} --resume {begun[0].name}"
        raise


def _predict_again(contest: ContestData, first: Run, run: Run) -> None:
    """Make the submission that the first run has, as it was made."""
    from kit.prediction import store
    from kit.prediction.held_out import tuned_values
    from kit.prediction.predict import predict_test
    from kit.prediction.writing import write_predictions
    from kit.submission import expected_ids

    task, card = contest.task, first.card
    file = run.path / task.format.filename
    if not (first.path / task.format.filename).exists():
        return
    if not len(contest.read("test")):
        file.unlink(missing_ok=True)
        predict_held_out(task, run, contest.folder, file)
        return
    tta = card.tta if card.tta is not None else "--tta" in card.command  # a card of an older version does not know
    samples, tuned = contest.samples("test"), tuned_values(contest, [run])
    values = predict_test(contest, [run], tta=tta)
    store.write(run.predictions, "test", store.Predictions([sample.id for sample in samples], values))
    ids = expected_ids(task, contest.visible, samples)
    run.write_check(write_predictions(task, samples, values, tuned, ids, file))


def _other_device(first: Run, second: Run) -> Iterator[str]:
    cards = first.card, second.card
    for name in OF_THE_MACHINE:
        before, after = (getattr(card, name) for card in cards)
        if before != after:
            yield f"{name} {before} -> {after}"
    for part in cards[0].engines.keys() & cards[1].engines.keys():
        before, after = (card.engines[part].name for card in cards)
        if before != after:
            yield f"engine of the {part}: {before} -> {after}"
