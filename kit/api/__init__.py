"""The kit in Python: what the verbs of the command line do, with objects as results.

The functions are names of :mod:`kit` itself: ``import kit; run = kit.run("digit_recognizer", "digits/", epochs=5)``.
"""

from __future__ import annotations

from kit.api.comparisons import BlendResult, ComparisonResult, ModelsResult, ReplayResult, SearchResult
from kit.api.experiments import blend, compare, tune
from kit.api.results import AuditResult, BoardResult, CheckResult, RunResult, ScoreResult, TaskList
from kit.api.verbs import audit, bundle, check, leaderboard, load, predict, replay, run, sample, score, tasks, train

__all__ = [
    "AuditResult",
    "BlendResult",
    "BoardResult",
    "CheckResult",
    "ComparisonResult",
    "ModelsResult",
    "ReplayResult",
    "RunResult",
    "ScoreResult",
    "SearchResult",
    "TaskList",
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
]
