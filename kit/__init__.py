"""contest-kit: from a contest's files to a checked, scored, ranked submission. These are the names a plugin needs."""

from kit.contract.config import TrainConfig
from kit.contract.format import Column, Fault, Format, Row, Table, integer, number, text
from kit.contract.hooks import hookimpl
from kit.contract.lazy import lazy
from kit.contract.model import Forward, Model, Objective, View
from kit.contract.report import Evidence, Figure, Finding
from kit.contract.sample import Part, Sample
from kit.contract.scoring import Answers, Metric, Reference
from kit.contract.task import Task
from kit.errors import DataError, KitError, PluginError, SampleError

__version__ = "0.1.0"

__all__ = [
    "Answers",
    "Column",
    "DataError",
    "Evidence",
    "Fault",
    "Figure",
    "Finding",
    "Format",
    "Forward",
    "KitError",
    "Metric",
    "Model",
    "Objective",
    "Part",
    "PluginError",
    "Reference",
    "Row",
    "Sample",
    "SampleError",
    "Table",
    "Task",
    "TrainConfig",
    "View",
    "hookimpl",
    "integer",
    "lazy",
    "number",
    "text",
]
