"""The HTML page of a run, and what all pages have in common."""

from kit.report.evidence import gather, training_samples
from kit.report.run_page import report

__all__ = ["gather", "report", "training_samples"]
