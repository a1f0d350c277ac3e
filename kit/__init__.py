"""contest-kit: from a contest's files to a checked, scored, ranked submission.

These are the names that a plugin needs, and the functions of :mod:`kit.api`, which are imported when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.contract.answers import Answers
from kit.contract.config import TrainConfig
from kit.contract.format import CellRule, Column, Fault, Format, Review, Row, Table, integer, number, text
from kit.contract.hooks import hookimpl
from kit.contract.lazy import lazy
from kit.contract.model import Estimator, Model, Objective, View
from kit.contract.protocols import (
    Activation,
    Audit,
    Average,
    BatchFunction,
    Bootstrap,
    Build,
    Details,
    Evaluate,
    Example,
    Explain,
    Figures,
    FindFaults,
    Forward,
    Ids,
    Infer,
    Loss,
    Masks,
    MetricFunction,
    Picture,
    Prepare,
    ReadAnswers,
    Reader,
    SampleMaker,
    Sampler,
    Split,
    Strata,
    Truth,
    Tune,
    Writer,
)
from kit.contract.report import Evidence, Figure, Finding
from kit.contract.sample import Part, Sample
from kit.contract.scoring import Metric, Reference
from kit.contract.task import Task
from kit.contract.training_protocols import Augment, ChangeBatch, Freeze, MakeOptimizer, Schedule
from kit.errors import DataError, KitError, PluginError, SampleError

if TYPE_CHECKING:
    from kit.api import (
        audit,
        blend,
        bundle,
        check,
        compare,
        leaderboard,
        load,
        predict,
        replay,
        run,
        sample,
        score,
        tasks,
        train,
        tune,
    )

__version__ = "0.1.0"

FUNCTIONS = (
    "audit",
    "blend",
    "bundle",
    "check",
    "compare",
    "leaderboard",
    "load",
    "predict",
    "replay",
    "run",
    "sample",
    "score",
    "tasks",
    "train",
    "tune",
)
"""The verbs of the command line in Python."""

__all__ = [
    "Activation",
    "Answers",
    "Audit",
    "Augment",
    "Average",
    "BatchFunction",
    "Bootstrap",
    "Build",
    "CellRule",
    "ChangeBatch",
    "Column",
    "DataError",
    "Details",
    "Estimator",
    "Evaluate",
    "Evidence",
    "Example",
    "Explain",
    "Fault",
    "Figure",
    "Figures",
    "FindFaults",
    "Finding",
    "Format",
    "Forward",
    "Freeze",
    "Ids",
    "Infer",
    "KitError",
    "Loss",
    "MakeOptimizer",
    "Masks",
    "Metric",
    "MetricFunction",
    "Model",
    "Objective",
    "Part",
    "Picture",
    "PluginError",
    "Prepare",
    "ReadAnswers",
    "Reader",
    "Reference",
    "Review",
    "Row",
    "Sample",
    "SampleError",
    "SampleMaker",
    "Sampler",
    "Schedule",
    "Split",
    "Strata",
    "Table",
    "Task",
    "TrainConfig",
    "Truth",
    "Tune",
    "View",
    "Writer",
    "audit",
    "blend",
    "bundle",
    "check",
    "compare",
    "hookimpl",
    "integer",
    "lazy",
    "leaderboard",
    "load",
    "number",
    "predict",
    "replay",
    "run",
    "sample",
    "score",
    "tasks",
    "text",
    "train",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name not in FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kit import api

    return getattr(api, name)
