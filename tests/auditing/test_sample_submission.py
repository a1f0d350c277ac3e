"""A sample submission says which test samples there should be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kit.auditing.sample_submission import sample_submission_findings
from kit.auditing.statistics import PartStatistics
from kit.contract.sample import Sample
from kit.contract.task import Task


@pytest.fixture
def messages(toy: Task, tmp_path: Path):
    """What is found for the text of a sample submission where the test part has the ids 1 to 3."""

    def run(content: bytes, name: str = "sample_submission.csv", count: int = 3) -> list[str]:
        (tmp_path / name).write_bytes(content)
        samples = [Sample(str(number), None) for number in range(1, count + 1)]
        task = replace(toy, ids=lambda folder: [sample.id for sample in samples])
        test = PartStatistics("test", samples, []) if samples else None
        findings = list(sample_submission_findings(task, tmp_path, test))
        assert {finding.level for finding in findings} <= {"warning"}
        return [finding.message for finding in findings]

    return run


@pytest.mark.parametrize(
    "content", [b"id,label\n1,0\n2,0\n3,0\n", b"\xef\xbb\xbfid;label\r\n1.0;0\r\n2.0;0\r\n03;0\r\n\r\n"]
)
def test_the_same_ids_are_no_finding_however_a_spreadsheet_saved_them(messages, content: bytes):
    assert messages(content) == []


def test_ids_of_either_side_alone_are_named(messages):
    [more, fewer] = messages(b"id,label\n1,0\n10,0\n9,0\n", "SampleSubmission.csv")
    assert "2 ids that the test part does not have: 9, 10" in more and "lacks 2 ids of the test part: 2, 3" in fewer


def test_it_is_found_in_a_zip_archive_and_no_other_archive_is_opened(messages, tmp_path):
    import zipfile

    (tmp_path / "train.tar.gz").write_bytes(b"no archive")
    with zipfile.ZipFile(tmp_path / "contest.zip", "w") as archive:
        archive.writestr("a/sampleSubmission.csv", "id,label\n1,0\n2,0\n")
    assert messages(b"x", "other.csv") == ["it lacks 1 id of the test part: 3"]


def test_without_a_test_part_the_listed_ids_are_counted(messages):
    assert messages(b"id,label\n1,0\n", count=0) == ["it lists 1 id, and there is no test part"]


@pytest.mark.parametrize("content", [b"", b"number,label\n1,0\n", b"id,label\n\xff\n"])
def test_a_table_that_cannot_be_read_is_a_warning_since_nothing_needs_it(messages, content: bytes):
    assert len(messages(content)) == 1
