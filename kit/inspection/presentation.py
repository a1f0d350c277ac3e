"""An inspection as a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.inspection.findings import Inspection

if TYPE_CHECKING:
    from rich.table import Table


def facts_table(inspection: Inspection) -> Table:
    """The facts: what was found, how sure that is, why, and the option that changes it."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("what", "found", "how sure", "why"):
        table.add_column(heading, overflow="fold")
    for fact in inspection.facts:
        change = f" ({fact.option})" if fact.option and fact.confidence in ("likely", "unclear") else ""
        table.add_row(fact.name, fact.value, fact.confidence, fact.reason + change)
    return table
