"""Examine a contest's files before hours of training: the parts, their samples, labels, copies and leaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from kit.auditing.answers import answer_findings
from kit.auditing.duplicates import duplicate_findings, group_findings
from kit.auditing.external_data import external_data_findings
from kit.auditing.labels import class_findings, label_findings
from kit.auditing.leaks import leak_findings
from kit.auditing.reasons import reason_of
from kit.auditing.sample_submission import sample_submission_findings
from kit.auditing.samples import count_finding, example_findings, id_findings, shape_findings
from kit.auditing.statistics import PartStatistics, collect_statistics
from kit.auditing.unread_files import packed_findings, unread_findings
from kit.console import status
from kit.contract.config import TrainConfig
from kit.contract.report import Finding
from kit.contract.sample import PARTS, Part, Sample
from kit.contract.task import Task
from kit.data.classes import class_of
from kit.data.contest import ContestData
from kit.data.visible import original_names
from kit.errors import KitError, with_location

LEVELS = ("error", "warning", "note")


def audit(task: Task, folder: Path, config: TrainConfig | None = None) -> list[Finding]:
    """Find what makes data unfit to train on (errors), what a user should look at (warnings), and counts (notes).

    Errors come first. Faults of the data raise nothing: an unreadable part or sample is a finding.
    """
    with ContestData(task, folder, config or task.config) as contest:
        return audit_contest(contest)


def audit_contest(contest: ContestData) -> list[Finding]:
    """Audit data whose parts are read once and handed on to training and prediction."""
    return audit_parts(contest)[0]


def audit_parts(contest: ContestData) -> tuple[list[Finding], list[PartStatistics]]:
    """The findings of an audit, and the statistics of the parts that could be read."""
    status(f"auditing {contest.folder}")
    task, config = contest.task, contest.config
    findings: list[Finding] = []
    parts: dict[str, PartStatistics] = {}
    for part in PARTS:
        samples, problems = _read(contest, part)
        findings += problems
        if samples:
            found = collect_statistics(contest.loader(part), f"audit {part}")
            parts[part] = PartStatistics(part, samples, found)
    for each in parts.values():
        findings += [*id_findings(each), *example_findings(each, config.skip_bad)]
    findings += shape_findings(task, list(parts.values()))
    train, test = parts.get("train"), parts.get("test")
    if train:
        findings += [*label_findings(task, train), *class_findings(task, train, config)]
        findings += [*duplicate_findings(train, test), *group_findings(train, test)]
        findings += leak_findings(train, test, class_of(task))
    findings += answer_findings(task, contest.folder, test)
    findings += sample_submission_findings(task, contest.visible, test)
    findings += packed_findings(contest.visible)
    findings += unread_findings(task, contest.visible, [each.samples for each in parts.values()])
    findings += _own_findings(task, contest.visible)
    findings += external_data_findings(task, config)
    findings += [count_finding(each) for each in parts.values()]
    findings = [_with_original_names(finding, contest) for finding in findings]
    findings = sorted(_merged(findings), key=lambda finding: LEVELS.index(finding.level))
    return findings, list(parts.values())


def _with_original_names(finding: Finding, contest: ContestData) -> Finding:
    """A finding that names the user's own paths."""
    names = partial(original_names, visible=contest.visible, folder=contest.folder)
    return replace(finding, where=names(finding.where), message=names(finding.message), remedy=names(finding.remedy))


def _merged(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, an error of one cause once: a broken archive stops the reading of both parts and the own audit."""
    first: dict[str | int, Finding] = {}
    for number, finding in enumerate(findings):
        known = first.setdefault(finding.message if finding.level == "error" else number, finding)
        if known is not finding and finding.where in PARTS and finding.where not in known.where.split(" and "):
            first[finding.message] = replace(known, where=f"{known.where} and {finding.where}")
    return list(first.values())


def _read(contest: ContestData, part: Part) -> tuple[list[Sample], list[Finding]]:
    """The samples of a part, or the reason why there are none."""
    show = f"kit show {contest.task.name} lists the files that are expected"
    try:
        found = contest.read(part)
        samples = [found[i] for i in range(len(found))]
    except KitError as error:
        return [], [Finding("error", "unreadable part", part, reason_of(error), str(error.parts["to do"] or show))]
    except Exception as error:  # a reader may fail in any way on a broken download; the other part is still audited
        message = f"the reader stopped with {with_location(error)}"
        return [], [Finding("error", "unreadable part", part, message, show)]
    if not samples and part == "test":  # some contests have none, and a download may hold the training part alone
        message = "there is no sample to predict: train and cross-validate only"
        return [], [Finding("note", "empty part", part, message)]
    if not samples:
        return [], [Finding("error", "empty part", part, "there is no sample", show)]
    return samples, []


def _own_findings(task: Task, folder: Path) -> list[Finding]:
    """What the task's own audit finds; a KitError that it raises is a finding too."""
    if task.audit is None:
        return []
    try:
        return list(task.audit(folder))
    except KitError as error:
        return [Finding("error", "unreadable", str(folder), reason_of(error), str(error.parts["to do"] or ""))]
