"""The audit reports what is wrong with data, and reports nothing for sound data."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from kit.auditing import audit
from kit.contract.config import TrainConfig
from kit.contract.report import Finding
from kit.contract.sample import Sample
from kit.errors import DataError, SampleError

RNG = np.random.default_rng(0)


def images(count: int, first: int = 1, label=lambda i: int(i % 3 == 0), **more) -> list[Sample]:
    """Different pictures whose class does not depend on their position."""
    labels = np.random.default_rng(first).permutation([label(i) for i in range(count)]).tolist()
    return [Sample(str(first + i), RNG.random((1, 4, 4), np.float32), labels[i], **more) for i in range(count)]


@pytest.fixture
def found(toy, tmp_path):
    """Audit these samples and give the findings by kind (notes of counts are left out)."""

    def run(train, test=None, config=None, **fields) -> dict[str, list[Finding]]:
        parts = {"train": train, "test": [dataclasses.replace(s, y=None) for s in test or images(5, 900)]}
        task = dataclasses.replace(toy, reader=lambda folder, part: parts[part], **fields)
        kinds: dict[str, list[Finding]] = {}
        for finding in audit(task, tmp_path, config):
            if finding.kind not in ("samples", "class counts"):
                kinds.setdefault(finding.kind, []).append(finding)
        return kinds

    return run


def changed(samples: list[Sample], position: int, **fields) -> list[Sample]:
    return [dataclasses.replace(s, **fields) if i == position else s for i, s in enumerate(samples)]


def test_sound_data_have_nothing_but_counts(toy, toy_folder):
    findings = audit(toy, toy_folder)
    assert {finding.level for finding in findings} == {"note"}
    counts = next(finding for finding in findings if finding.kind == "class counts")
    assert counts.message.startswith("2 classes; 0: 34, 1: 46")
    parts = {finding.where: finding.message for finding in findings if finding.kind == "samples"}
    assert parts == {"train": "80 samples; inputs (1, 8, 8) float32", "test": "20 samples; inputs (1, 8, 8) float32"}


def test_a_missing_part_is_an_error_and_the_other_part_is_still_audited(toy, toy_folder):
    (toy_folder / "test.npy").unlink()
    findings = audit(toy, toy_folder)
    assert findings[0].level == "error"
    assert findings[0].kind == "unreadable part"
    assert "test.npy" in findings[0].message
    assert any(finding.kind == "samples" and finding.where == "train" for finding in findings)


def test_an_error_of_the_reader_keeps_its_message_and_its_remedy(toy, tmp_path):
    def read(folder, part):
        raise DataError("train.csv is missing", expected="785 columns", remedy="unzip it")

    finding = audit(dataclasses.replace(toy, reader=read), tmp_path)[0]
    assert finding.message == "train.csv is missing: expected 785 columns"
    assert finding.remedy == "unzip it"


def test_an_empty_training_part_is_an_error(found):
    assert found([])["empty part"][0].level == "error"


def test_an_empty_test_part_is_a_note_as_some_contests_have_none(toy, tmp_path):
    parts = {"train": images(30), "test": []}
    findings = audit(dataclasses.replace(toy, reader=lambda folder, part: parts[part]), tmp_path)
    assert {finding.level for finding in findings} == {"note"}
    assert any(finding.kind == "empty part" and finding.where == "test" for finding in findings)


def test_a_repeated_id_is_named(found):
    finding = found(changed(images(30), 4, id="9"))["repeated id"][0]
    assert finding.level == "error"
    assert "1 id used by more than one sample" in finding.message
    assert finding.message.endswith(": 9")


def test_every_unreadable_sample_is_counted_and_the_first_are_named(found):
    def example(sample, rng, config):
        if int(sample.id) % 2:
            raise OSError("truncated image")
        return sample.x, sample.y

    finding = found(images(30), example=example)["unreadable sample"][0]
    assert finding.level == "error"
    assert finding.message.startswith("15 samples cannot be read: 1 (OSError: truncated image")
    assert finding.message.endswith("and 10 more")


def test_an_unreadable_sample_has_the_reason_the_file_and_the_remedy_of_its_error(found):
    def example(sample, rng, config):
        if sample.id == "3":
            error = {"expected": "512 x 512", "found": "256 x 256", "where": Path("/data/masks/A0.png")}
            raise SampleError("A0: a mask has another size than its slide", **error, remedy="check the mask")
        return sample.x, sample.y

    finding = found(images(30), example=example)["unreadable sample"][0]
    reason = "A0: a mask has another size than its slide: expected 512 x 512, found 256 x 256; masks/A0.png"
    assert finding.message == f"1 sample cannot be read: 3 ({reason})"
    assert finding.remedy.startswith("check the mask")


def test_unreadable_samples_that_training_may_skip_are_a_warning(found):
    def example(sample, rng, config):
        if int(sample.id) in (3, 4):
            raise OSError("truncated image")
        return sample.x, sample.y

    levels = [
        found(images(30), None, TrainConfig(skip_bad=n), example=example)["unreadable sample"][0].level for n in (1, 2)
    ]
    assert levels == ["error", "warning"]


def test_reader_processes_find_the_same(found):
    train = changed(images(400), 77, x=np.full((1, 4, 4), np.nan, np.float32))
    alone = found(train, config=TrainConfig(workers=0))
    assert "78" in alone["non-finite input"][0].message
    assert found(train, config=TrainConfig(workers=2)) == alone


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_non_finite_input_is_an_error_that_names_it(found, value):
    x = np.zeros((1, 4, 4), np.float32)
    x[0, 1, 1] = value
    finding = found(changed(images(30), 3, x=x))["non-finite input"][0]
    assert finding.level == "error"
    assert finding.message == "1 input with NaN or infinity: 4"


def test_blank_inputs_are_a_warning_and_not_identical_content(found):
    blank = np.zeros((1, 4, 4), np.float32)
    kinds = found(changed(changed(images(30), 3, x=blank), 7, x=blank))
    assert kinds["blank input"][0].message == "2 inputs with one value only: 4, 8"
    assert "identical content" not in kinds


def test_an_odd_shape_is_an_error_that_names_it(found):
    train = changed(images(30), 3, x=RNG.random((1, 5, 4)))
    finding = found(train)["input shape"][0]
    assert finding.level == "error"
    assert "train 4 (1, 5, 4)" in finding.message
    windows = found(train, infer=lambda forward, sample, config: None)
    assert windows["input shape"][0].level == "note"


def test_inputs_of_different_types_are_a_warning(found):
    def example(sample, rng, config):
        return sample.x.astype("float64" if sample.id == "2" else "float32"), sample.y

    message = found(images(30), example=example)["input type"][0].message
    assert message == "inputs differ in type: float32 (34), float64 (1)"


def test_text_where_numbers_are_expected_is_an_error(found):
    finding = found(images(30), example=lambda sample, rng, config: (np.array(["a"]), 0))["unreadable sample"]
    assert "array of numbers" in finding[0].message


def test_missing_nan_and_negative_labels_are_errors(found):
    kinds = found(changed(changed(changed(images(30), 1, y=None), 2, y=float("nan")), 3, y=-1))
    assert kinds["missing label"][0].message == "1 sample without a label: 2"
    assert kinds["non-finite label"][0].message == "1 label with NaN or infinity: 3"
    assert kinds["label range"][0].message == "1 class label below 0: 4 (-1)"
    assert all(kinds[kind][0].level == "error" for kind in ("missing label", "non-finite label", "label range"))


def test_a_mask_with_nan_is_an_error(found):
    def example(sample, rng, config):
        return sample.x, np.full((4, 4), np.nan if sample.id == "7" else 1.0)

    train = [dataclasses.replace(s, y="mask.png") for s in images(30)]
    assert found(train, example=example)["non-finite label"][0].message.endswith(": 7")


def test_one_class_only_is_an_error(found):
    assert found(images(30, label=lambda i: 1))["one class"][0].level == "error"


def test_rare_absent_and_imbalanced_classes_are_reported(found):
    kinds = found(images(200, label=lambda i: 3 if i < 2 else 0), config=TrainConfig(folds=5))
    assert "5 folds: 3 (2)" in kinds["rare class"][0].message
    assert "99 times" in kinds["imbalance"][0].message
    assert kinds["absent class"][0].message == "classes without any sample: 1, 2"


def test_findings_name_the_classes_that_the_task_names_and_no_strata(found):
    names = ("ant", "bee", "fly", "wasp", "none")
    samples = images(200, label=lambda i: 3 if i < 2 else 0)
    kinds = found(samples, config=TrainConfig(folds=5), classes=names)
    assert "5 folds: wasp (2)" in kinds["rare class"][0].message
    assert kinds["absent class"][0].message == "classes without any sample: bee, fly"
    own = found(samples, config=TrainConfig(folds=5), classes=names, strata=lambda sample: sample.y)
    assert "5 folds: 3 (2)" in own["rare class"][0].message


def test_free_text_is_no_class_and_has_no_rare_ones(found):
    assert not {"rare class", "imbalance"} & found(images(40, label=lambda i: f"{i % 25} + 1")).keys()
    names = found(images(80, label=lambda i: "cat" if i < 3 else "dog"), config=TrainConfig(folds=5))
    assert "cat (3)" in names["rare class"][0].message


def test_the_tasks_own_strata_are_the_classes(toy, tmp_path):
    parts = {"train": images(30), "test": images(5)}
    read, strata = (lambda folder, part: parts[part]), (lambda sample: "even" if int(sample.id) % 2 == 0 else "odd")
    findings = audit(dataclasses.replace(toy, reader=read, strata=strata), tmp_path)
    counts = next(finding for finding in findings if finding.kind == "class counts")
    assert counts.message == "2 classes; even: 15, odd: 15"


def test_identical_content_is_named_in_pairs_within_and_across_parts(found):
    train, test = images(30), images(10, 100)
    train = changed(train, 5, x=train[0].x, y=train[0].y)
    train = changed(train, 6, x=train[1].x, y=1 - train[1].y)
    test = changed(changed(test, 2, x=train[9].x), 3, x=test[4].x)
    kinds = found(train, test)
    within, across, inside_test = kinds["identical content"]
    assert within.message == "2 pairs with identical content: 1 = 6, 2 = 7"
    assert "Sample.group" in within.remedy
    assert (inside_test.where, inside_test.message) == ("test", "1 pair with identical content: 103 = 104")
    assert (across.where, across.level) == ("train and test", "warning")
    assert "10 = 102" in across.message
    a, b = train[1].y, train[6].y
    assert f"2 ({a}) = 7 ({b})" in kinds["conflicting labels"][0].message


def test_identical_content_within_one_group_is_not_reported(found):
    train = images(30)
    train = changed(changed(train, 0, group="a"), 5, x=train[0].x, y=train[0].y, group="a")
    assert "identical content" not in found(train)


def test_groups_are_counted_and_a_group_in_both_parts_is_a_warning(found):
    train = [dataclasses.replace(s, group=f"patient {i % 7}") for i, s in enumerate(images(40))]
    kinds = found(train, changed(images(5, 100), 1, group="patient 3"))
    assert kinds["groups"][0].message.startswith("7 groups of up to 6 samples")
    assert "1 group in both parts: patient 3" in kinds["shared group"][0].message


def leaks(kinds: dict[str, list[Finding]]) -> dict[str, Finding]:
    return {finding.message.partition(" alone")[0]: finding for finding in kinds.get("leak", [])}


def test_sorted_and_alternating_labels_are_a_warning_with_the_accuracy(found):
    by_class = [dataclasses.replace(s, y=i // 20) for i, s in enumerate(images(100))]
    finding = leaks(found(by_class))["row order"]
    assert finding.level == "warning"
    assert "balanced accuracy" in finding.message
    assert "by chance 0.20" in finding.message
    in_turn = [dataclasses.replace(s, y=i % 5) for i, s in enumerate(images(100))]
    assert "the class of the sample before" in leaks(found(in_turn))


def test_a_class_in_the_name_is_a_warning_where_test_names_have_it_too(found):
    named = [dataclasses.replace(s, id=f"{'NP'[s.y]}{i:04}") for i, s in enumerate(images(60))]
    names = "the letters of the id"
    assert leaks(found(named, [dataclasses.replace(s, id=f"V{s.id}") for s in images(9)]))[names].level == "note"
    assert leaks(found(named, [dataclasses.replace(s, id=f"P{s.id}") for s in images(9)]))[names].level == "warning"


def test_a_class_in_the_number_of_the_id_is_a_warning(found):
    train = images(60)
    numbers = iter(np.random.default_rng(0).permutation(60).tolist())
    train = [dataclasses.replace(s, id=str(1000 * s.y + next(numbers))) for s in train]
    assert leaks(found(train))["the number in the id"].level == "warning"


def test_a_class_in_sizes_of_pictures_and_files_is_a_warning(found, tmp_path):
    def example(sample, rng, config):
        return cv2.resize(cv2.imread(str(sample.x)), (8, 8)).transpose(2, 0, 1).astype(np.float32), sample.y

    train = []
    for sample in images(60):
        path = tmp_path / f"{sample.id}.png"
        side = 20 + 10 * sample.y
        cv2.imwrite(str(path), RNG.integers(0, 255, (16, side, 3), np.uint8))
        train.append(dataclasses.replace(sample, x=path))
    kinds = found(train, [dataclasses.replace(s, id=f"9{s.id}") for s in train[:5]], example=example)
    assert {"image width", "file size"} <= leaks(kinds).keys()
    assert "image height" not in leaks(kinds)
    assert "resize or crop" in leaks(kinds)["image width"].remedy


def test_random_names_groups_and_orders_are_no_leak(found):
    hexes = [dataclasses.replace(s, id=RNG.bytes(6).hex()) for s in images(300)]
    assert leaks(found(hexes)) == {}
    patients = [
        dataclasses.replace(s, id=f"p{i // 10}-{i}", group=f"p{i // 10}", y=int(i // 10 in (1, 4, 5, 9, 12, 14)))
        for i, s in enumerate(images(200))
    ]
    assert leaks(found(patients)) == {}, "neighbouring samples of a patient share their class by nature"


def test_findings_of_the_tasks_own_audit_are_added_and_its_error_is_a_finding(found):
    own = Finding("warning", "slice thickness", "scan 3", "5 mm")
    assert found(images(30), audit=lambda folder: [own])["slice thickness"] == [own]

    def refuse(folder):
        raise DataError("candidates.csv is missing")

    assert found(images(30), audit=refuse)["unreadable"][0].level == "error"


def test_an_error_of_one_cause_is_one_error(toy, tmp_path):
    def broken(folder, part=""):
        raise DataError("the archive is damaged", where=folder / "data.zip", remedy="download it again")

    findings = audit(dataclasses.replace(toy, reader=broken, audit=broken), tmp_path)
    (error,) = [finding for finding in findings if finding.level == "error"]
    assert (error.kind, error.where, error.remedy) == ("unreadable part", "train and test", "download it again")


def test_errors_come_first(found, toy, tmp_path):
    blank = np.zeros((1, 4, 4), np.float32)
    parts = {"train": changed(changed(images(30), 1, x=blank), 2, y=-1), "test": images(5, 900)}
    levels = [f.level for f in audit(dataclasses.replace(toy, reader=lambda folder, part: parts[part]), tmp_path)]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert {"error", "warning", "note"} == set(levels)
