"""Submissions: ``check`` finds every fault, ``parse`` reads a file without faults, ``write`` writes only such files.

All three are driven by the declared :class:`kit.contract.format.Format`; check and parse share one reader.
"""

from kit.submission.checker import check
from kit.submission.faults import KINDS, Check, describe
from kit.submission.ids import answered_ids, expected_ids
from kit.submission.parser import parse
from kit.submission.writer import write

__all__ = ["KINDS", "Check", "answered_ids", "check", "describe", "expected_ids", "parse", "write"]
