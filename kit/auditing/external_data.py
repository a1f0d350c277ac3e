"""Pretrained weights and further samples in a contest that forbids external data."""

from __future__ import annotations

from collections.abc import Iterator

from kit.contract.config import TrainConfig
from kit.contract.report import Finding
from kit.contract.task import Task


def external_data_findings(task: Task, config: TrainConfig) -> Iterator[Finding]:
    """Warn where the configured model builds on data that the contest does not provide and does not allow."""
    names = list(task.model(config.model)[1].pretrained)
    names += [config.pretrained] if config.pretrained else []
    if names and not task.external_data:
        free = [name for name in task.models if not task.model(name)[1].pretrained]
        message = f"the contest forbids external data, and the model builds on pretrained weights: {', '.join(names)}"
        yield Finding("warning", "external data", f"model {config.model}", message, f"--model {' or '.join(free)}")
    if config.extra and not task.external_data:
        message = "the contest forbids external data, and the run trains on further samples"
        yield Finding("warning", "external data", config.extra, message, "leave out --extra")
