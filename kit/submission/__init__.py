"""Submissions: ``check`` finds every fault, ``parse`` reads a good one, ``write`` leaves nothing but good ones.

All three are driven by the declared :class:`kit.contract.format.Format`; check and parse are one reader.
"""

from kit.submission.checker import check
from kit.submission.expected import expected_ids
from kit.submission.faults import KINDS, Check, describe
from kit.submission.parser import parse
from kit.submission.writer import write

__all__ = ["KINDS", "Check", "check", "describe", "expected_ids", "parse", "write"]
