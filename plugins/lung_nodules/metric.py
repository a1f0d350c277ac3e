"""The contest's metric: answers from its own tables, marks matched by scan, details, and marks that the cap drops."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kit import Answers, Fault, Table

from . import froc
from .tables import COORDINATES, Points, find_table, read_points, read_seriesuids

_NONE = np.empty((0, 4))


@dataclass(frozen=True)
class Truth:
    """The findings of each scan: rows (n, 4) of x, y, z and diameter in mm."""

    seriesuids: Sequence[str]
    included: Mapping[str, np.ndarray]
    excluded: Mapping[str, np.ndarray]


def read_answers(path: Path) -> Answers:
    """Read a folder with ``annotations.csv``, ``annotations_excluded.csv`` and ``seriesuids.csv``.

    As in the contest's evaluation, findings of scans that ``seriesuids.csv`` does not list are left out. Since that may
    be a mistake, a warning is logged.
    """
    uids = read_seriesuids(find_table(path, "seriesuids.csv") or path / "seriesuids.csv")
    names = ("annotations.csv", "annotations_excluded.csv")
    tables = [read_points(find_table(path, name) or path / name, "diameter_mm") for name in names]
    for table in tables:
        _warn_of_unlisted(table, frozenset(uids))
    included, excluded = (table.spheres() for table in tables)
    # A third of the contest's excluded findings are exact repeats, which change nothing.
    return Answers(uids, Truth(uids, included, {uid: np.unique(rows, axis=0) for uid, rows in excluded.items()}))


def _warn_of_unlisted(table: Points, uids: frozenset[str]) -> None:
    unlisted = list(dict.fromkeys(uid for uid in table.seriesuid if uid not in uids))
    if unlisted:
        message = "%s has findings in %d scans that seriesuids.csv does not list; they are left out (first: %s)"
        logging.getLogger(__name__).warning(message, table.path.name, len(unlisted), unlisted[0])


def prepare(truth: Truth, guess: Table) -> tuple[np.ndarray, np.ndarray]:
    """Match a submission: the number of nodules (scans,) and the :class:`~.froc.ScanResult` (scans,) of every scan."""
    marks = rows_by_scan(guess["seriesuid"])
    xyz = np.stack([guess[name] for name in COORDINATES], axis=1)
    none = np.empty(0, np.intp)
    y_true, y_pred = np.zeros(len(truth.seriesuids), np.int64), np.empty(len(truth.seriesuids), object)
    for position, uid in enumerate(truth.seriesuids):
        rows, included = marks.get(uid, none), truth.included.get(uid, _NONE)
        excluded = truth.excluded.get(uid, _NONE)
        y_true[position] = len(included)
        y_pred[position] = froc.match_marks(xyz[rows], guess["probability"][rows], included, excluded)
    return y_true, y_pred


def rows_by_scan(seriesuid: np.ndarray) -> dict[str, np.ndarray]:
    """Return the positions of every scan's rows, in file order."""
    names = seriesuid.tolist()
    scans = {uid: number for number, uid in enumerate(dict.fromkeys(names))}
    index = np.fromiter(map(scans.__getitem__, names), np.int64, len(names))
    order = np.argsort(index, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(index, minlength=len(scans)))[:-1])
    return dict(zip(scans, parts, strict=False))


def details(y_true: np.ndarray, y_pred: Sequence[froc.ScanResult]) -> dict[str, Any]:
    """Return the details beside CPM: sensitivities, counts, and the FROC curve at about a hundred points."""
    curve = froc.froc_curve(froc.pool(y_true, y_pred))
    sensitivity = froc.sensitivity_at(curve)
    found = sum(len(scan.true_positives) for scan in y_pred)
    rates = np.geomspace(froc.FP_RATES[0], froc.FP_RATES[-1], 97)
    return {
        "cpm": float(sensitivity.mean()),
        "sensitivity_at": {f"{rate:g}": float(value) for rate, value in zip(froc.FP_RATES, sensitivity, strict=True)},
        "true_positives": found,
        "false_positives": sum(len(scan.false_positives) for scan in y_pred),
        "false_negatives": int(y_true.sum()) - found,
        "ignored_on_excluded": sum(scan.ignored_on_excluded for scan in y_pred),
        "ignored_double": sum(scan.ignored_double for scan in y_pred),
        "scans": len(y_true),
        "nodules": int(y_true.sum()),
        "froc": {
            "false_positives_per_scan": [round(float(rate), 6) for rate in rates],
            "sensitivity": [float(value) for value in froc.sensitivity_at(curve, rates)],
        },
    }


def review(table: Table) -> Iterator[Fault]:
    """Warn of every scan of which the evaluation would silently drop marks."""
    for uid, rows in rows_by_scan(table["seriesuid"]).items():
        probability = table["probability"][rows]
        dropped = ~froc.kept_marks(probability)
        if not dropped.any():
            continue
        kept = len(rows) - int(dropped.sum())
        ties = (
            f", since {froc.MAX_MARKS - kept} of the first {froc.MAX_MARKS} tie with the next"
            if kept < froc.MAX_MARKS
            else ""
        )
        yield Fault(
            kind="marks_dropped",
            line=int(table.lines[rows[dropped]].min()),
            id=uid,
            expected=f"at most {froc.MAX_MARKS} marks per scan",
            found=f"{len(rows)} marks, of which the evaluation keeps the {kept} most probable{ties}",
            remedy=f"write the {froc.MAX_MARKS} most probable marks of the scan only, as kit predict does",
        )


def perfect_rows(scans: Iterable[tuple[str, np.ndarray]]) -> Iterator[tuple[str, float, float, float, float]]:
    """Yield the rows of a perfect submission: every nodule's centre with probability 1."""
    for uid, spheres in scans:
        for x, y, z, _ in spheres:
            yield uid, float(x), float(y), float(z), 1.0
