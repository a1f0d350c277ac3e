"""The gallery of the data: every class is there, samples are spread, damage stays where it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from kit import Sample
from kit.contract.task import Task
from kit.report.gallery import gallery, spread


def images(count: int, classes: int = 2) -> list[Sample]:
    return [Sample(f"s{i}", np.full((1, 8, 8), i / count, np.float32), i % classes) for i in range(count)]


def test_each_class_has_a_row_with_its_count_and_samples_from_all_over_the_part(toy: Task) -> None:
    shown = gallery(toy, images(300, 3), most=12)
    assert [(row.name, row.count) for row in shown.rows] == [("0", 100), ("1", 100), ("2", 100)]
    assert [sample.id for sample in shown.rows[1].samples] == ["s1", "s100", "s199", "s298"]
    assert all(sample.picture is not None for row in shown.rows for sample in row.samples)
    assert shown.examined == shown.total == 300


def test_texts_that_are_no_classes_stand_below_their_pictures_instead(toy: Task) -> None:
    samples = [dataclasses.replace(sample, y=f"text {i}") for i, sample in enumerate(images(30))]
    shown = gallery(toy, samples, most=8)
    assert [row.name for row in shown.rows] == [""]
    assert [sample.label for sample in shown.rows[0].samples] == ["text 0", "text 10", "text 19", "text 29"]


def test_a_rare_class_among_very_many_samples_is_found_in_what_is_examined(toy: Task, monkeypatch) -> None:
    monkeypatch.setattr("kit.report.gallery.MOST_EXAMINED", 100)
    samples = [dataclasses.replace(sample, y=int(i < 50)) for i, sample in enumerate(images(1000))]
    shown = gallery(toy, samples)
    assert (shown.examined, shown.total) == (100, 1000)
    assert [(row.name, row.count) for row in shown.rows] == [("0", 95), ("1", 5)]


def test_samples_that_are_no_pictures_have_no_gallery(toy: Task) -> None:
    assert gallery(toy, [Sample(str(i), np.zeros(5), i % 2) for i in range(10)]) is None
    assert gallery(toy, []) is None


def test_a_damaged_sample_leaves_the_others_in_the_gallery_with_its_reason(toy: Task, tmp_path: Path) -> None:
    def picture(sample: Sample) -> np.ndarray:
        if sample.id == "s9":
            raise ValueError("<script>half a file")
        return np.zeros((4, 4), np.uint8)

    shown = gallery(dataclasses.replace(toy, picture=picture), images(10))
    (bad,) = [sample for row in shown.rows for sample in row.samples if sample.picture is None]
    assert (bad.id, bad.reason) == ("s9", "ValueError: <script>half a file")


def test_positions_are_spread_from_the_first_to_the_last() -> None:
    assert spread(10, 4).tolist() == [0, 3, 6, 9]
    assert spread(3, 10).tolist() == [0, 1, 2]
    assert spread(0, 5).tolist() == []
