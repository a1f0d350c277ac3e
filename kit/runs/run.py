"""A run's folder, ``submissions/TASK/RUN/``: its files, each with one reader and one writer, and runs by name."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kit.contract.report import Finding
from kit.errors import DataError, KitError
from kit.files import require_regular, submissions_dir, write_json, write_text
from kit.runs.records import AddedRecord, CheckRecord, EpochRecord, FoldResult, RunCard, ScoreRecord, Summary
from kit.runs.schema import Record, as_json, convert, decode, parse_json, read_record, read_value, write_record
from kit.wording import score_text

if TYPE_CHECKING:
    from kit.boards import Standing
    from kit.scoring import Score
    from kit.submission import Check


@dataclass(frozen=True)
class Run:
    """A run by its folder. Nothing is kept in memory: every property reads a file.

    A reader raises DataError for a damaged file. Readers that return None do so for a file that is not there (yet).
    """

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def card(self) -> RunCard:
        """The run card."""
        return read_record(self.path / "card.json", RunCard)

    def write_card(self, card: RunCard) -> None:
        """Write the run card."""
        write_record(self.path / "card.json", card)

    @property
    def task_name(self) -> str:
        """The task that the run belongs to."""
        return self.card.task

    @property
    def is_blend(self) -> bool:
        """Whether the run is an average of others, without a model of its own."""
        return self.card.blend is not None

    @property
    def config(self) -> Mapping[str, Any]:
        """The training configuration as JSON values; :func:`kit.runs.config.load_config` gives the task's own class."""
        path = self.path / "config.json"
        config: Mapping[str, Any] = convert(Mapping[str, Any], read_value(path), path, "")
        return config

    def write_config(self, config: Any) -> None:
        """Write the configuration, a dataclass."""
        write_json(self.path / "config.json", dataclasses.asdict(config))

    @property
    def summary(self) -> Summary:
        """The held-out scores. Raises KitError if training has not ended."""
        found = self.find_summary()
        if found is None:
            raise KitError(
                f"run {self.name} has not been trained to its end",
                where=self.path,
                remedy=f"kit train {self.task_name} --resume {self.name}",
            )
        return found

    def find_summary(self) -> Summary | None:
        """The held-out scores, or None before training has ended and for an average of runs."""
        return self._find("summary.json", Summary)

    def write_summary(self, summary: Summary) -> None:
        """Write the held-out scores."""
        write_record(self.path / "summary.json", summary)

    def fold(self, name: str) -> Path:
        """The folder of one fold. Raises DataError for a name that leads out of the run's folder."""
        if Path(name).name != name:
            raise DataError("a fold's name is not the name of a folder", found=name, where=self.path)
        return self.path / "folds" / name

    def fold_result(self, name: str) -> FoldResult | None:
        """The result of one fold, or None before its training has ended."""
        return self._find(f"folds/{name}/fold.json", FoldResult)

    def write_fold_result(self, result: FoldResult) -> None:
        """Write the result of one fold."""
        write_record(self.fold(result.fold) / "fold.json", result)

    @property
    def score(self) -> ScoreRecord | None:
        """The score against answers, or None without answers."""
        return self._find("score.json", ScoreRecord)

    def write_score(self, score: Score, standing: Standing, against: Literal["answers", "labels"] = "answers") -> None:
        """Write the score and its rank."""
        record = ScoreRecord(**score.as_dict(), rank=standing.rank, of=standing.of, against=against)
        write_record(self.path / "score.json", record)

    @property
    def check(self) -> CheckRecord | None:
        """The check of the submission."""
        return self._find("check.json", CheckRecord)

    def write_check(self, check: Check) -> None:
        """Write the check of the submission."""
        names = ("ok", "rows", "total_faults")
        values = {name: getattr(check, name) for name in names}
        record = CheckRecord(**values, faults=tuple(check.faults), warnings=tuple(check.warnings))
        write_record(self.path / "check.json", record)

    @property
    def findings(self) -> Sequence[Finding] | None:
        """The findings of the audit, or None if there was no audit."""
        path = self.path / "audit.json"
        if not path.exists():
            return None
        findings: Sequence[Finding] = convert(tuple[Finding, ...], read_value(path), path, "")
        return findings

    def write_findings(self, findings: Sequence[Finding]) -> None:
        """Write the findings of the audit."""
        write_json(self.path / "audit.json", [as_json(finding) for finding in findings])

    @property
    def added(self) -> AddedRecord | None:
        """The samples that were added to the training parts, or None without any."""
        return self._find("added.json", AddedRecord)

    def write_added(self, record: AddedRecord) -> None:
        """Write down the added samples."""
        write_record(self.path / "added.json", record)

    @property
    def predictions(self) -> Path:
        """The HDF5 file of predictions."""
        return self.path / "predictions.h5"

    def epochs(self) -> list[EpochRecord]:
        """One record an epoch, in order."""
        path = self.path / "metrics.jsonl"
        require_regular(path)
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise DataError(f"{path.name} cannot be read", found=error, where=path) from None
        values = (parse_json(line, path) for line in lines)
        return [decode(EpochRecord, value, path, f"line {number}") for number, value in enumerate(values, 1)]

    def write_epochs(self, records: Sequence[EpochRecord]) -> None:
        """Write one line per epoch."""
        write_text(self.path / "metrics.jsonl", "".join(json.dumps(as_json(record)) + "\n" for record in records))

    def headline(self) -> str:
        """The held-out score in a line."""
        summary = self.summary
        if not any(fold.samples for fold in summary.folds):
            return f"{summary.metric}: no held-out score, since every sample was trained on"
        mean = "undefined" if summary.mean is None else score_text(summary.mean)
        spread = (
            f" ± {score_text(summary.spread)} over {len(summary.folds)} folds" if summary.spread is not None else ""
        )
        return f"held-out {summary.metric}: {mean}{spread}"

    def _find(self, name: str, kind: type[Record]) -> Record | None:
        path = self.path / name
        return read_record(path, kind) if path.exists() else None


def create(task: str, label: str) -> Run:
    """Make a new run's folder, named by time (UTC) and label; two at once get two folders."""
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d-%H%M%S")
    parent = submissions_dir() / task
    parent.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        path = parent / (f"{stamp}-{label}" + (f"-{number}" if number > 1 else ""))
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return Run(path)
    raise KitError("no free name for a run was found", where=parent)
