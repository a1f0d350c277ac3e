"""Results of what takes several runs: comparisons, blends, searches and repetitions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.api.presentation import frame, table
from kit.api.results import RunResult
from kit.contract.task import Task
from kit.wording import counted, score_text

if TYPE_CHECKING:
    from kit.blending import Blended
    from kit.comparison import Comparison, Difference, Member
    from kit.experiments import Compared
    from kit.repetition import Replayed
    from kit.search import Found
    from kit.search.study import Attempt


@dataclass(frozen=True)
class ComparisonResult:
    """Runs compared on the samples that all of them held out; differences are those from the first."""

    comparison: Comparison

    @property
    def members(self) -> tuple[Member, ...]:
        """Each run with its model, score and number of right samples."""
        return self.comparison.members

    @property
    def differences(self) -> tuple[Difference, ...]:
        """The difference of each further run from the first, with 95% interval, p-value and test."""
        return self.comparison.differences

    def to_pandas(self) -> Any:
        """A data frame with a row for each run: score, difference, 95% interval ``low`` and ``high``, p-value, test."""
        return frame(self._rows())

    def __repr__(self) -> str:
        rows = [[str(value) for value in row.values()] for row in self._cells()]
        return "\n".join([self._head(), *(" ".join(row) for row in rows)])

    def _repr_html_(self) -> str:
        names = ("run", "model", self.comparison.metric, "right", "difference", "95% interval", "p", "test")
        return table(names, [list(row.values()) for row in self._cells()], self._head())

    def _head(self) -> str:
        found = self.comparison
        direction = "higher" if found.higher_is_better else "lower"
        return f"{counted(found.samples, 'sample')} that every run held out, {direction} is better"

    def _rows(self) -> list[dict[str, Any]]:
        rows = []
        for member, each in zip(self.members, (None, *self.differences), strict=True):
            low, high = each.interval if each and each.interval else (None, None)
            found = {"difference": each.difference, "p": each.p, "test": each.test} if each else {}
            blank = {"difference": None, "low": low, "high": high, "p": None, "test": ""}
            rows.append({**dataclasses.asdict(member), **blank, **found})
        return rows

    def _cells(self) -> list[dict[str, Any]]:
        cells = []
        for row in self._rows():
            low, high = row.pop("low"), row.pop("high")
            interval = "-" if low is None else f"{low:+.5f} to {high:+.5f}"
            difference = "-" if row["difference"] is None else f"{row['difference']:+.5f}"
            p = "-" if row["p"] is None else f"{row['p']:.3g}"
            head = {"run": row["run"], "model": row["model"], "score": score_text(row["score"]), "right": row["right"]}
            cells.append({**head, "difference": difference, "interval": interval, "p": p, "test": row["test"]})
        return cells


@dataclass(frozen=True)
class ModelsResult:
    """Models of a task, trained on the same folds; the best comes first."""

    task: Task
    rows: tuple[Compared, ...]

    @property
    def best(self) -> str:
        """The name of the best model's run."""
        return self.rows[0].run

    def to_pandas(self) -> Any:
        """A data frame with a row for each model."""
        return frame([dataclasses.asdict(row) for row in self.rows])

    def __repr__(self) -> str:
        return "\n".join(f"{row.model}: {score_text(row.score)} ({row.run})" for row in self.rows)

    def _repr_html_(self) -> str:
        names = ("model", "score", "spread", "folds", "epochs", "parameters", "seconds", "run")
        rows = [[getattr(row, name) for name in names] for row in self.rows]
        for cells in rows:
            cells[1:3] = ["-" if value is None else score_text(value) for value in cells[1:3]]
        return table([self.task.metric.name if name == "score" else name for name in names], rows)


@dataclass(frozen=True)
class BlendResult:
    """A combination of runs with its honest score; ``run`` is None where it was not written."""

    task: Task
    blended: Blended
    run: RunResult | None

    @property
    def helps(self) -> bool:
        """Whether the blend is better than its best member on samples that its choice has not seen."""
        return self.blended.helps

    @property
    def score(self) -> float:
        """The nested score: each sample is combined as chosen without it."""
        return self.blended.nested

    @property
    def gain(self) -> float:
        """What the blend gains over its best member, positive if better."""
        return self.blended.gain

    def to_pandas(self) -> Any:
        """A data frame with a row for each member: run, score, weight."""
        return frame(self.blended.as_dict()["members"])

    def __repr__(self) -> str:
        return "\n".join([*(f"{name}: {score} {weight}" for name, score, weight in self._members()), self._head()])

    def _repr_html_(self) -> str:
        return table(["member", self.task.metric.name, "weight"], self._members(), self._head())

    def _members(self) -> list[tuple[str, str, str]]:
        members = self.blended.as_dict()["members"]
        weights = ["-" if each["weight"] is None else f"{each['weight']:.3f}" for each in members]
        return [(each["run"], score_text(each["score"]), w) for each, w in zip(members, weights, strict=True)]

    def _head(self) -> str:
        found = self.blended
        low, high = found.interval or (None, None)
        interval = "" if low is None else f" (95% interval {low:+.5f} to {high:+.5f})"
        written = "written" if self.run else "not written"
        return f"{found.method}: {score_text(found.nested)}, gain {found.gain:+.5f}{interval}; {written}"


@dataclass(frozen=True)
class SearchResult:
    """What a search found: its trials, the best settings, and their score on other seeds."""

    task: Task
    found: Found
    trials: tuple[Attempt, ...]
    report: Path
    """The page of the search."""

    @property
    def params(self) -> Mapping[str, Any]:
        """The best trial's settings, to pass on: ``kit.run(task, data, **result.params)``."""
        return self.found.params

    @property
    def best(self) -> float:
        """The score of the best trial, which is optimistic; ``found.winner`` are scores on other seeds."""
        return self.found.best

    def to_pandas(self) -> Any:
        """A data frame with a row for each trial: number, state, score, run, and a column for each setting."""
        rows = []
        for each in self.trials:
            row = {"number": each.number, "state": each.state, "score": each.score, "run": each.run}
            rows.append({**row, **each.params})
        return frame(rows)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in self.params.items())
        lines = [f"{counted(self.found.trials, 'trial')}, best {score_text(self.best)} with {values}"]
        return "\n".join([*lines, *self._others()])

    def _repr_html_(self) -> str:
        names = sorted({name for each in self.trials for name in each.params})
        rows = [[t.number, t.state, score_text(t.score), *(t.params.get(name) for name in names)] for t in self.trials]
        return table(["trial", "state", self.task.metric.name, *names], rows, repr(self))

    def _others(self) -> list[str]:
        """The means on other seeds, where there are any."""
        found = self.found
        if not found.winner or not found.default:
            return []
        means = [sum(scores) / len(scores) for scores in (found.winner, found.default)]
        return [f"on other seeds {score_text(means[0])}, the settings it began with {score_text(means[1])}"]


@dataclass(frozen=True)
class ReplayResult:
    """A run repeated: whether each file holds the same bytes, and where they first differ."""

    task: Task
    replayed: Replayed

    @property
    def agrees(self) -> bool:
        """Whether every file holds the same bytes."""
        return self.replayed.agrees

    def __bool__(self) -> bool:
        return self.agrees

    @property
    def run(self) -> RunResult:
        """The new run."""
        return RunResult(self.replayed.run, self.task)

    def to_pandas(self) -> Any:
        """A data frame with a row for each file."""
        return frame([dataclasses.asdict(each) for each in self.replayed.files])

    def __repr__(self) -> str:
        return "\n".join(f"{each.file}: {each.where or 'same bytes'}" for each in self.replayed.files)

    def _repr_html_(self) -> str:
        rows = [(each.file, each.where or "same bytes") for each in self.replayed.files]
        return table(["file", f"compared with {self.replayed.first.name}"], rows)
