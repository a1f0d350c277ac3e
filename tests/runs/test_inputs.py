"""Which files are inputs of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath

import pytest

from kit.contract.sample import Sample
from kit.contract.task import Task
from kit.runs.inputs import input_filter, input_sizes, samples_digest


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("train.npy", True),
        ("inner/TEST.NPY", True),
        ("labels.csv", True),
        ("notes.md", False),
        (".DS_Store", False),
        (".git/train.npy", False),
        ("__MACOSX/._train.npy", False),
        ("~$labels.csv", False),
    ],
)
def test_hidden_files_and_other_kinds_are_no_inputs(toy: Task, path: str, expected: bool) -> None:
    assert input_filter(toy)(PurePath(path)) is expected


def test_where_a_pattern_has_no_ending_every_file_counts(toy: Task) -> None:
    task = replace(toy, files={"train/*": "images"})
    assert input_filter(task)(PurePath("train/1.bmp"))
    assert not input_filter(task)(PurePath("train/.hidden.bmp"))


def test_caches_of_the_kit_are_no_inputs(toy: Task, toy_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_CACHE", str(toy_folder / "cache"))
    (toy_folder / "cache").mkdir()
    (toy_folder / "cache" / "a.npy").write_bytes(b"")
    assert set(input_sizes(toy, toy_folder)) == {"train.npy", "test.npy", "labels.csv", "answers.csv"}


def test_ids_groups_and_labels_change_the_digest_of_samples_and_inputs_do_not() -> None:
    samples = [Sample("1", 0, 1, "a"), Sample("2", 0, 0, "b")]
    digest = samples_digest(samples)
    assert samples_digest([replace(samples[0], x=5), samples[1]]) == digest
    for change in ({"id": "3"}, {"y": 0}, {"group": "b"}):
        assert samples_digest([replace(samples[0], **change), samples[1]]) != digest
    assert samples_digest(samples[::-1]) != digest
