"""Tables of results: data frames for pandas, HTML for notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def frame(rows: Sequence[Mapping[str, Any]]) -> Any:
    """A data frame of these rows."""
    import pandas

    return pandas.DataFrame(list(rows))


def table(names: Sequence[str], rows: Sequence[Sequence[Any]], head: str = "") -> str:
    """An HTML table below a heading, everything in it escaped."""
    from kit.report.page import fragment

    return fragment("table.html", {"names": names, "rows": rows, "head": head})
