"""Files that look like the task's own and that no sample was made from are named."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from kit.auditing.unread_files import packed_findings, unread_findings
from kit.contract.sample import Sample
from kit.contract.task import Task


@dataclasses.dataclass(frozen=True)
class Outline:
    path: Path


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.fixture
def unread(toy: Task, tmp_path: Path):
    """The files that are named when the samples are images, their labels outlines beside them, and these are added."""
    task = dataclasses.replace(toy, files={"train/image/*.tiff": "slides", "train/table.csv, *.raw": "more"})

    def run(*added: str) -> str:
        names = ("A", "B", "C")
        touch(tmp_path, *[f"train/image/{name}.tiff" for name in names], "train/labels/A.svg", "answers.csv", *added)
        samples = [Sample(name, str(tmp_path / f"train/image/{name}.tiff"), meta={"slide": 1}) for name in names]
        samples[0] = dataclasses.replace(samples[0], y=Outline(tmp_path / "train/labels/A.svg"))
        findings = list(unread_findings(task, tmp_path, [samples]))
        assert len(findings) <= 1
        assert all(finding.level == "warning" for finding in findings)
        return findings[0].message if findings else ""

    return run


def test_files_that_are_read_or_declared_are_not_named(unread) -> None:
    assert unread("train/table.csv", "train/image/A.raw", "README.md", ".git/config", "train/image/._A.tiff") == ""


@pytest.mark.parametrize(
    "name",
    [
        "train/labels/B.json",  # a label in another format
        "train/labels/C.bmp",
        "train/labels/notes.txt",
        "train/masks/B.png",
        "train/image/D.svs",  # an image with another ending
        "train/image/D.tiff",  # an image that was left out
        "train/image/more/D.tiff",
        "train/image/B.xml",  # beside its image
    ],
)
def test_a_file_that_looks_like_the_tasks_own_is_named(unread, name: str) -> None:
    assert unread(name) == f"1 file that no sample was made from (1 {Path(name).suffix}): {name}"


@pytest.mark.parametrize("name", ["notes/B.txt", "submissions/run/masks/A.png", "paper.pdf", "train/other.csv"])
def test_another_file_is_not_named(unread, name: str) -> None:
    assert unread(name) == ""


def test_many_files_are_counted_by_their_ending(unread) -> None:
    message = unread(*[f"train/labels/x{i}.json" for i in range(9)], "train/labels/B.bmp")
    assert message.startswith("10 files that no sample was made from (9 .json, 1 .bmp): train/labels/B.bmp, ")
    assert message.endswith(" and 5 more")


def test_samples_without_paths_have_nothing_to_compare(toy: Task, tmp_path: Path) -> None:
    touch(tmp_path, "labels/1.json")
    assert list(unread_findings(toy, tmp_path, [[Sample("1", np.zeros(3), 0)]])) == []


def test_archives_that_nothing_unpacks_are_named_unless_they_are_unpacked_beside_themselves(tmp_path):
    assert list(packed_findings(tmp_path)) == []
    for name in ("test.7z", "my scans.RAR", "train.7z"):
        (tmp_path / name).write_bytes(b"7z")
    (tmp_path / "train").mkdir()
    [finding] = packed_findings(tmp_path)
    assert finding.level == "warning" and finding.message.endswith("nothing is read: my scans.RAR, test.7z")
    assert finding.remedy == "7z x 'my scans.RAR'"
    assert list(packed_findings(tmp_path / "test.7z")) == []
