"""Laws of the submission: which files score best, which score worse, and which are refused."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kit.certify.context import Context, Law, require
from kit.contract.format import Row, Table
from kit.scoring import score
from kit.scoring.rows import row_ids
from kit.submission import check, expected_ids, parse, write

NO_PERFECT = "there are no answers in the form of a perfect submission"


def answers_score_perfectly(context: Context) -> str | None:
    """Check and score the perfect submission: no fault, the metric's best value, the same score twice."""
    if context.perfect is None:
        return NO_PERFECT
    result = check(context.perfect, context.task.format, context.ids)
    require(result.ok, f"the answers do not pass the check: {[fault.as_dict() for fault in result.faults[:1]]}")
    metric, value = context.task.metric, _score(context, context.perfect)
    require(metric.best is None or abs(value - metric.best) < 1e-9, f"the answers score {value}, not {metric.best}")
    require(_score(context, context.perfect) == value, "the same file scored twice gives two scores")
    return None


def worse_scores_worse(context: Context) -> str | None:
    """Give each id the answer of another, or omit half of the ids where that is allowed: the score must get worse."""
    if context.perfect is None:
        return NO_PERFECT
    best, file = _score(context, context.perfect), context.work / "worse" / context.task.format.filename
    write(
        file,
        context.task.format,
        _wrong_answers(context, parse(context.perfect, context.task.format, context.ids)),
        context.ids,
    )
    value = _score(context, file)
    worse = value < best if context.task.metric.higher_is_better else value > best
    direction = "higher" if context.task.metric.higher_is_better else "lower"
    require(worse, f"{direction} is declared better, yet wrong answers score {value} and the true ones {best}")
    return None


def sample_submission_is_not_perfect(context: Context) -> str | None:
    """Check the contest's sample submission, where there is one: it passes the check and does not score perfectly."""
    files = [path for path in context.data.rglob("*") if re.search("sample_?submission", path.name, re.IGNORECASE)]
    if not files:
        return "the contest has no sample submission"
    beside = context.answers is None or context.answers.parent == context.data  # else answers of the training part
    ids = context.ids if beside else [str(id) for id in expected_ids(context.task, context.data)]
    result = check(files[0], context.task.format, ids)
    require(result.ok, f"{files[0].name} does not pass the check: {[fault.as_dict() for fault in result.faults[:1]]}")
    if beside and context.perfect is not None:
        require(
            _score(context, files[0]) != _score(context, context.perfect),
            f"{files[0].name} scores as well as the answers",
        )
    return None


def order_matters_only_where_declared(context: Context) -> str | None:
    """Shuffle the rows: check and score do not change, or the file is refused where the order is part of the format."""
    if context.perfect is None:
        return NO_PERFECT
    head, rows = _lines(context)
    if context.task.format.id is None or len(set(rows)) < 2:
        return "the position of a line is its id" if context.task.format.id is None else "the rows are all alike"
    orders = (random.Random(seed).sample(rows, len(rows)) for seed in range(100))
    shuffled = next((order for order in orders if order != rows), rows[::-1])
    file = _file(context, "shuffled", head + shuffled)
    ok = check(file, context.task.format, context.ids).ok
    if context.task.format.ordered:
        require(not ok, "the order is declared part of the format, yet a shuffled file passes")
        return None
    require(ok, "a shuffled file does not pass the check")
    value, best = _score(context, file), _score(context, context.perfect)
    require(abs(value - best) < 1e-12, f"a shuffled file scores {value} and not {best}")
    return None


def rows_are_matched_by_id(context: Context) -> str | None:
    """Remove, duplicate and rename a row: each file is refused and a fault names the row's id."""
    format = context.task.format
    if context.perfect is None or not format.one_row_per_id:
        return NO_PERFECT if context.perfect is None else f"the format has {format.rows_in_words}"
    head, rows = _lines(context)
    at, table = len(rows) // 2, parse(context.perfect, format, context.ids)
    id = row_ids(format, table)[at]
    broken = {"removed": rows[:at] + rows[at + 1 :], "duplicated": rows[: at + 1] + rows[at:]}
    if format.id is not None:
        broken["renamed"] = [*rows[:at], _renamed(context, rows[at], table, at), *rows[at + 1 :]]
    for change, lines in broken.items():
        result = check(_file(context, change, head + lines), format, context.ids)
        require(not result.ok, f"a file with row {id!r} {change} passes the check")
        named = format.id is None or any(fault.id == id for fault in result.faults)
        require(named, f"row {id!r} was {change}; the faults do not name it: {[f.kind for f in result.faults]}")
    return None


def broken_files_are_refused(context: Context) -> None:
    """Check files that are not a submission: empty, binary, of another contest."""
    files = {
        "an empty file": b"",
        "binary garbage": bytes(range(256)) * 4,
        "another contest's file": b"PassengerId,Survived,Name\n892,0,x\n893,1,y\n",
    }
    for name, content in files.items():
        if (
            name == "an empty file"
            and context.task.format.header == "absent"
            and not context.task.format.one_row_per_id
        ):
            continue
        path = context.work / context.task.format.filename
        path.write_bytes(content)
        result = check(path, context.task.format, context.ids)
        require(not result.ok and result.total_faults, f"{name} passes the check")


def _score(context: Context, file: Path) -> float:
    return score(context.task, file, context.answers or context.data, bootstrap=False, parts=False).score


def _lines(context: Context) -> tuple[list[str], list[str]]:
    """Return the perfect submission's lines: those before the first row, and the rows."""
    if context.perfect is None:
        raise ValueError("the sample has no perfect submission")
    lines = context.perfect.read_text(encoding="utf-8").splitlines()
    numbers = parse(context.perfect, context.task.format, context.ids).lines.tolist()
    return lines[: numbers[0] - 1], [lines[number - 1] for number in numbers]


def _file(context: Context, name: str, lines: Sequence[str]) -> Path:
    path = context.work / name / context.task.format.filename
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _renamed(context: Context, line: str, table: Table, at: int) -> str:
    """Return a row with an unknown id: the largest number plus one, or the id with a letter appended."""
    format = context.task.format
    if format.id is None:
        raise ValueError("the format has no id column")
    value = table[format.id][at]
    other = str(int(table[format.id].max()) + 1) if format.column(format.id).kind == "integer" else f"{value}x"
    cells = line.split(format.delimiter)
    cells[format.names.index(format.id)] = other
    return format.delimiter.join(cells)


def _wrong_answers(context: Context, table: Table) -> list[Row]:
    format = context.task.format
    cells: dict[str, list[Any]] = {name: table[name].tolist() for name in format.names}
    if not format.one_row_per_id:
        kept = set(context.ids[::2]) - {row_ids(format, table)[0]}
        return [
            row for row, id in zip(zip(*cells.values(), strict=True), row_ids(format, table), strict=True) if id in kept
        ]
    values = list(zip(*(cells[column.name] for column in format.values), strict=True))
    rotations = [values[k:] + values[:k] for k in range(1, len(values))]
    changes = [sum(a != b for a, b in zip(rotated, values, strict=True)) for rotated in rotations]
    most = rotations[changes.index(max(changes))] if changes else values
    require(most != values, "every answer of the sample is the same, so that no submission can be worse")
    moved = {column.name: [row[i] for row in most] for i, column in enumerate(format.values)}
    return list(zip(*({**cells, **moved}[name] for name in format.names), strict=True))


SUBMISSION = (
    Law("the answers pass the check and score perfectly", answers_score_perfectly),
    Law("a worse submission scores worse in the declared direction", worse_scores_worse),
    Law("the sample submission passes the check and is not perfect", sample_submission_is_not_perfect),
    Law("shuffled rows change nothing unless the order is part of the format", order_matters_only_where_declared),
    Law("a removed, duplicated or renamed row is refused and its id named", rows_are_matched_by_id),
    Law("files that are not a submission are refused", broken_files_are_refused),
)
