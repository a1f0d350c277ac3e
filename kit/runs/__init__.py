"""Runs on the disk: typed files in the folder ``submissions/TASK/RUN/``."""

from kit.runs.finding import common_task, distinct, every_run, find, lasting_name
from kit.runs.opening import complete_card, load_config, open_average, open_run
from kit.runs.records import (
    CheckRecord,
    EpochRecord,
    FoldResult,
    FoldScore,
    InputFile,
    RunCard,
    ScoreRecord,
    SkippedSample,
    Summary,
)
from kit.runs.resuming import how_to_go_on, resumed
from kit.runs.run import Run

__all__ = [
    "CheckRecord",
    "EpochRecord",
    "FoldResult",
    "FoldScore",
    "InputFile",
    "Run",
    "RunCard",
    "ScoreRecord",
    "SkippedSample",
    "Summary",
    "common_task",
    "complete_card",
    "distinct",
    "every_run",
    "find",
    "how_to_go_on",
    "lasting_name",
    "load_config",
    "open_average",
    "open_run",
    "resumed",
]
