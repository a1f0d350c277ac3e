"""A comparison of runs as lines on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kit.comparison import Comparison, Difference
from kit.comparison.uses import uses_in_words
from kit.console import output, printable, table_text
from kit.wording import counted, score_text


def print_comparison(found: Comparison) -> None:
    """Print scores, differences and the samples that one run alone gets right."""
    from rich.table import Table
    from rich.text import Text

    def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table()
        for heading in headings:
            table.add_column(heading, overflow="fold")
        for row in rows:
            table.add_row(*(Text(printable(cell, one_line=True)) for cell in row))
        output(table_text(table))

    direction = "higher" if found.higher_is_better else "lower"
    output(f"{found.task}: {counted(found.samples, 'sample')} that every run held out, {direction} is better")
    named = ("variant",) if any(member.variant for member in found.members) else ()
    members = [
        (m.run, *((m.variant or "-",) if named else ()), m.model, score_text(m.score), _count(m.right))
        for m in found.members
    ]
    print_table(("run", *named, "model", found.metric, "right"), members)
    output(printable(f"differences from {found.members[0].run}:", one_line=True))
    p = "p (Holm)" if len(found.differences) > 1 else "p"
    print_table(("run", "difference", "95% interval", p, "test"), [_cells(each) for each in found.differences])
    for each in found.differences:
        for line in _alone(each):
            output(printable(line, one_line=True))
    output(uses_in_words(found.uses))


def _cells(each: Difference) -> tuple[str, ...]:
    ends = " to ".join(map(_signed, each.interval)) if each.interval else "-"
    return each.second, _signed(each.difference), ends, "-" if each.p is None else f"{each.p:.3g}", each.test


def _alone(each: Difference) -> Iterator[str]:
    if each.only_first is None or each.only_second is None:
        return
    for run, count, ids in (
        (each.second, each.only_second, each.ids_second),
        (each.first, each.only_first, each.ids_first),
    ):
        some = f": {', '.join(ids)}" if ids else ""
        more = f" and {count - len(ids):,} more" if count > len(ids) else ""
        yield f"only {run} gets right: {counted(count, 'sample')}{some}{more}"


def _signed(value: float | None) -> str:
    return "-" if value is None else f"{value:+.5f}" if value == 0 or abs(value) >= 1e-3 else f"{value:+.3g}"


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"
