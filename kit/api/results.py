"""Results of the functions: attributes, tables for pandas, and cards for notebooks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.api.presentation import frame, table
from kit.contract.report import Finding
from kit.contract.task import Task
from kit.wording import counted, score_text

if TYPE_CHECKING:
    from kit.boards import Board
    from kit.outcome import Outcome
    from kit.runs import Run, Summary
    from kit.scoring import Score
    from kit.submission import Check


class TaskList(Mapping[str, Task]):
    """Every task by name; ``broken`` holds the reason of each plugin that could not be loaded."""

    def __init__(self, tasks: Mapping[str, Task], broken: Mapping[str, str]) -> None:
        self._tasks = dict(sorted(tasks.items()))
        self.broken = dict(broken)

    def __getitem__(self, name: str) -> Task:
        return self._tasks[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tasks)

    def __len__(self) -> int:
        return len(self._tasks)

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {task.title}" for name, task in self._tasks.items())

    def to_pandas(self) -> Any:
        """A data frame with the columns ``task``, ``title`` and ``metric``."""
        return frame([{"task": n, "title": t.title, "metric": t.metric.name} for n, t in self._tasks.items()])

    def _repr_html_(self) -> str:
        return table(["task", "title", "metric"], [(n, t.title, t.metric.name) for n, t in self._tasks.items()])


@dataclass(frozen=True)
class RunResult:
    """A run: its folder, held-out scores and, once it has predicted, its submission, check, score and report."""

    run: Run
    task: Task
    outcome: Outcome | None = None

    @property
    def name(self) -> str:
        """The name of the run, by which every verb finds it."""
        return self.run.name

    @property
    def path(self) -> Path:
        """The folder of the run."""
        return self.run.path

    @property
    def summary(self) -> Summary | None:
        """The held-out scores of the folds; None for an average of runs."""
        return self.run.find_summary()

    @property
    def submission(self) -> Path | None:
        """The submission, None before it is written."""
        return self.outcome.submission if self.outcome else None

    @property
    def score(self) -> float | None:
        """The score against the answers, None where there are none."""
        return self.outcome.score.score if self.outcome and self.outcome.score else None

    @property
    def report(self) -> Path | None:
        """The HTML report, None where none was written."""
        return self.outcome.report if self.outcome else None

    def to_pandas(self) -> Any:
        """A data frame with a row for each epoch of each fold."""
        return frame([dataclasses.asdict(record) for record in self.run.epochs()])

    def facts(self) -> list[tuple[str, str]]:
        """What the card shows: names and values."""
        metric, summary = self.task.metric.name, self.summary
        rows = [("run", self.name), ("task", self.task.title)]
        if summary is not None and summary.mean is not None:
            spread = f" ± {score_text(summary.spread)}" if summary.spread is not None else ""
            rows.append((f"{metric}, held out", score_text(summary.mean) + spread))
        if self.outcome and self.outcome.score:
            found = self.outcome.score
            ends = " to ".join(map(score_text, found.interval)) if found.interval else ""
            rows.append((f"{found.metric}, submission", score_text(found.score) + (f" ({ends})" if ends else "")))
        if self.outcome and self.outcome.standing:
            rows.append(("rank", str(self.outcome.standing)))
        if self.outcome:
            rows += [("submission", str(self.submission)), ("rows", f"{self.outcome.check.rows:,}, no faults")]
        if self.report:
            rows.append(("report", str(self.report)))
        return rows

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.facts())

    def _repr_html_(self) -> str:
        from kit.report.learning_curves import learning_curves
        from kit.report.page import fragment

        summary = self.summary
        kept = {fold.fold: fold.epoch for fold in summary.folds} if summary else {}
        curves = learning_curves(self.run.epochs(), kept, self.task.metric.name)
        return fragment("run_card.html", {"facts": self.facts(), "curves": curves})


@dataclass(frozen=True)
class CheckResult:
    """The check of a submission: ``ok``, the number of ``rows``, its ``faults`` and ``warnings``."""

    check: Check

    @property
    def ok(self) -> bool:
        """Whether there is no fault."""
        return self.check.ok

    def __bool__(self) -> bool:
        return self.ok

    def to_pandas(self) -> Any:
        """A data frame with a row for each fault."""
        return frame([fault.as_dict() for fault in self.check.faults])

    def __repr__(self) -> str:
        from kit.submission import describe

        head = f"{counted(self.check.rows, 'row')}, {counted(self.check.total_faults, 'fault')}"
        return "\n".join([head, *map(describe, self.check.faults[:20])])

    def _repr_html_(self) -> str:
        names = ("line", "id", "kind", "expected", "found", "remedy")
        rows = [[fault.as_dict()[name] for name in names] for fault in self.check.faults[:100]]
        head = f"{counted(self.check.rows, 'row')}, {counted(self.check.total_faults, 'fault')}"
        return table(names, rows, head)


@dataclass(frozen=True)
class ScoreResult:
    """The score of a submission with its 95% interval and the metric's further values."""

    result: Score

    @property
    def score(self) -> float:
        """The score."""
        return self.result.score

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95% interval, None where there is none."""
        return self.result.interval

    @property
    def details(self) -> Mapping[str, Any]:
        """The metric's further values."""
        return self.result.details

    def __float__(self) -> float:
        return self.score

    def to_pandas(self) -> Any:
        """A data frame with one row."""
        return frame([self.result.as_dict()])

    def __repr__(self) -> str:
        ends = f", 95% interval {' to '.join(map(score_text, self.interval))}" if self.interval else ""
        return f"{self.result.metric} {score_text(self.score)}{ends}, {counted(self.result.rows, 'row')}"

    def _repr_html_(self) -> str:
        return table(["metric", "score", "95% interval", "rows"], [self._cells()])

    def _cells(self) -> list[str]:
        ends = " to ".join(map(score_text, self.interval)) if self.interval else "-"
        return [self.result.metric, score_text(self.score), ends, f"{self.result.rows:,}"]


@dataclass(frozen=True)
class AuditResult:
    """The findings of an audit; ``ok`` says whether the data are fit to train on."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return all(finding.level != "error" for finding in self.findings)

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return "\n".join(f"{each.level}: {each.kind} ({each.where}): {each.message}" for each in self.findings)

    def to_pandas(self) -> Any:
        """A data frame with a row for each finding."""
        return frame([dataclasses.asdict(finding) for finding in self.findings])

    def _repr_html_(self) -> str:
        names = ("level", "kind", "where", "message", "remedy")
        head = "fit to train on" if self.ok else "unfit to train on"
        return table(names, [[getattr(each, name) for name in names] for each in self.findings], head)


@dataclass(frozen=True)
class BoardResult:
    """The rankings: one board for each task and set of answers."""

    boards: tuple[Board, ...]

    def __repr__(self) -> str:
        from kit.boards.table import board_text

        return "\n\n".join(map(board_text, self.boards)) or "nothing has been recorded yet"

    def to_pandas(self) -> Any:
        """A data frame with a row for each entry."""
        entries = [(board, entry) for board in self.boards for entry in board.as_dict()["entries"]]
        return frame([{"task": board.task, "metric": board.metric, **entry} for board, entry in entries])

    def _repr_html_(self) -> str:
        names = ("rank", "entry", "score", "cv", "time")
        parts = []
        for board in self.boards:
            rows = [
                (row.rank, row.name, score_text(row.score), score_text(row.cv_mean), row.time or "")
                for row in board.rows
            ]
            parts.append(table(names, rows, f"{board.title}: {board.metric}"))
        return "".join(parts) or "nothing has been recorded yet"
