"""Look at a contest's download: which columns, classes, images and submission there are, and how sure that is.

:func:`inspect_folder` returns an :class:`Inspection`; ``kit new-task NAME --from DIR`` shows it and writes a plugin.
"""

from kit.inspection.findings import ColumnReport, Fact, Inspection, SubmissionColumn, SubmissionShape
from kit.inspection.inspect import inspect_folder
from kit.inspection.options import Options

__all__ = [
    "ColumnReport",
    "Fact",
    "Inspection",
    "Options",
    "SubmissionColumn",
    "SubmissionShape",
    "inspect_folder",
]
