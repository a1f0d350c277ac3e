"""Laws of the submission: what is perfect, what is worse, and what is refused."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kit.certify.context import Bench, Law, need
from kit.contract.format import Row, Table
from kit.scoring import score
from kit.scoring.rows import row_ids
from kit.submission import check, parse, write

NO_PERFECT = "the answers are tables of the contest's own, without a perfect submission beside them"


def answers_score_perfectly(bench: Bench) -> str | None:
    """Check and score the perfect submission: no fault, and the metric's best value."""
    if bench.perfect is None:
        return NO_PERFECT
    verdict = check(bench.perfect, bench.task.format, bench.ids)
    need(verdict.ok, f"the answers do not pass the check: {[fault.as_dict() for fault in verdict.faults[:1]]}")
    metric, value = bench.task.metric, _score(bench, bench.perfect)
    need(metric.best is None or abs(value - metric.best) < 1e-9, f"the answers score {value}, not {metric.best}")
    need(_score(bench, bench.perfect) == value, "the same file scored twice gives two scores")
    return None


def worse_scores_worse(bench: Bench) -> str | None:
    """Give each id another's answer, or leave half of the ids out where that is allowed: the score must drop."""
    if bench.perfect is None:
        return NO_PERFECT
    best, file = _score(bench, bench.perfect), bench.work / "worse" / bench.task.format.filename
    write(file, bench.task.format, _spoilt(bench, parse(bench.perfect, bench.task.format, bench.ids)), bench.ids)
    value = _score(bench, file)
    worse = value < best if bench.task.metric.higher_is_better else value > best
    direction = "higher" if bench.task.metric.higher_is_better else "lower"
    need(worse, f"{direction} is declared better, yet spoilt answers score {value} and the true ones {best}")
    return None


def sample_submission_is_not_perfect(bench: Bench) -> str | None:
    """Check the contest's sample submission where the sample has one; it passes and does not score perfectly."""
    files = [path for path in bench.data.rglob("*") if re.search("sample_?submission", path.name, re.IGNORECASE)]
    if not files:
        return "the contest has no sample submission"
    verdict = check(files[0], bench.task.format, bench.ids)
    need(verdict.ok, f"{files[0].name} does not pass the check: {[fault.as_dict() for fault in verdict.faults[:1]]}")
    if bench.perfect is not None:
        need(_score(bench, files[0]) != _score(bench, bench.perfect), f"{files[0].name} scores as well as the answers")
    return None


def order_counts_only_where_declared(bench: Bench) -> str | None:
    """Shuffle the rows: verdict and score stay, or the file is refused where the order is part of the format."""
    if bench.perfect is None:
        return NO_PERFECT
    head, rows = _lines(bench)
    if bench.task.format.id is None or len(set(rows)) < 2:
        return "a line's place is its id" if bench.task.format.id is None else "the rows are all alike"
    orders = (random.Random(seed).sample(rows, len(rows)) for seed in range(100))
    shuffled = next((order for order in orders if order != rows), rows[::-1])
    file = _file(bench, "shuffled", head + shuffled)
    ok = check(file, bench.task.format, bench.ids).ok
    if bench.task.format.ordered:
        need(not ok, "the order is declared part of the format, yet a shuffled file passes")
        return None
    need(ok, "a shuffled file does not pass the check")
    value, best = _score(bench, file), _score(bench, bench.perfect)
    need(abs(value - best) < 1e-12, f"a shuffled file scores {value} and not {best}")
    return None


def rows_are_counted_by_id(bench: Bench) -> str | None:
    """Remove, double and rename a row: each is refused, and the row's id is named."""
    format = bench.task.format
    if bench.perfect is None or not format.one_row_per_id:
        return NO_PERFECT if bench.perfect is None else "an id may have any number of rows"
    head, rows = _lines(bench)
    at, table = len(rows) // 2, parse(bench.perfect, format, bench.ids)
    id = row_ids(format, table)[at]
    broken = {"removed": rows[:at] + rows[at + 1 :], "doubled": rows[: at + 1] + rows[at:]}
    if format.id is not None:
        broken["renamed"] = [*rows[:at], _renamed(bench, rows[at], table, at), *rows[at + 1 :]]
    for change, lines in broken.items():
        verdict = check(_file(bench, change, head + lines), format, bench.ids)
        need(not verdict.ok, f"a file with row {id!r} {change} passes the check")
        named = format.id is None or any(fault.id == id for fault in verdict.faults)
        need(named, f"row {id!r} was {change}; the faults do not name it: {[f.kind for f in verdict.faults]}")
    return None


def broken_files_are_refused(bench: Bench) -> None:
    """Check files that are no submission: empty, binary, another contest's."""
    files = {
        "an empty file": b"",
        "binary garbage": bytes(range(256)) * 4,
        "another contest's file": b"PassengerId,Survived,Name\n892,0,x\n893,1,y\n",
    }
    for name, content in files.items():
        if name == "an empty file" and bench.task.format.header == "absent" and not bench.task.format.one_row_per_id:
            continue
        path = bench.work / bench.task.format.filename
        path.write_bytes(content)
        verdict = check(path, bench.task.format, bench.ids)
        need(not verdict.ok and verdict.total_faults, f"{name} passes the check")


def _score(bench: Bench, file: Path) -> float:
    return score(bench.task, file, bench.data, bootstrap=False, parts=False).score


def _lines(bench: Bench) -> tuple[list[str], list[str]]:
    """The perfect submission's lines: what stands before the rows, and the rows."""
    assert bench.perfect is not None
    lines = bench.perfect.read_text(encoding="utf-8").splitlines()
    places = parse(bench.perfect, bench.task.format, bench.ids).lines.tolist()
    return lines[: places[0] - 1], [lines[place - 1] for place in places]


def _file(bench: Bench, name: str, lines: Sequence[str]) -> Path:
    path = bench.work / name / bench.task.format.filename
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _renamed(bench: Bench, line: str, table: Table, at: int) -> str:
    """A row under an id that nobody has: one more than the greatest number, or the id with a letter more."""
    format = bench.task.format
    assert format.id is not None
    value = table[format.id][at]
    other = str(int(table[format.id].max()) + 1) if format.column(format.id).kind == "integer" else f"{value}x"
    cells = line.split(format.delimiter)
    cells[format.names.index(format.id)] = other
    return format.delimiter.join(cells)


def _spoilt(bench: Bench, table: Table) -> list[Row]:
    format = bench.task.format
    cells: dict[str, list[Any]] = {name: table[name].tolist() for name in format.names}
    if not format.one_row_per_id:
        kept = set(bench.ids[::2]) - {row_ids(format, table)[0]}
        return [
            row for row, id in zip(zip(*cells.values(), strict=True), row_ids(format, table), strict=True) if id in kept
        ]
    values = list(zip(*(cells[column.name] for column in format.values), strict=True))
    turns = [values[k:] + values[:k] for k in range(1, len(values))]
    most = max(turns, key=lambda turn: sum(a != b for a, b in zip(turn, values, strict=True)), default=values)
    need(most != values, "every answer of the sample is the same: no submission can be worse")
    moved = {column.name: [row[i] for row in most] for i, column in enumerate(format.values)}
    return list(zip(*({**cells, **moved}[name] for name in format.names), strict=True))


SUBMISSION = (
    Law("the answers pass the check and score perfectly", answers_score_perfectly),
    Law("a worse submission scores worse in the declared direction", worse_scores_worse),
    Law("the sample submission passes the check and is not perfect", sample_submission_is_not_perfect),
    Law("shuffled rows change nothing unless the order is part of the format", order_counts_only_where_declared),
    Law("a row removed, doubled or renamed is refused and its id named", rows_are_counted_by_id),
    Law("files that are no submission are refused", broken_files_are_refused),
)
