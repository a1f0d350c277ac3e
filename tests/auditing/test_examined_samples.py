"""Near duplicates and drift: copies are found, what differs by chance is not, and the feature that tells is named."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from kit import Sample
from kit.auditing.drift import drift
from kit.auditing.near_duplicates import near_duplicates
from kit.auditing.pictures import MOST, ExaminedSample, examine_samples
from kit.auditing.statistics import PartStatistics, SampleStatistics


def part(name: str, samples: list[Sample]) -> PartStatistics:
    return PartStatistics(name, samples, [SampleStatistics(sample.id) for sample in samples])


def scene(seed: int, side: int = 64) -> np.ndarray:
    """A colour picture of smooth random blobs."""
    coarse = np.random.default_rng(seed).uniform(0, 255, (6, 6, 3)).astype(np.uint8)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)


def compressed(image: np.ndarray) -> np.ndarray:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 40])
    assert done
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


@pytest.fixture(scope="module")
def scenes() -> list[np.ndarray]:
    return [scene(seed) for seed in range(60)]


def test_a_resized_and_a_compressed_copy_are_near_duplicates_and_different_pictures_are_not(toy, scenes):
    samples = [Sample(f"s{i}", image, 0) for i, image in enumerate(scenes)]
    copies = [
        Sample("larger", cv2.resize(scenes[3], (150, 150)), 0),
        Sample("jpeg", compressed(scenes[7]) // 2 + 60, 1),
    ]
    examined = examine_samples(toy, [part("train", samples), part("test", copies)])
    found = {(pair.first.sample.id, pair.second.sample.id) for pair in near_duplicates(examined.samples)}
    assert found == {("s3", "larger"), ("s7", "jpeg")}


def test_alike_pictures_of_one_group_come_last_since_no_split_separates_them(toy, scenes):
    near = [compressed(scenes[0]), compressed(scenes[1])]
    samples = [Sample("a", scenes[0], 0, "one"), Sample("b", near[0], 0, "one"), Sample("c", scenes[1], 0, "two")]
    examined = examine_samples(toy, [part("train", [*samples, Sample("d", near[1], 0, "three")])])
    pairs = near_duplicates(examined.samples)
    assert [{pair.first.sample.id, pair.second.sample.id} for pair in pairs] == [{"c", "d"}, {"a", "b"}]
    assert [pair.apart for pair in pairs] == [True, False]


def test_parts_that_were_split_at_random_cannot_be_told_apart_and_a_darker_test_part_can(toy, scenes):
    def examined(darken: float):
        samples = [
            Sample(f"s{i}", (image * (darken if i >= 30 else 1)).astype(np.uint8), 0) for i, image in enumerate(scenes)
        ]
        return examine_samples(toy, [part("train", samples[:30]), part("test", samples[30:])]).samples

    same, darker = drift(examined(1.0)), drift(examined(0.5))
    assert same.interval[0] < 0.5 and not same.differs
    assert darker.auc > 0.95 and darker.differs
    assert darker.interval[0] <= darker.auc <= darker.interval[1]
    assert darker.features[0].auc < 0.1 and darker.features[0].test < darker.features[0].train


def test_columns_of_a_table_tell_with_missing_values_and_texts(toy):
    rng = np.random.default_rng(0)
    rows = [
        {"age": float(rng.normal()), "city": str(rng.choice(["A", "B"])), "noise": float(rng.normal())}
        for _ in range(80)
    ]
    for row in rows[40:]:
        row["city"] = "C" if rng.random() < 0.8 else "A"
        row["age"] = None if rng.random() < 0.3 else row["age"]
    samples = [Sample(str(i), row, 0) for i, row in enumerate(rows)]
    examined = examine_samples(toy, [part("train", samples[:40]), part("test", samples[40:])])
    found = drift(examined.samples)
    assert found.auc > 0.8
    assert found.features[0].name == "city" and found.features[0].train is None
    assert {"age", "noise"} <= {feature.name for feature in found.features}


def test_what_is_remembered_of_a_group_does_not_count_as_drift():
    rng = np.random.default_rng(0)
    values = {f"{part} {group}": rng.normal(size=3) for part in ("train", "test") for group in range(8)}
    examined = [
        ExaminedSample(
            part, Sample(f"{part}{i}", None, group=f"{part} {i % 8}"), dict(enumerate(values[f"{part} {i % 8}"]))
        )
        for part in ("train", "test")
        for i in range(80)
    ]
    examined = [dataclasses.replace(each, features={f"f{k}": v for k, v in each.features.items()}) for each in examined]
    assert not drift(examined).differs


def test_too_few_samples_and_features_that_do_not_vary_are_said_so():
    few = [ExaminedSample(part, Sample(str(i), None), {"a": float(i)}) for part in ("train", "test") for i in range(5)]
    assert "at least 25" in drift(few).reason
    same = [ExaminedSample(part, Sample(str(i), None), {"a": 1.0}) for part in ("train", "test") for i in range(30)]
    assert "no features that vary" in drift(same).reason


def test_of_a_large_part_2000_samples_are_looked_at_and_fewer_when_time_is_up(toy):
    many = [Sample(str(i), {"a": float(i)}, 0) for i in range(3 * MOST)]
    examined = examine_samples(toy, [part("train", many), part("test", many[:30])])
    assert examined.counts == {"train": MOST, "test": 30} and examined.totals["train"] == 3 * MOST
    assert len({each.sample.id for each in examined.samples if each.part == "train"}) == MOST
    hurried = examine_samples(toy, [part("train", many), part("test", many)], seconds=0)
    assert hurried.counts == {"train": 1, "test": 1}
