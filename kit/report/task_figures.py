"""The figures that a task's plugin draws for the report; one that fails does not prevent the rest."""

from __future__ import annotations

from dataclasses import dataclass

from kit.console import warn
from kit.contract.report import Evidence
from kit.contract.task import Task
from kit.report.pictures import data_uri

PNG = b"\x89PNG\r\n\x1a\n"  # the signature that a PNG file starts with


@dataclass(frozen=True)
class ShownFigure:
    """One of the task's own figures as the page shows it; ``failure`` is the reason if it could not be drawn."""

    title: str
    uri: str = ""
    caption: str = ""
    failure: str = ""


def task_figures(task: Task, evidence: Evidence | None) -> list[ShownFigure]:
    """The task's figures. If one fails, those before it are kept, and its reason is shown after them and printed."""
    if task.figures is None or evidence is None:
        return []
    shown = []
    try:
        for figure in task.figures(evidence):
            if not figure.png.startswith(PNG):
                raise ValueError(f"figure {figure.title!r} is not a PNG")
            shown.append(ShownFigure(figure.title, data_uri(figure.png, "image/png"), figure.caption))
    except Exception as error:  # a bug in a plugin's figure must not prevent the report
        reason = f"{type(error).__name__}: {error}"
        warn(f"a figure of task {task.name} could not be drawn: {reason}")
        shown.append(ShownFigure("A figure that could not be drawn", failure=reason))
    return shown
