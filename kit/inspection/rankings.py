"""Submissions that list the most probable classes of a sample, as MAP@K and NDCG@K need them."""

from __future__ import annotations

from dataclasses import dataclass

from kit.errors import DataError
from kit.inspection.columns import Cells
from kit.inspection.findings import Fact
from kit.inspection.kinds import TargetKind
from kit.inspection.metric_names import is_ranking, ranks_of

SEPARATORS = (" ", ",", ";", "|")


@dataclass(frozen=True)
class Ranking:
    """At most ``ranks`` classes: in one cell, divided by ``separator``, or where that is empty in ``rows`` rows."""

    ranks: int
    separator: str
    rows: int
    fact: Fact

    @property
    def meaning(self) -> str:
        """The column in words."""
        return f"up to {self.ranks} classes, the most probable first" if self.separator else "a class"


def find_ranking(sample: Cells | None, kind: TargetKind, metric: str) -> Ranking | None:
    """Whether the metric or the cells of the sample submission ask for several classes of a sample; how they stand.

    Raises DataError for classes that hold the separator.
    """
    if kind.kind != "classes":
        return None
    listed = _listed(sample, kind)
    if metric and not is_ranking(metric):
        return None
    if not metric and listed is None:
        return None
    separator, most = listed or ("", 0)
    ranks = ranks_of(metric) if metric else most
    if not separator and metric.lower().lstrip().startswith("map"):
        separator = " "
    if separator:
        _refuse_separator(separator, kind)
        value = f"the {ranks} most probable classes in one cell, divided by {separator!r}"
        if listed:
            return Ranking(ranks, separator, 1, Fact("values", value, "certain", "the sample submission lists classes"))
        reason = "the usual form for this metric; the sample submission does not show it"
        return Ranking(ranks, separator, 1, Fact("values", value, "unclear", reason))
    value = f"the {ranks} most probable classes, a row each"
    return Ranking(ranks, "", ranks, Fact("values", value, "unclear", "the sample submission holds one class per row"))


def _listed(sample: Cells | None, kind: TargetKind) -> tuple[str, int] | None:
    """Separator and length of the lists of classes in the sample submission; None if it holds none."""
    known = set(kind.classes)
    for separator in SEPARATORS:
        lists = [cell.split(separator) for cell in (sample.counts if sample else ()) if cell not in known]
        if lists and all(len(parts) > 1 and known.issuperset(parts) for parts in lists):
            return separator, max(map(len, lists))
    return None


def _refuse_separator(separator: str, kind: TargetKind) -> None:
    wrong = [name for name in kind.classes if separator in name]
    if wrong:
        raise DataError(
            "a class holds what divides the classes of a cell",
            expected=f"classes without {separator!r}",
            found=wrong[0],
            remedy="--metric accuracy, and change the writer by hand",
        )
