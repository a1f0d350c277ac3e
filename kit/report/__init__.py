"""The HTML page of a run, and the pages' common look."""

from kit.report.evidence import gather
from kit.report.run_page import report

__all__ = ["gather", "report"]
