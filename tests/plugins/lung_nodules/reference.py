"""A slow, literal second implementation of the lung contest's evaluation, written apart from the plugin's own."""

import csv
import math

import numpy as np
from kit_plugins.lung_nodules import metric
from sklearn.metrics import roc_curve

from kit import Table

HEADER = ("seriesuid", "coordX", "coordY", "coordZ")


def literal(seriesuids, included, excluded, marks):
    """Walk mark by mark and finding by finding, as the rules say; marks: (uid, x, y, z, p)."""
    truths, scores, missed = [], [], []
    counts = {"tp": 0, "fp": 0, "fn": 0, "on_excluded": 0, "double": 0}
    for uid in seriesuids:
        mine = {number: mark for number, mark in enumerate(marks) if mark[0] == uid}
        if len(mine) > 100:
            next_one = sorted((mark[4] for mark in mine.values()), reverse=True)[100]
            mine = {number: mark for number, mark in mine.items() if mark[4] > next_one}
        left = dict(mine)
        for state, table in (("in", included), ("out", excluded)):
            for row in table:
                if row[0] != uid:
                    continue
                diameter = 10.0 if row[4] < 0 else row[4]
                matches = []
                for number, mark in mine.items():
                    distance = sum(math.pow(row[axis] - mark[axis], 2) for axis in (1, 2, 3))
                    if not distance < math.pow(diameter / 2, 2):
                        continue
                    if state == "in":
                        matches.append(mark[4])
                        left.pop(number, None)
                    elif number in left:
                        counts["on_excluded"] += 1
                        del left[number]
                if state == "out":
                    continue
                truths.append(1)
                missed.append(not matches)
                scores.append(max(matches) if matches else -1e9)
                counts["tp" if matches else "fn"] += 1
                counts["double"] += max(0, len(matches) - 1)
        for mark in left.values():
            counts["fp"] += 1
            truths.append(0)
            scores.append(mark[4])
            missed.append(False)
    return counts, literal_sensitivities(truths, scores, missed, len(seriesuids))


def literal_sensitivities(truths, scores, missed, scans):
    seen = [(t, s) for t, s, m in zip(truths, scores, missed, strict=True) if not m]
    lesions, detected = sum(truths), float(sum(t for t, _ in seen))
    if detected == 0:
        return np.zeros(7)
    if detected == len(seen):
        return np.full(7, detected / lesions)
    fpr, tpr, _ = roc_curve([t for t, _ in seen], [s for _, s in seen])
    fps = fpr * (len(seen) - detected) / scans
    return np.interp([0.125, 0.25, 0.5, 1, 2, 4, 8], fps, tpr * detected / lesions)


def table_of(marks):
    columns = {
        name: np.array([mark[i] for mark in marks], object if i == 0 else float)
        for i, name in enumerate((*HEADER, "probability"))
    }
    return Table(columns, np.arange(2, len(marks) + 2))


def matched(folder, seriesuids, included, excluded, marks):
    write_answers(folder, seriesuids, included, excluded)
    answers = metric.read_answers(folder)
    return metric.prepare(answers.truth, table_of(marks))


def write_answers(folder, seriesuids, included, excluded):
    folder.mkdir(exist_ok=True)
    (folder / "seriesuids.csv").write_text("\n".join(seriesuids) + "\n")
    for name, rows in (("annotations.csv", included), ("annotations_excluded.csv", excluded)):
        with (folder / name).open("w", newline="") as file:
            csv.writer(file).writerows([(*HEADER, "diameter_mm"), *rows])
