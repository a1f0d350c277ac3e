"""contest-kit: from a contest's files to a checked, scored, ranked submission. These are the names a plugin needs."""

from kit.errors import DataError, KitError, PluginError, SampleError
from kit.format import Column, Fault, Format, Row, Table, integer, number, text
from kit.hookspecs import hookimpl
from kit.task import (
    Answers,
    Evidence,
    Figure,
    Finding,
    Forward,
    Metric,
    Model,
    Objective,
    Part,
    Reference,
    Sample,
    Task,
    TrainConfig,
    View,
    lazy,
)

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
